#pragma once

#include "transfer_tune/core/json.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace tt::tokenizer {

/// A tokenizer.json made of other files.
struct Converted {
  std::string text;
  /// Of a Unigram model. The reader of the tokenizers package makes no text the same number for some of them.
  std::vector<double> scores{};
};

/// The tokenizer.json that transformers 5.23 makes of the other files in `directory`: a SentencePiece model, or
/// vocab.json and merges.txt, with tokenizer_config.json or config.json to say whose they are. Throws
/// `CheckpointError` when there is none, or for a class that is not known here.
[[nodiscard]] Converted convert_files(const std::filesystem::path& directory);

/// The name of the file in `directory` that `convert_files` starts from; empty where there is none.
[[nodiscard]] std::string file_to_convert(const std::filesystem::path& directory);

/// `score` as a text that `read_score` makes the same number of, or where there is none one of its neighbours.
[[nodiscard]] std::string write_score(double score);

}  // namespace tt::tokenizer
