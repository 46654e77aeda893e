#include "transfer_tune/device/description.hpp"
#include "support/messages.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace {

using namespace tt::device;
using tt::tests::holds;

const Capability kLaptop{.cores = 4, .cpu = "AVX2"};
const Capability kServer{.cpu_bf16 = true, .cpu_int8 = true, .cores = 8, .cpu = "AVX512"};
const Libraries kPlain{.onednn = true, .blas = "mkl", .bf16_instructions = ""};
const Libraries kAmx{.onednn = true, .blas = "mkl", .bf16_instructions = "amx_bf16"};

std::string line_of(const Request& request, const Capability& capability, const Libraries& libraries) {
  return describe(request, resolve(request, capability), capability, libraries);
}

TEST(Description, SaysWhatWasTakenAndWhy) {
  const std::string fast = line_of({.int8 = true}, kServer, kAmx);
  EXPECT_TRUE(holds(fast, "precision bf16 (asked: auto; the processor has amx_bf16), products by oneDNN"));
  EXPECT_TRUE(holds(fast, "int8 on (asked: on)"));
  EXPECT_TRUE(holds(fast, "instruction set AVX512"));
  const std::string plain = line_of({}, kLaptop, kPlain);
  EXPECT_TRUE(holds(plain, "precision fp32 (asked: auto; the processor has neither"));
  EXPECT_TRUE(holds(plain, "products by mkl, int8 off (asked: off)"));
  EXPECT_TRUE(holds(line_of({.precision = Precision::fp32}, kServer, kAmx), "precision fp32 (asked: fp32), products"));
}

TEST(Description, NamesTheLibraryOfProducts) {
  EXPECT_EQ(products(resolve({}, kLaptop), kPlain), "mkl");
  EXPECT_EQ(products(resolve({}, kServer), kAmx), "oneDNN");
  EXPECT_EQ(products(resolve({}, kLaptop), {}), "an unknown library");
}

TEST(Description, WhatIsSlowIsWarnedOf) {
  EXPECT_TRUE(slow_parts(resolve({}, kLaptop), kLaptop, kPlain).empty());
  EXPECT_TRUE(slow_parts(resolve({}, kServer), kServer, kAmx).empty());
  Capability odd = kLaptop;
  odd.cpu = "RVV9";
  const auto unknown = slow_parts(resolve({}, odd), odd, kPlain);
  ASSERT_EQ(unknown.size(), 1U);
  EXPECT_TRUE(holds(unknown[0], "\"RVV9\""));
  Libraries bounded = kPlain;
  bounded.environment = {{"ATEN_CPU_CAPABILITY", "default"}};
  const auto bounds = slow_parts(resolve({}, kLaptop), kLaptop, bounded);
  ASSERT_EQ(bounds.size(), 1U);
  EXPECT_TRUE(holds(bounds[0], "ATEN_CPU_CAPABILITY=default"));
  Libraries without = kAmx;
  without.onednn = false;
  EXPECT_EQ(slow_parts(resolve({}, kServer), kServer, without).size(), 1U);
}

TEST(Description, TheEnvironmentIsRead) {
  ::setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1);
  EXPECT_EQ(detect_libraries().environment.at("ONEDNN_MAX_CPU_ISA"), "AVX2");
  ::unsetenv("ONEDNN_MAX_CPU_ISA");
  EXPECT_FALSE(detect_libraries().environment.contains("ONEDNN_MAX_CPU_ISA"));
  EXPECT_FALSE(detect_libraries().blas.empty());
}

}  // namespace
