#include "fuzz/fuzz_target.hpp"
#include "fuzz/read_tensors.hpp"
#include "transfer_tune/checkpoint/safetensors.hpp"

// A safetensors file. What is read must be what is written again.

TT_FUZZ_TARGET(safetensors) {
  const auto file = tt::fuzz::write_file_named("model.safetensors", input);
  const auto tensors = tt::checkpoint::read_safetensors(file);
  tt::fuzz::read_tensors(tensors);
}
