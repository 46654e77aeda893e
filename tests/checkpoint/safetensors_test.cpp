#include "transfer_tune/checkpoint/safetensors.hpp"

#include "checkpoint/raw_file.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstring>

namespace tt::checkpoint {
namespace {

namespace fs = std::filesystem;
using tests::raw_safetensors;

fs::path golden() { return fs::path(TT_SOURCE_DIR) / "tests/checkpoint/goldens/reference.safetensors"; }

/// The tensors that scripts/goldens/safetensors_goldens.py wrote.
NamedTensors golden_tensors() {
  const std::vector<std::pair<std::string, at::ScalarType>> types{
      {"u8", at::kByte},
      {"i8", at::kChar},
      {"i16", at::kShort},
      {"i32", at::kInt},
      {"i64", at::kLong},
      {"u16", at::kUInt16},
      {"u32", at::kUInt32},
      {"u64", at::kUInt64},
      {"f8_e4m3", at::kFloat8_e4m3fn},
      {"f8_e5m2", at::kFloat8_e5m2},
      {"f16", at::kHalf},
      {"bf16", at::kBFloat16},
      {"f32", at::kFloat},
      {"f64", at::kDouble},
      {"c64", at::kComplexFloat},
      {"awkward \"name\"\n\u00e9", at::kFloat},
  };
  NamedTensors tensors;
  for (const auto& [name, type] : types) tensors[name] = at::arange(3, at::kFloat).to(type);
  tensors["bool"] = at::arange(2).to(at::kBool);
  tensors["scalar"] = at::scalar_tensor(7.0F);
  tensors["empty"] = at::empty({0, 4});
  tensors["matrix"] = at::arange(6, at::kFloat).reshape({2, 3});
  return tensors;
}

bool same(const at::Tensor& a, const at::Tensor& b) {
  return a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes() && a.nbytes() == b.nbytes() &&
         (a.nbytes() == 0 || std::memcmp(a.const_data_ptr(), b.const_data_ptr(), a.nbytes()) == 0);
}

void expect_same(const NamedTensors& read, const NamedTensors& expected) {
  ASSERT_EQ(read.size(), expected.size());
  for (const auto& [name, tensor] : expected) {
    ASSERT_TRUE(read.contains(name)) << name;
    EXPECT_TRUE(same(read.at(name), tensor)) << name << ": " << read.at(name);
  }
}

TEST(Safetensors, ReadsEveryTypeAsPythonWroteIt) { expect_same(read_safetensors(golden()), golden_tensors()); }

TEST(Safetensors, WritesTheBytesThatPythonWrites) {
  const tests::TemporaryDirectory directory;
  const fs::path file = directory.path() / "written.safetensors";
  write_safetensors(file, golden_tensors());
  EXPECT_EQ(read_file(file, ErrorKind::checkpoint), read_file(golden(), ErrorKind::checkpoint));
}

TEST(Safetensors, RoundTripKeepsViewsGradientsAndLargeTensors) {
  const tests::TemporaryDirectory directory;
  const fs::path file = directory.path() / "model.safetensors";
  const at::Tensor matrix = at::randn({700, 900});
  const NamedTensors tensors{{"transposed", matrix.t()},
                             {"strided", matrix.slice(0, 0, 700, 7)},
                             {"trained", at::randn({3}).requires_grad_()},
                             {"matrix", matrix}};
  write_safetensors(file, tensors);
  const NamedTensors read = read_safetensors(file);
  for (const auto& [name, tensor] : tensors) {
    EXPECT_TRUE(same(read.at(name), tensor.detach().contiguous())) << name;
    EXPECT_FALSE(read.at(name).requires_grad()) << name;
  }
}

TEST(Safetensors, TensorsOutliveTheFileAndEachOther) {
  const tests::TemporaryDirectory directory;
  const fs::path file = directory.path() / "model.safetensors";
  write_safetensors(file, {{"a", at::full({5000}, 3.0F)}, {"b", at::full({5000}, 4.0F)}});
  NamedTensors read = read_safetensors(file);
  const at::Tensor b = read.at("b");
  read.clear();
  fs::remove(file);
  EXPECT_EQ(b.sum().item<float>(), 20000.0F);
}

TEST(Safetensors, NothingIsWrittenBackToTheFile) {
  const tests::TemporaryDirectory directory;
  const fs::path file = directory.path() / "model.safetensors";
  write_safetensors(file, {{"a", at::zeros({4})}});
  const std::string before = read_file(file, ErrorKind::checkpoint);
  at::Tensor copy = read_safetensors(file).at("a").clone();
  copy.fill_(1);
  EXPECT_EQ(read_file(file, ErrorKind::checkpoint), before);
}

TEST(Safetensors, MisalignedDataAreReadWhole) {
  const tests::TemporaryDirectory directory;
  const fs::path file = directory.path() / "odd.safetensors";
  const double value = 0.1;
  std::string data(1, '\x05');
  data.append(reinterpret_cast<const char*>(&value), sizeof(value));
  for (const std::string padding : {"", " ", "  ", "     "}) {
    write_file(file, raw_safetensors(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                                     R"("b":{"dtype":"F64","shape":[1,1],"data_offsets":[1,9]}})" +
                                         padding,
                                     data));
    const NamedTensors read = read_safetensors(file);
    EXPECT_EQ(read.at("a").item<int>(), 5);
    EXPECT_EQ(read.at("b").item<double>(), value);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(read.at("b").const_data_ptr()) % alignof(double), 0U);
  }
}

TEST(Safetensors, EmptyFilesAndEmptyTensors) {
  const tests::TemporaryDirectory directory;
  const fs::path file = directory.path() / "empty.safetensors";
  write_safetensors(file, {});
  EXPECT_TRUE(read_safetensors(file).empty());
  write_safetensors(file, {{"a", at::empty({0})}, {"b", at::empty({3, 0, 5}, at::kLong)}});
  const NamedTensors read = read_safetensors(file);
  EXPECT_EQ(read.at("a").sizes(), c10::IntArrayRef({0}));
  EXPECT_EQ(read.at("b").sizes(), c10::IntArrayRef({3, 0, 5}));
  EXPECT_EQ(read.at("b").scalar_type(), at::kLong);
}

TEST(Safetensors, AFullDiskIsAnIoError) {
  EXPECT_THROW(write_safetensors("/dev/full", {{"small", at::zeros({1})}}), IoError);
  EXPECT_THROW(write_safetensors("/dev/full", {{"large", at::zeros({1 << 20})}}), IoError);
}

TEST(Safetensors, AFileInTheWayIsAnIoError) {
  const tests::TemporaryDirectory directory;
  write_file(directory.path() / "file", "");
  EXPECT_THROW(write_safetensors(directory.path() / "file" / "model.safetensors", {}), IoError);
}

}  // namespace
}  // namespace tt::checkpoint
