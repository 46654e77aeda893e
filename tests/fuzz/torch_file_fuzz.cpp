#include "checkpoint/torch_reader.hpp"
#include "fuzz/fuzz_target.hpp"
#include "fuzz/read_tensors.hpp"

// pytorch_model.bin, of both formats: a pickle in a zip archive, or pickles one after the other.

TT_FUZZ_TARGET(torch_file) {
  const auto file = tt::fuzz::write_file_named("pytorch_model.bin", input);
  tt::fuzz::read_tensors(tt::checkpoint::read_torch_file(file));
}
