#include "ops/kernels/kernels.hpp"

#include "transfer_tune/ops/kernel_set.hpp"

namespace tt::ops {
namespace {

struct Choice {
  KernelSet set;
  const Kernels& kernels;
};

Choice choose() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw")) {
    return {{"avx512", "the processor has AVX-512 F, VL, DQ and BW"}, avx512::table};
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return {{"avx2", "the processor has AVX2 and FMA, but not all of AVX-512 F, VL, DQ and BW"}, avx2::table};
  }
  return {{"baseline", "the processor has neither AVX2 with FMA nor AVX-512", true}, baseline::table};
#else
  return {{"baseline", "the only one for this kind of processor, in its compiler's own vector instructions"},
          baseline::table};
#endif
}

const Choice& chosen() {
  static const Choice choice = choose();
  return choice;
}

}  // namespace

const Kernels& kernels() {
  static const Kernels& table = chosen().kernels;
  return table;
}

const KernelSet& kernel_set() { return chosen().set; }

}  // namespace tt::ops
