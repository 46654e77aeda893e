#include "checkpoint/torch_reader.hpp"

#include "checkpoint/mapped_tensor.hpp"
#include "checkpoint/pickle.hpp"
#include "checkpoint/zip_entries.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/text.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

// The format is torch/serialization.py's: a pickle whose persistent ids name storages, which lie beside it in a zip
// archive, or behind it in a file of the older kind.

namespace tt::checkpoint {
namespace {

namespace fs = std::filesystem;
using Bytes = std::span<const std::byte>;
using Kind = Pickle::Kind;

constexpr std::size_t kLongestName = 4096;  ///< many values may share one, and each is compared with others
constexpr std::uint64_t kMostCopies = 4;    ///< of the file, all tensors together; tied weights are two
constexpr std::string_view kTensor = "torch._utils._rebuild_tensor_v2";
constexpr std::string_view kTypedTensor = "torch._utils._rebuild_tensor_v3";
constexpr std::string_view kParameter = "torch._utils._rebuild_parameter";
constexpr std::string_view kUntyped = "torch.storage.UntypedStorage";

/// An element type by its dtype and, where it has one, by its class of storages.
struct ElementType {
  std::string_view dtype;
  std::string_view storage;
  at::ScalarType type;
};
constexpr std::array kElementTypes{
    ElementType{"torch.float32", "torch.FloatStorage", at::kFloat},
    ElementType{"torch.float16", "torch.HalfStorage", at::kHalf},
    ElementType{"torch.bfloat16", "torch.BFloat16Storage", at::kBFloat16},
    ElementType{"torch.float64", "torch.DoubleStorage", at::kDouble},
    ElementType{"torch.int64", "torch.LongStorage", at::kLong},
    ElementType{"torch.int32", "torch.IntStorage", at::kInt},
    ElementType{"torch.int16", "torch.ShortStorage", at::kShort},
    ElementType{"torch.int8", "torch.CharStorage", at::kChar},
    ElementType{"torch.uint8", "torch.ByteStorage", at::kByte},
    ElementType{"torch.bool", "torch.BoolStorage", at::kBool},
    ElementType{"torch.complex64", "torch.ComplexFloatStorage", at::kComplexFloat},
    ElementType{"torch.uint16", "", at::kUInt16},
    ElementType{"torch.uint32", "", at::kUInt32},
    ElementType{"torch.uint64", "", at::kUInt64},
    ElementType{"torch.float8_e4m3fn", "", at::kFloat8_e4m3fn},
    ElementType{"torch.float8_e5m2", "", at::kFloat8_e5m2},
    ElementType{"torch.float8_e4m3fnuz", "", at::kFloat8_e4m3fnuz},
    ElementType{"torch.float8_e5m2fnuz", "", at::kFloat8_e5m2fnuz},
};

std::optional<at::ScalarType> find_type(std::string_view name, std::string_view ElementType::*of) {
  const auto* found = std::ranges::find_if(kElementTypes, [&](const ElementType& type) { return type.*of == name; });
  if (name.empty() || found == kElementTypes.end()) return std::nullopt;
  return found->type;
}

bool is_allowed(std::string_view global) {
  return global == "collections.OrderedDict" || global == kTensor || global == kTypedTensor || global == kParameter ||
         global == kUntyped || find_type(global, &ElementType::dtype) || find_type(global, &ElementType::storage);
}

std::string how_to_convert(const fs::path& file) {
  return concat(
      ". Where its source is trusted, convert it with Python, which runs what it holds: import torch; from "
      "safetensors.torch import save_file; save_file({k: v.contiguous() for k, v in torch.load(",
      quote(file.string(), 4096), ", weights_only=False).items()}, \"model.safetensors\")");
}

/// A storage as a pickle names it: ("storage", class, key, where it lay, number of elements).
struct StorageId {
  std::optional<at::ScalarType> type;  ///< none: bytes
  std::string_view key;
  std::uint64_t bytes = 0;
};

/// Reads the state dict of one file.
class StateDict {
 public:
  StateDict(const MappedFile& file, const fs::path& path) : file_(file), path_(path) {}

