#pragma once

#include "tokenizer/token_table.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/json.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tt::tokenizer {

/// The `WordPiece` model of the tokenizers package: the longest vocabulary entry that a word starts with, then the
/// longest continuation, and so on; the unknown token for the whole word where one is missing.
class WordPiece {
 public:
  struct Settings {
    std::string unknown_token = "[UNK]";
    std::string continuation_prefix = "##";
    std::size_t max_word_length = 100;  ///< in code points; longer words are unknown
  };

  /// `vocabulary[id]` is the entry of `id`. Throws `CheckpointError` when it is empty, has an entry twice or lacks the
  /// unknown token.
  WordPiece(std::vector<std::string> vocabulary, const Settings& settings);
  [[nodiscard]] static WordPiece read(const JsonView& model, std::vector<std::string> vocabulary);

  /// Appends the ids of `word`.
  void tokenize(std::string_view word, std::vector<std::int32_t>& ids) const;

  [[nodiscard]] std::optional<std::int32_t> find(std::string_view token) const noexcept;
  [[nodiscard]] const std::vector<std::string>& vocabulary() const noexcept { return vocabulary_; }
  [[nodiscard]] std::string describe() const { return "WordPiece"; }
  void fingerprint(Sha256& hash) const;

 private:
  std::vector<std::string> vocabulary_;
  TokenTable table_;
  TokenTable::Prefix continuation_;
  std::int32_t unknown_id_;
  std::size_t max_word_length_;
};

}  // namespace tt::tokenizer
