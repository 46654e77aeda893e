#pragma once

#include <string_view>

namespace tt::ops {

/// Which of the instruction sets that the kernels are compiled for is used on this processor.
struct KernelSet {
  std::string_view name;  ///< baseline, avx2 or avx512
  std::string_view why;
  bool slow = false;  ///< the processor lacks those that make the kernels fast
};
[[nodiscard]] const KernelSet& kernel_set();

}  // namespace tt::ops
