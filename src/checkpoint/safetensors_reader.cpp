#include "transfer_tune/checkpoint/safetensors.hpp"

#include "checkpoint/dtypes.hpp"
#include "checkpoint/mapped_tensor.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

// The format: 8 bytes little-endian header length, a JSON header, then the tensors' bytes without gaps
// (https://github.com/huggingface/safetensors, "Format").

namespace tt::checkpoint {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kMaximalHeaderBytes = 100'000'000;
constexpr auto kMaximalElements = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

/// One tensor of the header; `begin` and `end` count from the first byte after the header.
struct Entry {
  std::string name;
  const Dtype* dtype = nullptr;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

[[noreturn]] void fail(const fs::path& file, const std::string& message) {
  throw CheckpointError(concat(file.string(), ": ", message));
}

[[noreturn]] void fail_tensor(const fs::path& file, const std::string& name, const std::string& message) {
  fail(file, concat("tensor ", quote(name), ": ", message));
}

std::string_view header_text(std::span<const std::byte> bytes, const fs::path& file) {
  if (bytes.size() < kLengthBytes) {
    fail(file, concat("only ", bytes.size(), " bytes long; a safetensors file starts with 8 bytes of header length"));
  }
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) length |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
  if (length > kMaximalHeaderBytes) {
    fail(file, concat("states a header of ", length, " bytes, more than the format's limit of ", kMaximalHeaderBytes,
                      "; this is not a safetensors file, or a damaged one"));
  }
  if (length > bytes.size() - kLengthBytes) {
    fail(file, concat("states a header of ", length, " bytes, but only ", bytes.size() - kLengthBytes,
                      " follow; the file is truncated or damaged"));
  }
  const auto* text = reinterpret_cast<const char*>(bytes.data() + kLengthBytes);  // NOLINT
  if (length == 0 || *text != '{') fail(file, "the header does not start with '{'");
  return {text, length};
}

const json& member(const json& info, const char* key, const std::string& name, const fs::path& file) {
  const auto found = info.find(key);
  if (found == info.end()) fail_tensor(file, name, concat("the header has no \"", key, "\""));
  return *found;
}

std::uint64_t unsigned_integer(const json& value, const char* what, const std::string& name, const fs::path& file) {
  if (!value.is_number_unsigned()) {
    fail_tensor(file, name, concat(what, " holds ", quote(value.dump()), "; expected integers of 0 or more"));
  }
  return value.get<std::uint64_t>();
}

std::vector<std::int64_t> parse_shape(const json& value, const std::string& name, const fs::path& file) {
  if (!value.is_array()) fail_tensor(file, name, concat("shape is ", value.type_name(), "; expected an array"));
  if (value.size() > kMostDimensions) {
    fail_tensor(file, name, concat("shape has ", value.size(), " dimensions; expected at most ", kMostDimensions));
  }
  std::vector<std::int64_t> shape;
  const auto fail_large = [&] {
    fail_tensor(file, name, concat("shape ", quote(value.dump()), " has more elements than 64 bits can count"));
  };
  for (const json& item : value) {
    const std::uint64_t size = unsigned_integer(item, "shape", name, file);
    if (size > kMaximalElements) fail_large();
    shape.push_back(static_cast<std::int64_t>(size));
  }
  if (!count_elements(shape)) fail_large();
  return shape;
}

Entry parse_entry(const std::string& name, const json& info, const fs::path& file) {
  if (!info.is_object()) {
    fail_tensor(file, name, concat("described by ", info.type_name(), " in the header; expected an object"));
  }
  Entry entry;
  entry.name = name;
  const json& dtype = member(info, "dtype", name, file);
  if (!dtype.is_string()) fail_tensor(file, name, concat("dtype is ", dtype.type_name(), "; expected a string"));
  entry.dtype = find_dtype(dtype.get<std::string>());
  if (entry.dtype == nullptr) fail_tensor(file, name, concat("unknown dtype ", quote(dtype.get<std::string>())));
  if (!entry.dtype->scalar_type) {
    fail_tensor(file, name, concat("dtype ", entry.dtype->name, " is not supported; convert it to F32, F16 or BF16"));
  }
  entry.shape = parse_shape(member(info, "shape", name, file), name, file);
  const json& offsets = member(info, "data_offsets", name, file);
  if (!offsets.is_array() || offsets.size() != 2) {
    fail_tensor(file, name, concat("data_offsets is ", quote(offsets.dump()), "; expected [begin, end]"));
  }
  entry.begin = unsigned_integer(offsets[0], "data_offsets", name, file);
  entry.end = unsigned_integer(offsets[1], "data_offsets", name, file);
  return entry;
}

void check_metadata(const json& metadata, const fs::path& file) {
  if (!metadata.is_object()) {
    fail(file, concat("__metadata__ is ", metadata.type_name(), "; expected an object of strings"));
  }
  for (const auto& [key, value] : metadata.items()) {
    if (!value.is_string()) {
      fail(file, concat("__metadata__ ", quote(key), " is ", value.type_name(), "; expected a string"));
    }
  }
}

/// The header's tensors in the order of their bytes.
std::vector<Entry> parse_header(std::string_view text, const fs::path& file) {
  const json header = parse_json_object(text, file, ErrorKind::checkpoint);
  std::vector<Entry> entries;
  for (const auto& [name, info] : header.items()) {
    if (name == "__metadata__") {
      check_metadata(info, file);
    } else {
      entries.push_back(parse_entry(name, info, file));
    }
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return std::tie(a.begin, a.end) < std::tie(b.begin, b.end); });
  return entries;
}

