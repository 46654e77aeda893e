#include "checkpoint/raw_file.hpp"
#include "checkpoint/tiny_directory.hpp"
#include "support/messages.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace tt::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();

TEST(Finite, OneValueOfAnyTypeAtAnyPlaceIsFound) {
  for (const auto type : {at::kFloat, at::kHalf, at::kBFloat16, at::kDouble}) {
    for (const std::int64_t size : {1, 7, 64, 1027}) {
      for (const std::int64_t place : {std::int64_t{0}, size / 2, size - 1}) {
        for (const double value : {kInfinity, -kInfinity, kNotANumber}) {
          at::Tensor tensor = at::linspace(-3, 3, size, type);
          EXPECT_TRUE(all_finite(tensor)) << type << ' ' << size;
          tensor[place] = value;
          EXPECT_FALSE(all_finite(tensor)) << type << ' ' << size << ' ' << place << ' ' << value;
        }
      }
    }
  }
}

TEST(Finite, TheLargestAndTheSmallestNumbersAre) {
  using Limits = std::numeric_limits<float>;
  EXPECT_TRUE(all_finite(at::tensor({Limits::max(), Limits::lowest(), Limits::denorm_min(), -0.0F})));
  EXPECT_TRUE(all_finite(at::tensor({65504.0F}).to(at::kHalf)));
  EXPECT_TRUE(all_finite(at::empty({0})));
  EXPECT_TRUE(all_finite(at::full({3}, std::numeric_limits<std::int64_t>::max(), at::kLong)));
}

TEST(Finite, ADoubleThatNoFloatHoldsIsNot) { EXPECT_FALSE(all_finite(at::full({3}, 1e300, at::kDouble))); }

TEST(Finite, TheShardAndTheTensorAreNamed) {
  const tests::TemporaryDirectory temporary;
  const fs::path root = temporary.path() / "encoder";
  tests::write_tiny_encoder(root);
  fs::remove(root / "model.safetensors");
  write_safetensors(root / "one.safetensors", {{"a", at::ones({2})}});
  write_safetensors(root / "two.safetensors", {{"b", at::full({2}, kNotANumber)}, {"c", at::full({2}, kInfinity)}});
  write_file(root / "model.safetensors.index.json",
             R"({"weight_map":{"a":"one.safetensors","b":"two.safetensors","c":"two.safetensors"}})");
  const EncoderDirectory read = read_directory(root);
  require_finite(read, {"a"});
  const std::string error = tests::message_of<CheckpointError>([&] { require_finite(read, {"a", "c"}); });
  EXPECT_TRUE(error.starts_with((root / "two.safetensors").string() + ": c holds values that are not finite")) << error;
}

}  // namespace
}  // namespace tt::checkpoint