  NamedTensors read() {
    constexpr std::string_view zip = "PK\x03\x04";
    return starts_with(zip) ? read_archive() : read_sequence();
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw CheckpointError(concat(path_.string(), ": ", message));
  }
  [[nodiscard]] bool starts_with(std::string_view text) const {
    return std::string_view(reinterpret_cast<const char*>(file_.bytes().data()), file_.bytes().size())  // NOLINT
        .starts_with(text);
  }
  [[nodiscard]] Pickle parse(Bytes bytes) const {
    try {
      return {bytes, path_.string(), is_allowed};
    } catch (const CheckpointError& error) {
      throw CheckpointError(error.what() + how_to_convert(path_));
    }
  }

  NamedTensors read_archive() {
    const auto entries = zip_entries(file_.bytes(), path_);
    // All lies in one folder, whatever it is called.
    constexpr std::string_view suffix = "/data.pkl";
    const auto pickled =
        std::ranges::find_if(entries, [&](const auto& entry) { return entry.first.ends_with(suffix); });
    if (pickled == entries.end()) fail("a zip archive without data.pkl; expected one that torch.save wrote");
    const std::string root = pickled->first.substr(0, pickled->first.size() - suffix.size());
    if (entries.contains(root + "/constants.pkl")) {
      fail("a TorchScript program, which holds code; expected a state dict that torch.save wrote");
    }
    if (const auto order = entries.find(root + "/byteorder"); order != entries.end()) {
      const std::string_view text(reinterpret_cast<const char*>(order->second.data()), order->second.size());  // NOLINT
      if (text != "little") fail(concat("its byte order is ", quote(text), "; expected \"little\""));
    }
    const Pickle pickle = parse(pickled->second);
    return tensors_of(pickle, [&](const StorageId& storage) {
      const auto entry = entries.find(concat(root, "/data/", storage.key));
      if (entry == entries.end()) fail(concat("lacks the storage ", quote(storage.key), "; it is damaged"));
      return entry->second;
    });
  }

  /// Before PyTorch 1.6: the pickles of a number, a version, what machine it was, the state dict and the storages'
  /// keys, then each storage with its number of elements in front.
  NamedTensors read_sequence() {
    using namespace std::string_view_literals;
    if (!starts_with("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."sv)) {
      fail("neither of the formats of torch.save; expected a state dict that it wrote" + how_to_convert(path_));
    }
    std::size_t at = 15;
    const auto next = [&] {
      Pickle pickle = parse(file_.bytes().subspan(at));
      at += pickle.size();
      return pickle;
    };
    if (const Pickle version = next(); version.root().number != 1001) {
      fail(concat("format ", version.root().number, " of torch.save; expected 1001"));
    }
    const Pickle machine = next();
    const auto& about = machine.root().items;
    for (std::size_t i = 0; i + 1 < about.size(); i += 2) {
      if (machine[about[i]].text == "little_endian" && machine[about[i + 1]].number == 0) {
        fail("its byte order is \"big\"; expected \"little\"");
      }
    }
    const Pickle pickle = next();
    const Pickle keys = next();
    std::map<std::string_view, std::uint64_t> sizes;
    for (const Pickle::Value& value : pickle.values()) {
      if (value.kind != Kind::persistent) continue;
      const StorageId storage = storage_id(pickle, value);
      sizes.emplace(storage.key, storage.bytes);
    }
    std::map<std::string_view, Bytes> storages;
    for (const Pickle::Id id : keys.root().items) {
      const auto size = sizes.find(keys[id].text);
      if (size == sizes.end()) fail(concat("holds a storage ", quote(keys[id].text), " that no tensor has"));
      if (file_.bytes().size() - at < 8 || file_.bytes().size() - at - 8 < size->second) {
        fail(concat("ends inside the storage ", quote(size->first), "; the file is truncated or damaged"));
      }
      storages[size->first] = file_.bytes().subspan(at + 8, size->second);
      at += 8 + size->second;
    }
    return tensors_of(pickle, [&](const StorageId& storage) {
      const auto found = storages.find(storage.key);
      if (found == storages.end()) fail(concat("lacks the storage ", quote(storage.key), "; it is damaged"));
      return found->second;
    });
  }

