#pragma once

#include "tokenizer/byte_fallback.hpp"
#include "tokenizer/token_trie.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/json.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tt::tokenizer {

/// Where the scores of a Unigram model are to be had to the last bit.
struct WrittenScores {
  std::string_view text;            ///< of the tokenizer.json
  std::span<const double> exact{};  ///< where it was made of a file that has them; else empty
};

/// The `Unigram` model of the tokenizers package, SentencePiece's: of all ways to part a word into tokens the one
/// whose scores have the largest sum. A character that is no token is unknown, and costs more than any token.
class Unigram {
 public:
  struct Settings {
    std::int32_t unknown_id = 0;
    bool byte_fallback = false;  ///< unknown characters are written by tokens of their bytes, where all are there
  };

  /// `vocabulary[id]` is the entry of `id`, `scores[id]` its logarithm of a probability. Throws `CheckpointError` when
  /// there is none, a score is not finite, or the unknown token is not among them.
  Unigram(std::vector<std::string> vocabulary, std::vector<double> scores, const Settings& settings);
  /// `written`: what the file says of the scores.
  [[nodiscard]] static Unigram read(const JsonView& model, const WrittenScores& written);

  /// Appends the ids of `word`, which must be valid UTF-8, in time linear in its length.
  void tokenize(std::string_view word, std::vector<std::int32_t>& ids) const;

  [[nodiscard]] std::optional<std::int32_t> find(std::string_view token) const noexcept { return trie_.find(token); }
  [[nodiscard]] const std::vector<std::string>& vocabulary() const noexcept { return vocabulary_; }
  [[nodiscard]] std::string describe() const;
  void fingerprint(Sha256& hash) const;

 private:
  struct Step;
  void find_best_steps(std::string_view word, std::span<Step> steps) const;
  void append_unknown(std::string_view text, std::vector<std::int32_t>& ids) const;

  Settings settings_;
  std::vector<std::string> vocabulary_;
  std::vector<double> scores_;
  TokenTrie trie_;
  double unknown_score_;
  std::optional<ByteTokens> bytes_;
};

}  // namespace tt::tokenizer
