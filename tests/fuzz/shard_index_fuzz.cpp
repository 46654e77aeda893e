#include "checkpoint/weights.hpp"
#include "fuzz/fuzz_target.hpp"
#include "transfer_tune/core/error.hpp"

#include <ATen/ATen.h>

// model.safetensors.index.json, beside two shards that are there. What is outside of the directory is never read.

namespace {

namespace fs = std::filesystem;

/// The directory of the index, in one with a shard that must not be reached.
const fs::path& directory() {
  static const fs::path made = [] {
    const fs::path inside = tt::fuzz::scratch() / "inside";
    fs::create_directories(inside);
    const tt::checkpoint::NamedTensors first{{"x", at::ones({2, 3})}, {"y", at::ones({4}, at::kHalf)}};
    tt::checkpoint::write_safetensors(inside / "a.safetensors", first);
    tt::checkpoint::write_safetensors(inside / "b.safetensors", {{"z", at::ones({1})}});
    tt::checkpoint::write_safetensors(tt::fuzz::scratch() / "c.safetensors", {{"outside", at::ones({1})}});
    return inside;
  }();
  return made;
}

}  // namespace

TT_FUZZ_TARGET(shard_index) {
  (void)directory();
  (void)tt::fuzz::write_file_named("inside/model.safetensors.index.json", input);
  const auto weights = tt::checkpoint::read_weights(directory());
  if (weights.tensors.contains("outside")) tt::fuzz::fail("a shard outside of the directory was read");
}