/// Each tensor has the size of its shape, begins where the one before it ends, and the last ends with the file.
void check_ranges(const std::vector<Entry>& entries, std::uint64_t data_bytes, const fs::path& file) {
  std::uint64_t covered = 0;
  for (const Entry& entry : entries) {
    const std::string range = concat("data_offsets [", entry.begin, ", ", entry.end, "]");
    if (entry.end < entry.begin) fail_tensor(file, entry.name, concat(range, " end before they begin"));
    if (entry.begin < covered) {
      fail_tensor(file, entry.name, concat(range, " overlap another tensor, which ends at ", covered));
    }
    if (entry.begin > covered) {
      fail_tensor(file, entry.name, concat(range, " leave a hole: the tensor before ends at ", covered));
    }
    if (entry.end > data_bytes) {
      fail_tensor(file, entry.name,
                  concat(range, " reach beyond the ", data_bytes, " bytes of data; the file is truncated or damaged"));
    }
    std::uint64_t elements = 1;
    for (const std::int64_t size : entry.shape) elements *= static_cast<std::uint64_t>(size);
    const auto bits = multiply(elements, entry.dtype->bits, std::numeric_limits<std::uint64_t>::max());
    if (!bits || *bits / 8 != entry.end - entry.begin) {
      fail_tensor(file, entry.name,
                  concat(range, " hold ", entry.end - entry.begin, " bytes, but ", elements, " elements of ",
                         entry.dtype->name, " do not"));
    }
    covered = entry.end;
  }
  if (covered != data_bytes) {
    fail(file, concat(data_bytes - covered, " bytes follow the last tensor; expected the file to end there"));
  }
}

at::Tensor tensor_of(const Entry& entry, std::span<const std::byte> data, const MappedFile& mapped,
                     const fs::path& file) {
  const at::ScalarType type = *entry.dtype->scalar_type;
  if (const std::string fault = find_fault(data, type); !fault.empty()) fail_tensor(file, entry.name, fault);
  return tensor_over(data, type, entry.shape, mapped.owner());
}

}  // namespace

NamedTensors read_safetensors(const fs::path& path) {
  const MappedFile mapped(path, ErrorKind::checkpoint);
  const std::string_view header = header_text(mapped.bytes(), path);
  const auto data = mapped.bytes().subspan(kLengthBytes + header.size());
  const std::vector<Entry> entries = parse_header(header, path);
  check_ranges(entries, data.size(), path);
  NamedTensors tensors;
  for (const Entry& entry : entries) {
    tensors.emplace(entry.name, tensor_of(entry, data.subspan(entry.begin, entry.end - entry.begin), mapped, path));
  }
  return tensors;
}

}  // namespace tt::checkpoint