  template <class BytesOf>
  NamedTensors tensors_of(const Pickle& pickle, const BytesOf& bytes_of) {
    const Pickle::Value& root = pickle.root();
    if (root.kind != Kind::dict) fail(concat("holds ", describe(root.kind), "; expected a dict of tensors by name"));
    NamedTensors tensors;
    std::string other;
    for (std::size_t i = 0; i + 1 < root.items.size(); i += 2) {
      const Pickle::Value& key = pickle[root.items[i]];
      const Pickle::Value& value = pickle[root.items[i + 1]];
      if (key.kind != Kind::text) fail(concat("names a tensor by ", describe(key.kind), "; expected a text"));
      check_length(key.text);
      name_ = key.text;
      if (value.kind == Kind::call) {
        tensors.insert_or_assign(std::string(key.text), tensor(pickle, value, bytes_of));
      } else if (other.empty()) {
        other = concat(quote(key.text), ", ", describe(value.kind));
      }
    }
    if (tensors.empty()) {
      fail(
          concat("holds no tensor", other.empty() ? "" : concat(", but ", other),
                 "; expected a state dict, not what a trainer keeps around one: torch.save(model.state_dict(), FILE)"));
    }
    if (!other.empty()) log_warning(concat(path_.string(), ": not used, since it is no tensor: ", other));
    return tensors;
  }

  void check_length(std::string_view name) const {
    if (name.size() > kLongestName) {
      fail(concat("has a name of ", name.size(), " bytes, ", quote(name), "; expected at most ", kLongestName));
    }
  }
  [[noreturn]] void fail_tensor(const std::string& message) const {
    fail(concat("tensor ", quote(name_), ": ", message));
  }
  [[noreturn]] void fail_form(const Pickle::Value& found, const char* what) const {
    fail_tensor(concat(what, " is ", describe(found.kind), " of a form that torch.save does not write"));
  }

  const std::vector<Pickle::Id>& tuple(const Pickle::Value& value, std::size_t least, const char* what) const {
    if (value.kind != Kind::tuple || value.items.size() < least) fail_form(value, what);
    return value.items;
  }
  std::int64_t count(const Pickle::Value& value, const char* what) const {
    if (value.kind != Kind::integer || value.number < 0) fail_form(value, what);
    return value.number;
  }
  std::vector<std::int64_t> counts(const Pickle& pickle, const Pickle::Value& value, const char* what) const {
    const std::vector<Pickle::Id>& items = tuple(value, 0, what);
    if (items.size() > kMostDimensions) fail_form(value, what);
    std::vector<std::int64_t> out;
    out.reserve(items.size());
    for (const Pickle::Id id : items) out.push_back(count(pickle[id], what));
    return out;
  }

  StorageId storage_id(const Pickle& pickle, const Pickle::Value& value) const {
    if (value.kind != Kind::persistent) fail_form(value, "the storage");
    const std::vector<Pickle::Id>& id = tuple(pickle[value.items.front()], 5, "the storage");
    const Pickle::Value& type = pickle[id[1]];
    const Pickle::Value& key = pickle[id[2]];
    if (pickle[id[0]].text != "storage" || type.kind != Kind::global || key.kind != Kind::text) {
      fail_form(value, "the storage");
    }
    check_length(key.text);
    // Only the format before 1.6 has a sixth: a storage that is a part of another.
    if (id.size() > 5 && pickle[id[5]].kind != Kind::none) fail_form(value, "the storage");
    StorageId storage{find_type(type.text, &ElementType::storage), key.text, 0};
    if (!storage.type && type.text != kUntyped) fail_form(value, "the storage");
    const auto bytes = multiply(static_cast<std::uint64_t>(count(pickle[id[4]], "the storage's size")),
                                storage.type ? c10::elementSize(*storage.type) : 1, file_.bytes().size());
    if (!bytes) fail_tensor("its storage is larger than the file; the file is truncated or damaged");
    storage.bytes = *bytes;
    return storage;
  }

