#include "checkpoint/torch_reader.hpp"

#include "checkpoint/raw_file.hpp"
#include "checkpoint/tiny_directory.hpp"
#include "checkpoint/weights.hpp"
#include "support/messages.hpp"
#include "transfer_tune/core/random.hpp"
#include "transfer_tune/core/text.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace tt::checkpoint {
namespace {

namespace fs = std::filesystem;
using tests::holds;

fs::path golden(const std::string& name) { return fs::path(TT_SOURCE_DIR) / "tests/checkpoint/goldens" / name; }

void put(std::string& bytes, std::uint64_t value, unsigned count) {
  for (unsigned i = 0; i < count; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xFFU);
}

/// A zip archive of stored files, as plain as they come.
std::string zip(const std::vector<std::pair<std::string, std::string>>& files, unsigned method = 0) {
  std::string bytes;
  std::string directory;
  for (const auto& [name, content] : files) {
    const std::size_t header = bytes.size();
    std::string common;  // what both headers have: from flags to the length of the extras
    put(common, 0, 2);
    put(common, method, 2);
    put(common, 0, 8);
    put(common, content.size(), 4);
    put(common, content.size(), 4);
    put(common, name.size(), 2);
    put(common, 0, 2);
    bytes += "PK\x03\x04";
    put(bytes, 20, 2);
    bytes += common + name + content;
    directory += "PK\x01\x02";
    put(directory, 20, 2);
    put(directory, 20, 2);
    directory += common;
    put(directory, 0, 10);
    put(directory, header, 4);
    directory += name;
  }
  std::string end = "PK\x05\x06";
  put(end, 0, 4);
  put(end, files.size(), 2);
  put(end, files.size(), 2);
  put(end, directory.size(), 4);
  put(end, bytes.size(), 4);
  put(end, 0, 2);
  return bytes + directory + end;
}

// Pickle instructions, in protocol 2.
const std::string kStart = "\x80\x02";
std::string text(const std::string& value) {
  std::string out = "X";
  put(out, value.size(), 4);
  return out + value;
}
std::string integer(std::uint64_t value) {
  std::string out = "\x8a\x08";
  put(out, value, 8);
  return out;
}
std::string global(const std::string& module, const std::string& name) { return "c" + module + "\n" + name + "\n"; }
std::string tuple(const std::string& items) { return "(" + items + "t"; }
std::string storage(std::uint64_t elements, const std::string& type = "FloatStorage", const std::string& key = "0") {
  return tuple(text("storage") + global("torch", type) + text(key) + text("cpu") + integer(elements)) + "Q";
}
std::string tensor(const std::string& held, std::uint64_t offset, const std::string& shape,
                   const std::string& strides) {
  return global("torch._utils", "_rebuild_tensor_v2") +
         tuple(held + integer(offset) + tuple(shape) + tuple(strides) + "\x89" + "N") + "R";
}
/// {"w": value}
std::string dict(const std::string& value) { return kStart + "}" + text("w") + value + "s."; }

class TorchFile : public testing::Test {
 protected:
  [[nodiscard]] fs::path path() const { return temporary_.path() / "pytorch_model.bin"; }
  NamedTensors read(const std::string& bytes) const {
    std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes;
    return read_torch_file(path());
  }
  /// The archive of this pickle and one storage of two floats.
  static std::string archive(const std::string& pickle) {
    return zip({{"a/data.pkl", pickle}, {"a/data/0", std::string(8, '\0')}});
  }
  std::string error_of(const std::string& bytes) const {
    const std::string message = tests::message_of<CheckpointError>([&] { (void)read(bytes); });
    EXPECT_TRUE(holds(message, path().string()));
    return message;
  }

