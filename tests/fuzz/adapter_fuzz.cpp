#include "fuzz/fuzz_target.hpp"
#include "fuzz/read_tensors.hpp"
#include "transfer_tune/checkpoint/adapter.hpp"
#include "transfer_tune/checkpoint/directory.hpp"

// A PEFT adapter's directory, over a base that is as it should be, where the input does not spell another.

TT_FUZZ_TARGET(adapter) {
  tt::fuzz::write_files(input, {"adapter_config.json", "adapter_model.safetensors", "adapter_model.bin",
                                "classifier.json", "modules.json", "1_Pooling/config.json", "2_Dense/config.json",
                                "2_Dense/model.safetensors", "base/config.json", "base/model.safetensors"});
  const auto adapter = tt::checkpoint::read_adapter(tt::fuzz::scratch());
  tt::fuzz::read_tensors(adapter.tensors);
  (void)adapter.scaling(1);
  (void)tt::checkpoint::read_adapted_directory(adapter, tt::fuzz::scratch() / "base");
}