  /// The tensor that a call of one of torch's functions makes.
  template <class BytesOf>
  at::Tensor tensor(const Pickle& pickle, const Pickle::Value& value, const BytesOf& bytes_of) {
    const Pickle::Value* call = &value;
    if (pickle[call->items[0]].text == kParameter) {
      call = &pickle[tuple(pickle[call->items[1]], 1, "the parameter").front()];
      if (call->kind != Kind::call) fail_form(*call, "the parameter");
    }
    const std::string_view function = pickle[call->items[0]].text;
    if (function != kTensor && function != kTypedTensor) fail_form(*call, "the value");
    const bool typed = function == kTypedTensor;
    const std::vector<Pickle::Id>& arguments = tuple(pickle[call->items[1]], typed ? 7 : 6, "the tensor");
    const StorageId storage = storage_id(pickle, pickle[arguments[0]]);
    const std::optional<at::ScalarType> type =
        typed ? find_type(pickle[arguments[6]].text, &ElementType::dtype) : storage.type;
    if (!type) fail_form(pickle[arguments[0]], "the element type");
    const Bytes bytes = bytes_of(storage);
    if (bytes.size() != storage.bytes) {
      fail_tensor(concat("its storage has ", bytes.size(), " bytes, expected ", storage.bytes,
                         "; the file is truncated or damaged"));
    }
    return view(bytes, *type, static_cast<std::uint64_t>(count(pickle[arguments[1]], "the offset")),
                counts(pickle, pickle[arguments[2]], "the shape"), counts(pickle, pickle[arguments[3]], "the strides"));
  }

  /// The part of a storage that starts at element `offset` and is walked by `strides`.
  at::Tensor view(Bytes storage, at::ScalarType type, std::uint64_t offset, const std::vector<std::int64_t>& shape,
                  const std::vector<std::int64_t>& strides) {
    const std::uint64_t width = c10::elementSize(type);
    const std::uint64_t held = storage.size() / width;
    if (strides.size() != shape.size()) fail_tensor("has more strides than dimensions, or fewer");
    const auto elements = count_elements(shape);
    const bool is_empty = std::ranges::find(shape, 0) != shape.end();
    if (!elements) fail_tensor("its shape has more elements than 64 bits can count");
    if (is_empty) return at::empty(shape, type);
    // What repeats elements (stride 0) would grow to more than the file holds.
    if (*elements > held) fail_tensor(concat("has ", *elements, " elements, but its storage ", held));
    std::uint64_t last = offset;
    bool contiguous = true;
    std::uint64_t expected = 1;
    for (std::size_t i = shape.size(); i-- > 0;) {
      const auto steps = static_cast<std::uint64_t>(shape[i] - 1);
      const auto stride = static_cast<std::uint64_t>(strides[i]);
      const auto reach = multiply(steps, stride, held);
      if (last >= held || !reach || *reach >= held - last) {
        fail_tensor(concat("reaches beyond its storage of ", held, " elements; the file is damaged"));
      }
      last += *reach;
      contiguous = contiguous && (shape[i] == 1 || stride == expected);
      expected *= static_cast<std::uint64_t>(shape[i]);
    }
    if (offset >= held) fail_tensor(concat("starts beyond its storage of ", held, " elements; the file is damaged"));
    const Bytes from_first = storage.subspan(offset * width, (last - offset + 1) * width);
    if (const std::string fault = find_fault(from_first, type); !fault.empty()) fail_tensor(fault);
    const bool aligned = reinterpret_cast<std::uintptr_t>(from_first.data()) % width == 0;  // NOLINT
    // What lies in another order or place is copied, and how often the same bytes are is not left to the file.
    if (!contiguous || !aligned) copied_ += *elements * width;
    if (copied_ / kMostCopies > file_.bytes().size()) {
      fail_tensor("the file's tensors repeat each other over and over; expected each stored once");
    }
    if (contiguous) return tensor_over(from_first, type, shape, file_.owner());
    const at::Tensor row = tensor_over(from_first, type, {static_cast<std::int64_t>(last - offset + 1)}, file_.owner());
    return row.as_strided(shape, strides).contiguous();
  }

  const MappedFile& file_;
  const fs::path& path_;
  std::string_view name_;  ///< of the tensor at hand
  std::uint64_t copied_ = 0;
};

}  // namespace

NamedTensors read_torch_file(const fs::path& path) {
  const MappedFile file(path, ErrorKind::checkpoint);
  return StateDict(file, path).read();
}

}  // namespace tt::checkpoint
