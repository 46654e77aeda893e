#pragma once

#include "fuzz/fuzz_target.hpp"
#include "transfer_tune/checkpoint/safetensors.hpp"

#include <ATen/ATen.h>

namespace tt::fuzz {

/// Reads every byte of `tensors`: what lies outside of their file is then found.
inline void read_tensors(const checkpoint::NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor whole = tensor.contiguous();
    if (whole.numel() == 0) continue;
    const auto* bytes = static_cast<const volatile unsigned char*>(whole.const_data_ptr());
    for (std::size_t i = 0; i < whole.nbytes(); ++i) (void)bytes[i];  // NOLINT
    (void)checkpoint::all_finite(whole);
  }
}

}  // namespace tt::fuzz
