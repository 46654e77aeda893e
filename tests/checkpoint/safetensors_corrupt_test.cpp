#include "checkpoint/raw_file.hpp"
#include "support/messages.hpp"
#include "transfer_tune/checkpoint/safetensors.hpp"
#include "transfer_tune/core/random.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <fstream>

namespace tt::checkpoint {
namespace {

namespace fs = std::filesystem;
using tests::holds;
using tests::raw_safetensors;

/// A damaged file and a part of the message that names the damage.
struct Case {
  std::string name;
  std::string bytes;
  std::string message;

  friend void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }
};

std::string one_tensor(const std::string& info, std::size_t data_bytes) {
  return raw_safetensors("{\"t\":" + info + "}", std::string(data_bytes, '\0'));
}

std::string two_tensors(const std::string& first, const std::string& second, std::size_t data_bytes) {
  return raw_safetensors(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + first +
                             R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + second + "}}",
                         std::string(data_bytes, '\0'));
}

std::string with_length(std::uint64_t length, const std::string& rest) {
  std::string bytes;
  for (unsigned i = 0; i < 8; ++i) bytes += static_cast<char>((length >> (8 * i)) & 0xFFU);
  return bytes + rest;
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

const std::string kValid = R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})";

std::vector<Case> cases() {
  const std::string deep(100'000, '[');
  return {
      {"empty_file", "", "only 0 bytes long"},
      {"shorter_than_length", "\x02\0\0", "bytes long"},  // NOLINT(bugprone-string-literal-with-embedded-nul)
      {"length_beyond_file", with_length(1000, "{}"), "states a header of 1000 bytes, but only 2 follow"},
      {"length_off_by_one", with_length(3, "{}"), "but only 2 follow"},
      {"length_above_limit", with_length(100'000'001, "{}"), "limit of 100000000"},
      {"length_wraps", with_length(~std::uint64_t{0}, "{}"), "limit of 100000000"},
      {"length_wraps_with_prefix", with_length(~std::uint64_t{7}, "{}"), "limit of 100000000"},
      {"no_header", with_length(0, ""), "does not start with '{'"},
      {"zero_length_header_with_data", with_length(0, "{}"), "does not start with '{'"},
      {"header_cut_short", with_length(1, "{}"), "not valid JSON"},
      {"not_json", raw_safetensors("{hello}", ""), "not valid JSON"},
      {"pickle", "PK\x03\x04" + std::string(64, 'x'), "limit of 100000000"},
      {"leading_space", raw_safetensors(" {}", ""), "does not start with '{'"},
      {"array_header", raw_safetensors("[]", ""), "does not start with '{'"},
      {"two_values", raw_safetensors("{}{}", ""), "not valid JSON"},
      {"null_padding", raw_safetensors(std::string("{}\0\0", 4), ""), "not valid JSON"},
      {"invalid_utf8", raw_safetensors("{\"\xff\":" + kValid + "}", std::string(8, '\0')), "not valid JSON"},
      {"deep_nesting", raw_safetensors("{\"t\":" + deep, ""), "nested deeper"},
      {"duplicate_tensor", raw_safetensors("{\"t\":" + kValid + ",\"t\":" + kValid + "}", std::string(8, '\0')),
       "\"t\" stands twice"},
      {"duplicate_key_of_tensor", one_tensor(R"({"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]})", 8),
       "\"dtype\" stands twice"},
      {"duplicate_metadata", raw_safetensors(R"({"__metadata__":{"a":"1","a":"2"}})", ""), "\"a\" stands twice"},
      {"metadata_number", raw_safetensors(R"({"__metadata__":{"a":1}})", ""), "expected a string"},
      {"metadata_null", raw_safetensors(R"({"__metadata__":{"a":null}})", ""), "expected a string"},
      {"metadata_list", raw_safetensors(R"({"__metadata__":[]})", ""), "expected an object of strings"},
      {"tensor_is_number", one_tensor("1", 0), "expected an object"},
      {"tensor_is_list", one_tensor("[]", 0), "expected an object"},
      {"no_dtype", one_tensor(R"({"shape":[2],"data_offsets":[0,8]})", 8), "no \"dtype\""},
      {"no_shape", one_tensor(R"({"dtype":"F32","data_offsets":[0,8]})", 8), "no \"shape\""},
      {"no_offsets", one_tensor(R"({"dtype":"F32","shape":[2]})", 8), "no \"data_offsets\""},
      {"unknown_dtype", one_tensor(R"({"dtype":"F31","shape":[2],"data_offsets":[0,8]})", 8), "unknown dtype \"F31\""},
      {"lower_case_dtype", one_tensor(R"({"dtype":"f32","shape":[2],"data_offsets":[0,8]})", 8), "unknown dtype"},
      {"dtype_number", one_tensor(R"({"dtype":32,"shape":[2],"data_offsets":[0,8]})", 8), "expected a string"},
      {"four_bit_dtype", one_tensor(R"({"dtype":"F4","shape":[2],"data_offsets":[0,1]})", 1), "F4 is not supported"},
      {"shape_number", one_tensor(R"({"dtype":"F32","shape":2,"data_offsets":[0,8]})", 8), "expected an array"},
      {"too_many_dimensions",
       one_tensor(R"({"dtype":"F32","data_offsets":[0,4],"shape":[1)" + repeated(",1", 64) + "]}", 4), "65 dimensions"},
      {"negative_dimension", one_tensor(R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})", 8), "holds \"-2\""},
      {"two_negative_dimensions", one_tensor(R"({"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]})", 8),
       "integers of 0 or more"},
      {"fractional_dimension", one_tensor(R"({"dtype":"F32","shape":[2.0],"data_offsets":[0,8]})", 8),
       "integers of 0 or more"},
      {"text_dimension", one_tensor(R"({"dtype":"F32","shape":["2"],"data_offsets":[0,8]})", 8),
       "integers of 0 or more"},
      {"dimension_above_64_bits",
       one_tensor(R"({"dtype":"F32","shape":[18446744073709551618],"data_offsets":[0,8]})", 8),
       "integers of 0 or more"},
      {"dimension_above_int64", one_tensor(R"({"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,8]})", 8),
       "more elements than 64 bits"},
      // 2^32 · 2^32 elements wrap to 0, and 2^62 + 2 elements of 4 bytes wrap to 8 bytes.
      {"elements_wrap", one_tensor(R"({"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]})", 0),
       "more elements than 64 bits"},
      {"bytes_wrap", one_tensor(R"({"dtype":"F32","shape":[4611686018427387906],"data_offsets":[0,8]})", 8),
       "4611686018427387906 elements"},
      {"wrap_hidden_by_zero",
       one_tensor(R"({"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]})", 0),
       "more elements than 64 bits"},
      {"offsets_reversed", one_tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})", 8), "end before"},
      {"offsets_negative", one_tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[-8,0]})", 8),
       "integers of 0 or more"},
      {"offsets_fractional", one_tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8.0]})", 8),
       "integers of 0 or more"},
      {"offsets_single", one_tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[8]})", 8), "[begin, end]"},
      {"offsets_three", one_tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8,8]})", 8), "[begin, end]"},
      {"offsets_object", one_tensor(R"({"dtype":"F32","shape":[2],"data_offsets":{"0":0,"1":8}})", 8), "[begin, end]"},
      {"starts_late", one_tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[4,12]})", 12), "hole"},
      {"hole", two_tensors("[0,4]", "[5,9]", 9), "tensor \"b\": data_offsets [5, 9] leave a hole"},
      {"overlap", two_tensors("[0,4]", "[3,7]", 7), "tensor \"b\": data_offsets [3, 7] overlap"},
      {"same_bytes", two_tensors("[0,4]", "[0,4]", 4), "overlap"},
      {"beyond_file", one_tensor(kValid, 7), "beyond the 7 bytes of data"},
      {"far_beyond_file",
       one_tensor(R"({"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]})", 8),
       "beyond the 8 bytes"},
      {"trailing_byte", one_tensor(kValid, 9), "1 bytes follow the last tensor"},
      {"data_without_tensors", raw_safetensors("{}", "x"), "1 bytes follow the last tensor"},
      {"too_small_for_shape", one_tensor(R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})", 8), "3 elements"},
      {"too_large_for_shape", one_tensor(R"({"dtype":"F32","shape":[1],"data_offsets":[0,8]})", 8), "1 elements"},
      {"scalar_of_two", one_tensor(R"({"dtype":"F32","shape":[],"data_offsets":[0,8]})", 8), "1 elements"},
      {"zero_of_some", one_tensor(R"({"dtype":"F32","shape":[0],"data_offsets":[0,8]})", 8), "0 elements"},
      {"bool_of_two", raw_safetensors(R"({"t":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}})", "\x02"),
       "holds the byte 2 as BOOL"},
  };
}

