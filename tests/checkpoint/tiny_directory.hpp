#pragma once

#include "transfer_tune/checkpoint/directory.hpp"
#include "transfer_tune/core/files.hpp"

#include <ATen/ATen.h>

#include <filesystem>
#include <string_view>

namespace tt::tests {

inline constexpr std::string_view kTinyConfig = R"({
  "architectures": ["BertForMaskedLM"],
  "custom": {"kept": [1, 2.5, null]},
  "hidden_size": 4,
  "model_type": "bert",
  "num_labels": 7,
  "vocab_size": 6
})";

inline constexpr std::string_view kTinyTokenizer =
    R"({"version":"1.0","truncation":{"max_length":128,"strategy":"LongestFirst","stride":0},)"
    R"("padding":{"strategy":{"Fixed":128}},"model":{"type":"WordPiece","vocab":{"[PAD]":0,"é":1}}})";

/// Tensors under which nothing in particular is understood: this folder takes any names.
inline checkpoint::NamedTensors tiny_tensors() {
  return {{"embeddings.word_embeddings.weight", at::arange(24, at::kFloat).reshape({6, 4})},
          {"embeddings.position_ids", at::arange(8).reshape({1, 8})}};
}

/// A bare encoder at `path`.
inline void write_tiny_encoder(const std::filesystem::path& path) {
  make_directories(path);
  write_file(path / "config.json", kTinyConfig);
  write_file(path / "tokenizer.json", kTinyTokenizer);
  write_file(path / "tokenizer_config.json", R"({"model_max_length": 512, "max_length": 99, "do_lower_case": true})");
  write_file(path / "vocab.txt", "[PAD]\né\n");
  checkpoint::write_safetensors(path / "model.safetensors", tiny_tensors());
}

}  // namespace tt::tests