 private:
  tests::TemporaryDirectory temporary_;
};

TEST_F(TorchFile, HoldsWhatSafetensorsHolds) {
  const NamedTensors expected = read_safetensors(golden("torch.safetensors"));
  for (const char* name : {"torch_zip.bin", "torch_protocol_4.bin", "torch_before_1.6.bin"}) {
    const NamedTensors tensors = read_torch_file(golden(name));
    ASSERT_EQ(tensors.size(), expected.size()) << name;
    for (const auto& [key, tensor] : expected) {
      const at::Tensor& found = tensors.at(key);
      EXPECT_EQ(found.scalar_type(), tensor.scalar_type()) << name << ": " << key;
      EXPECT_TRUE(found.is_contiguous() && at::equal(found, tensor)) << name << ": " << key;
    }
  }
  EXPECT_EQ(read_torch_file(golden("torch_small.bin")).at("b").scalar_type(), at::kUInt16);
}

TEST_F(TorchFile, IsUsedWhereItIsMapped) {
  const NamedTensors tensors = read_torch_file(golden("torch_zip.bin"));
  const auto* whole = tensors.at("F32").const_data_ptr<float>();
  EXPECT_EQ(tensors.at("F32 from the middle").const_data_ptr<float>(), whole + 10);
}

TEST_F(TorchFile, ThePlainestArchiveIsRead) {
  EXPECT_EQ(read(archive(dict(tensor(storage(2), 0, integer(2), integer(1))))).at("w").sizes(), c10::IntArrayRef({2}));
  EXPECT_EQ(read(archive(dict(tensor(storage(2), 1, "", "")))).at("w").dim(), 0);
}

TEST_F(TorchFile, CodeIsNamedAndNeverRun) {
  for (const auto& [module, name] : {std::pair{"os", "system"},
                                     {"builtins", "eval"},
                                     {"torch", "load"},
                                     {"torch.nn.modules.linear", "Linear"},
                                     {"collections", "defaultdict"}}) {
    const std::string call = global(module, name) + tuple(text("true")) + "R";
    const std::string message = error_of(archive(dict(call)));
    EXPECT_TRUE(holds(message, concat("names \"", module, '.', name, '"')));
    EXPECT_TRUE(holds(message, "save_file"));
  }
  const std::string by_stack = text("os") + text("system") + "\x93";
  EXPECT_TRUE(holds(error_of(archive(dict(by_stack))), "os.system"));
}

TEST_F(TorchFile, InstructionsThatAStateDictDoesNotNeedAreRefused) {
  for (const std::string& code : {std::string("i os\nsystem\n"), std::string("o"), std::string("\x81"),
                                  std::string("\x82\x01"), std::string("P1\n"), std::string("B"), std::string("2")}) {
    EXPECT_TRUE(holds(error_of(archive(kStart + "}" + code + ".")), "does not need"));
  }
  EXPECT_TRUE(holds(error_of(archive("\x80\x01}.")), "protocol 1"));
}

struct Fault {
  std::string pickle;
  std::string message;
};

TEST_F(TorchFile, DamageIsNamed) {
  const std::string two = storage(2);
  const std::string huge = integer(~std::uint64_t{0} >> 1U);
  const std::vector<Fault> faults{
      {"", "truncated"},
      {kStart, "truncated"},
      {kStart + ".", "too few values"},
      {kStart + "N.", "holds None"},
      {kStart + "}.", "holds no tensor"},
      {kStart + "t.", "no mark"},
      {kStart + "(.", "too few values"},
      {kStart + "NNs.", "too few values"},
      {kStart + "NNNs.", "adds 2 values to None"},
      {kStart + "}(Nu.", "adds 1 values to a dict"},
      {kStart + "h\x07.", "refers to value 7"},
      {kStart + "q\x01.", "too few values"},
      {kStart + "]Nb.", "builds onto a list"},
      {kStart + "NNR.", "calls None"},
      {kStart + std::string("X\xff\xff\xff\xff", 5), "truncated"},
      {kStart + text("\xff") + ".", "expected UTF-8"},
      {kStart + "\x8a\x09" + std::string(9, '\1') + ".", "more than 64 bits"},
      {kStart + "}" + integer(1) + "Ns.", "names a tensor by an integer"},
      {kStart + "}" + text("state_dict") + "}s.", "\"state_dict\", a dict; expected a state dict"},
      {dict(storage(2)), "holds no tensor"},
      {dict(global("collections", "OrderedDict") + "N\x85R"), "OrderedDict of arguments"},
      {dict(tensor("N", 0, "", "")), "the storage is None"},
      {dict(tensor("NQ", 0, "", "")), "the storage is None"},
      {dict(tensor(tuple(text("module") + "NNNN") + "Q", 0, "", "")), "of a form that torch.save does not write"},
      {dict(tensor(storage(2, "FloatStorage", "../../etc"), 0, "", "")), "lacks the storage \"../../etc\""},
      {dict(tensor(storage(3), 0, "", "")), "its storage has 8 bytes, expected 12"},
      {dict(tensor(storage(std::uint64_t{1} << 62U), 0, "", "")), "larger than the file"},
      {dict(tensor(two, 0, integer(3), integer(1))), "3 elements, but its storage 2"},
      {dict(tensor(two, 0, huge, integer(0))), "elements, but its storage 2"},
      {dict(tensor(two, 0, huge + huge, integer(0) + integer(0))), "more elements than 64 bits"},
      {dict(tensor(two, 1, integer(2), integer(1))), "reaches beyond"},
      {dict(tensor(two, 0, integer(2), huge)), "reaches beyond"},
      {dict(tensor(two, ~std::uint64_t{0} >> 1U, "", "")), "starts beyond"},
      {dict(tensor(two, ~std::uint64_t{0}, "", "")), "the offset is an integer of a form"},
      {dict(tensor(two, 0, integer(~std::uint64_t{0}), integer(1))), "the shape is an integer of a form"},
      {dict(tensor(two, 0, integer(2), integer(~std::uint64_t{0}))), "the strides is an integer of a form"},
      {dict(tensor(two, 0, integer(2), "")), "more strides than dimensions"},
      {dict(tensor(two, 0, "N", "N")), " is None of a form"},
      {dict(global("torch._utils", "_rebuild_tensor_v2") + ")R"), "the tensor is a tuple"},
      {dict(global("torch._utils", "_rebuild_parameter") + "(" + "NNN" + "tR"), "the parameter is None"},
      {dict(global("torch", "FloatStorage") + ")R"), "the value is an object"},
  };
  for (const Fault& fault : faults) EXPECT_TRUE(holds(error_of(archive(fault.pickle)), fault.message));
}

TEST_F(TorchFile, DepthAndSharedValuesCostNoStack) {
  const std::string deep(1'000'000, ']');
  EXPECT_TRUE(holds(error_of(archive(kStart + deep + std::string(999'999, 'a') + ".")), "holds a list"));
  // A dict in itself.
  EXPECT_TRUE(holds(error_of(archive(kStart + "}q\x01" + text("w") + "h\x01s.")), "holds no tensor"));
}

TEST_F(TorchFile, ItsMemoryIsSomeTimesItsSizeAtMost) {
  constexpr std::size_t kMany = 5'000'000;
  EXPECT_TRUE(holds(error_of(archive(kStart + "N" + std::string(kMany, '\x94'))), "more values than"));
  EXPECT_TRUE(holds(error_of(archive(kStart + std::string(kMany, '('))), "more marks than"));
  const std::string held = storage(2, "FloatStorage", std::string(5000, '0'));
  EXPECT_TRUE(holds(error_of(archive(dict(tensor(held, 0, integer(2), integer(1))))), "has a name of 5000 bytes"));
}

TEST_F(TorchFile, ManyViewsOfOneStorageAreNotCopiedOverAndOver) {
  const std::size_t elements = 50'000;
  std::string pickle = kStart + "}(";
  for (int i = 0; i < 30; ++i) {
    pickle += text(concat("t", i)) +
              tensor(storage(elements), 0, integer(elements / 2) + integer(2), integer(1) + integer(elements / 2));
  }
  const std::string file = zip({{"a/data.pkl", pickle + "u."}, {"a/data/0", std::string(4 * elements, '\0')}});
  EXPECT_TRUE(holds(error_of(file), "repeat each other"));
}

TEST_F(TorchFile, ArchivesOfOtherKindsAreNamed) {
  const std::string good = dict(tensor(storage(2), 0, integer(2), integer(1)));
  const std::string data(8, '\0');
  EXPECT_TRUE(holds(error_of(zip({{"a/readme", ""}})), "without data.pkl"));
  EXPECT_TRUE(holds(error_of(zip({{"a/data.pkl", good}, {"a/constants.pkl", ""}})), "TorchScript"));
  EXPECT_TRUE(holds(error_of(zip({{"a/data.pkl", good}, {"a/data/0", data}, {"a/byteorder", "big"}})), "byte order"));
  EXPECT_TRUE(holds(error_of(zip({{"a/data.pkl", good}, {"a/data/0", data}}, 8)), "compressed"));
  EXPECT_TRUE(holds(error_of(zip({{"a/data.pkl", good}, {"a/data.pkl", good}})), "two files"));
  EXPECT_TRUE(holds(error_of(zip({{"a/data.pkl", good}})), "lacks the storage \"0\""));
  EXPECT_TRUE(holds(error_of("PK\x03\x04"), "does not end like one"));
  EXPECT_TRUE(holds(error_of("not a pickle"), "neither of the formats"));
  EXPECT_TRUE(holds(error_of(""), "neither of the formats"));
}

/// Reads the file and every byte of its tensors; any error but a checkpoint error fails.
bool reads(const fs::path& file) {
  try {
    for (const auto& [name, tensor] : read_torch_file(file)) {
      const at::Tensor copy = tensor.clone();
      if (copy.sizes() != tensor.sizes()) ADD_FAILURE() << name;
    }
    return true;
  } catch (const CheckpointError&) {
    return false;
  }
}

TEST_F(TorchFile, CutShortAnywhereItIsRefused) {
  for (const char* name : {"torch_small.bin", "torch_before_1.6.bin"}) {
    const std::string bytes = read_file(golden(name), ErrorKind::checkpoint);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes.substr(0, size);
      EXPECT_FALSE(reads(path())) << name << " of " << size << " bytes";
    }
  }
}

TEST_F(TorchFile, DamageAnywhereNeverDoesMoreThanRaiseAnError) {
  RandomStream random(7);
  for (const char* name : {"torch_small.bin", "torch_protocol_4.bin", "torch_before_1.6.bin"}) {
    const std::string bytes = read_file(golden(name), ErrorKind::checkpoint);
    std::size_t refused = 0;
    for (std::size_t place = 0; place < bytes.size(); ++place) {
      std::string damaged = bytes;
      damaged[place] = static_cast<char>(damaged[place] ^ static_cast<char>(1 + random.below(255)));
      for (std::uint64_t more = random.below(3); more > 0; --more) {
        damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
      }
      std::ofstream(path(), std::ios::binary | std::ios::trunc) << damaged;
      refused += reads(path()) ? 0U : 1U;
    }
    EXPECT_GT(refused, bytes.size() / 20) << name;
  }
}

class TorchWeights : public TorchFile {
 protected:
  TorchWeights() {
    tests::write_tiny_encoder(root());
    fs::remove(root() / "model.safetensors");
  }
  [[nodiscard]] fs::path root() const { return path().parent_path() / "encoder"; }
};

TEST_F(TorchWeights, AreReadWhereThereAreNoSafetensors) {
  fs::copy_file(golden("torch_zip.bin"), root() / "pytorch_model.bin");
  const EncoderDirectory read = read_directory(root());
  EXPECT_EQ(read.file_of.at("F32"), root() / "pytorch_model.bin");
  EXPECT_EQ(read.weights_sha256, sha256_of_file(root() / "pytorch_model.bin", ErrorKind::checkpoint));
  const auto names = [&] {
    std::vector<std::string> out;
    for (const HashedFile& file : hash_directory(root())) out.push_back(file.path.filename().string());
    return out;
  };
  EXPECT_TRUE(holds(names(), "pytorch_model.bin"));
  write_safetensors(root() / "model.safetensors", tests::tiny_tensors());
  EXPECT_EQ(read_directory(root()).tensors.size(), tests::tiny_tensors().size());
  EXPECT_FALSE(holds(names(), "pytorch_model.bin"));
}

TEST_F(TorchWeights, MayBeShards) {
  fs::copy_file(golden("torch_small.bin"), root() / "pytorch_model-00001-of-00001.bin");
  const auto index = [&](const std::string& shard) {
    write_file(root() / "pytorch_model.bin.index.json", concat(R"({"weight_map":{"w":")", shard, "\"}}"));
  };
  index("pytorch_model-00001-of-00001.bin");
  EXPECT_EQ(read_directory(root()).tensors.size(), 1U);
  for (const char* shard : {"../weights.bin", "model.safetensors"}) {
    index(shard);
    EXPECT_TRUE(
        holds(tests::message_of<CheckpointError>([&] { (void)read_directory(root()); }), "plain name of a .bin"));
  }
}

}  // namespace
}  // namespace tt::checkpoint
