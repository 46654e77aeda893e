#include "transfer_tune/device/device.hpp"
#include "support/messages.hpp"

#include "transfer_tune/core/error.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace tt::device;
using tt::tests::holds;

Capability laptop() { return {.cores = 4, .cpu = "AVX2"}; }

std::string error_of(const Request& request, const Capability& capability) {
  return tt::tests::message_of<tt::UsageError>([&] { (void)resolve(request, capability); });
}

TEST(Device, AutoTakesWhatIsThere) {
  EXPECT_TRUE(resolve({}, laptop()).device.is_cpu());
  EXPECT_EQ(resolve({}, laptop()).threads, 4);
  EXPECT_EQ(resolve({.threads = 3}, laptop()).threads, 3);
  Capability server = laptop();
  server.cuda_devices = 2;
  EXPECT_EQ(resolve({}, server).device.str(), "cuda:0");
  EXPECT_EQ(resolve({.device = "cuda:1"}, server).device.str(), "cuda:1");
  EXPECT_EQ(resolve({.device = "cpu"}, server).device.str(), "cpu");
}

TEST(Device, PrecisionNeverFallsToSlowBf16) {
  Capability capability = laptop();
  EXPECT_EQ(resolve({}, capability).precision, Precision::fp32);
  const Effective fallback = resolve({.precision = Precision::bf16}, capability);
  EXPECT_EQ(fallback.precision, Precision::fp32);
  EXPECT_NE(fallback.reason, "");
  capability.cpu_bf16 = true;
  EXPECT_EQ(resolve({}, capability).precision, Precision::bf16);
  EXPECT_EQ(resolve({.precision = Precision::fp32}, capability).precision, Precision::fp32);
}

TEST(Device, Int8IsForProcessorsThatHaveIt) {
  Capability capability = laptop();
  EXPECT_FALSE(resolve({}, capability).int8);
  const Effective fallback = resolve({.int8 = true}, capability);
  EXPECT_FALSE(fallback.int8);
  EXPECT_TRUE(holds(fallback.reason, "int8 was asked for"));
  capability.cpu_int8 = true;
  EXPECT_FALSE(resolve({}, capability).int8);
  EXPECT_TRUE(resolve({.int8 = true}, capability).int8);
  EXPECT_EQ(resolve({.int8 = true}, capability).reason, "");
  capability.cuda_devices = 1;
  EXPECT_FALSE(resolve({.int8 = true}, capability).int8);
}

TEST(Device, RowsAreRoundedOnlyWhereShapesAreCompiled) {
  apply({.device = at::kCPU, .precision = Precision::bf16, .threads = 1});
  EXPECT_EQ(row_multiple(), 64);
  apply({.device = at::kCPU, .precision = Precision::fp32, .threads = 1});
  EXPECT_EQ(row_multiple(), 1);
}

TEST(Device, UnknownOrAbsentDevicesAreUsageErrors) {
  EXPECT_TRUE(holds(error_of({.device = "cuda"}, laptop()), "no CUDA device"));
  for (const char* device : {"gpu", "cuda:", "cuda:x", "cuda:-1", "", "cuda:1x"}) {
    EXPECT_TRUE(holds(error_of({.device = device}, laptop()), "expected auto, cpu, cuda")) << device;
  }
  Capability server = laptop();
  server.cuda_devices = 1;
  EXPECT_TRUE(holds(error_of({.device = "cuda:1"}, server), "has 1 CUDA device"));
}

}  // namespace
