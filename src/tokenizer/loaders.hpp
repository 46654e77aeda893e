#pragma once

#include "tokenizer/json_file.hpp"
#include "tokenizer/parts.hpp"
#include "transfer_tune/core/error.hpp"

#include <filesystem>
#include <string>

namespace tt::tokenizer {

/// Reads `tokenizer.json` of `directory`; what it leaves open (padding, length) from `tokenizer_config.json`, if there.
/// Throws `CheckpointError` naming file and JSON pointer.
[[nodiscard]] Parts load_tokenizer_json(const std::filesystem::path& directory);

/// Reads `vocab.txt` and `tokenizer_config.json` of `directory`: a BERT tokenizer. Throws `CheckpointError`.
[[nodiscard]] Parts load_vocab_txt(const std::filesystem::path& directory);

/// An added token as tokenizer.json and tokenizer_config.json write it: content and flags, without the id.
[[nodiscard]] AddedToken read_added_token(const JsonView& value);

/// The content of a token given by its text or as an object.
[[nodiscard]] std::string token_content(const JsonView& value);

/// `model_max_length` of a tokenizer_config.json; 0 where it is missing or means "no limit" (1e30).
[[nodiscard]] std::size_t model_max_length(const JsonView& config);

/// Runs `action`, putting `where` before the message of a `CheckpointError`.
template <class Action>
auto located(const std::string& where, Action&& action) {
  try {
    return action();
  } catch (const CheckpointError& error) {
    throw CheckpointError(where + ": " + error.what());
  }
}

}  // namespace tt::tokenizer
