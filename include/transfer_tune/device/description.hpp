#pragma once

#include "transfer_tune/device/device.hpp"

#include <map>
#include <string>
#include <vector>

namespace tt::device {

/// What computes on this machine, beside `Capability`: LibTorch's libraries and what the environment says to them.
struct Libraries {
  bool onednn = false;            ///< this LibTorch has it, and it is on
  std::string blas;               ///< what computes products of 32-bit floats, e.g. "mkl"; empty: unknown
  std::string bf16_instructions;  ///< e.g. "amx_bf16"; empty: the processor has none
  std::map<std::string, std::string> environment{};  ///< the variables that bound instruction sets, where set
};
[[nodiscard]] Libraries detect_libraries();

/// The library that computes the products of matrices, e.g. "oneDNN", or words for what stands in for it.
[[nodiscard]] std::string products(const Effective& effective, const Libraries& libraries);

/// One line for the log: precision, int8, instruction sets and the libraries of products, each with why it was taken.
[[nodiscard]] std::string describe(const Request& request, const Effective& effective, const Capability& capability,
                                   const Libraries& libraries);

/// A sentence for each thing that makes this machine slower than its kind: an instruction set that LibTorch does not
/// name as one it has kernels for, one bounded by the environment, bf16 without the library that has it.
[[nodiscard]] std::vector<std::string> slow_parts(const Effective& effective, const Capability& capability,
                                                  const Libraries& libraries);

}  // namespace tt::device