class CorruptSafetensors : public testing::TestWithParam<Case> {};

TEST_P(CorruptSafetensors, IsRefusedWithAReason) {
  const tests::TemporaryDirectory directory;
  const fs::path file = directory.path() / "damaged.safetensors";
  write_file(file, GetParam().bytes);
  const std::string message = tests::message_of<CheckpointError>([&] { (void)read_safetensors(file); });
  EXPECT_TRUE(holds(message, file.string()));
  EXPECT_TRUE(holds(message, GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(Table, CorruptSafetensors, testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param.name; });

TEST(CorruptSafetensors, TheTablesValidTensorIsAccepted) {
  const tests::TemporaryDirectory directory;
  const fs::path file = directory.path() / "valid.safetensors";
  write_file(file, one_tensor(kValid, 8));
  EXPECT_EQ(read_safetensors(file).at("t").sizes(), c10::IntArrayRef({2}));
}

TEST(CorruptSafetensors, MissingFileAndDirectoryAreCheckpointErrors) {
  const tests::TemporaryDirectory directory;
  EXPECT_NE(tests::message_of<CheckpointError>([&] { (void)read_safetensors(directory.path() / "absent"); }), "");
  EXPECT_NE(tests::message_of<CheckpointError>([&] { (void)read_safetensors(directory.path()); }), "");
}

/// Reads the file and every byte of its tensors; any error but a checkpoint error fails.
bool reads(const fs::path& file) {
  try {
    for (const auto& [name, tensor] : read_safetensors(file)) {
      const at::Tensor copy = tensor.clone();
      if (copy.sizes() != tensor.sizes()) ADD_FAILURE() << name;
    }
    return true;
  } catch (const CheckpointError&) {
    return false;
  }
}

TEST(CorruptSafetensors, RandomDamageNeverDoesMoreThanRaiseAnError) {
  const tests::TemporaryDirectory directory;
  const fs::path valid = fs::path(TT_SOURCE_DIR) / "tests/checkpoint/goldens/reference.safetensors";
  const std::string bytes = read_file(valid, ErrorKind::checkpoint);
  const std::size_t header_end = bytes.size() - 210;
  const fs::path file = directory.path() / "fuzzed.safetensors";
  RandomStream random(7);
  const std::string alphabet = "0123456789-.,:[]{}\"eEFUIBOL \\\xff";
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (int round = 0; round < 1000; ++round) {
    std::string damaged = bytes;
    for (std::uint64_t changes = 1 + random.below(3); changes > 0; --changes) {
      const std::size_t place = random.below(header_end);
      switch (random.below(4)) {
        case 0:
          damaged[place] = static_cast<char>(damaged[place] ^ (1 << (random.below(8))));
          break;
        case 1:
          damaged[place] = alphabet[random.below(alphabet.size())];
          break;
        case 2:
          damaged.erase(place, 1 + random.below(8));
          break;
        default:
          damaged.resize(random.below(damaged.size()));
          damaged.resize(std::max(damaged.size(), header_end));
          break;
      }
    }
    std::ofstream(file, std::ios::binary | std::ios::trunc) << damaged;
    ++(reads(file) ? accepted : refused);
  }
  EXPECT_GT(refused, 750U);
  EXPECT_GT(accepted, 0U) << "a flipped letter of a tensor's name is no damage";
}

TEST(CorruptSafetensors, EveryTruncationIsRefused) {
  const tests::TemporaryDirectory directory;
  const fs::path valid = fs::path(TT_SOURCE_DIR) / "tests/checkpoint/goldens/reference.safetensors";
  const std::string bytes = read_file(valid, ErrorKind::checkpoint);
  const fs::path file = directory.path() / "truncated.safetensors";
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes.substr(0, size);
    EXPECT_FALSE(reads(file)) << size;
  }
}

}  // namespace
}  // namespace tt::checkpoint
