#include "fuzz/fuzz_target.hpp"
#include "fuzz/read_tensors.hpp"
#include "transfer_tune/checkpoint/directory.hpp"

// A Hugging Face directory: config.json, indexes and their shards, sentence-transformers' modules.

TT_FUZZ_TARGET(encoder_directory) {
  tt::fuzz::write_files(input, {"config.json", "modules.json", "model.safetensors", "model.safetensors.index.json",
                                "a.safetensors", "b.safetensors", "pytorch_model.bin", "pytorch_model.bin.index.json",
                                "a.bin", "sentence_bert_config.json", "tokenizer_config.json",
                                "config_sentence_transformers.json", "1_Pooling/config.json", "2_Dense/config.json",
                                "2_Dense/model.safetensors", "3_Dense/config.json", "3_Dense/model.safetensors"});
  const auto directory = tt::checkpoint::read_directory(tt::fuzz::scratch());
  tt::fuzz::read_tensors(directory.tensors);
  for (const auto& [name, tensor] : directory.tensors) tt::checkpoint::require_finite(directory, {name});
  (void)tt::checkpoint::hash_directory(tt::fuzz::scratch(), &directory);
}
