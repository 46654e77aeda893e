#pragma once

#include "tokenizer/byte_fallback.hpp"
#include "tokenizer/token_table.hpp"
#include "tokenizer/vocabulary.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/json.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tt::tokenizer {

/// What a pair of neighbouring tokens becomes, and how early: the lower `rank` goes first.
struct Merge {
  static constexpr std::uint32_t kNone = UINT32_MAX;
  std::uint32_t rank = kNone;  ///< kNone: they are not merged
  std::int32_t id = 0;
};

/// Merges by their pair, in one flat hash table.
class MergeTable {
 public:
  MergeTable() { grow(16); }
  /// A later merge of the same pair counts, as in the tokenizers package.
  void insert(std::int32_t left, std::int32_t right, const Merge& merge);
  [[nodiscard]] Merge find(std::int32_t left, std::int32_t right) const noexcept;

 private:
  struct Slot {
    std::uint64_t pair = 0;
    Merge merge;
  };
  [[nodiscard]] std::size_t home(std::uint64_t pair) const noexcept {
    return static_cast<std::size_t>((pair * 0x9E3779B97F4A7C15U) >> shift_);
  }
  [[nodiscard]] std::size_t locate(std::uint64_t pair) const noexcept;
  void grow(std::size_t slots);

  std::vector<Slot> slots_;
  unsigned shift_ = 0;
  std::size_t size_ = 0;
};

/// The `BPE` model of the tokenizers package: a word's characters, of which the neighbouring pair with the lowest rank
/// is merged again and again, the leftmost first.
class Bpe {
 public:
  struct Settings {
    std::string unknown_token;        ///< for characters that are no token; empty: they are left out
    std::string continuation_prefix;  ///< before each character but a word's first
    std::string word_suffix;          ///< behind a word's last character
    bool fuse_unknown = false;        ///< one unknown token for a run of them
    bool byte_fallback = false;       ///< before that, tokens of their bytes, where all are there
    bool ignore_merges = false;       ///< a word that is a token is that token
  };
  /// The pair of merge `i` has rank `i`.
  using Pair = std::pair<std::int32_t, std::int32_t>;

  /// `vocabulary[id]` is the entry of `id`. Throws `CheckpointError` as `WordPiece` does.
  Bpe(std::vector<std::string> vocabulary, const Settings& settings);
  [[nodiscard]] static Bpe read(const JsonView& model, std::vector<std::string> vocabulary);

  /// Lets `left` and `right` be merged, at the lowest priority yet, into the token that they spell. Throws
  /// `CheckpointError` when one of the three is not in the vocabulary.
  void add_merge(std::string_view left, std::string_view right);

  /// Appends the ids of `word`, which must be valid UTF-8, in time n log n of its length.
  void tokenize(std::string_view word, std::vector<std::int32_t>& ids) const;

  [[nodiscard]] std::optional<std::int32_t> find(std::string_view token) const noexcept { return table_.find(token); }
  [[nodiscard]] const std::vector<std::string>& vocabulary() const noexcept { return vocabulary_; }
  [[nodiscard]] std::string describe() const;
  void fingerprint(Sha256& hash) const;

 private:
  [[nodiscard]] std::int32_t id_of(char32_t character, std::string_view symbol, bool is_bare) const noexcept;
  void append_characters(std::string_view word, std::vector<std::int32_t>& ids) const;

  static constexpr std::int32_t kNoToken = -1;

  Settings settings_;
  std::vector<std::string> vocabulary_;
  TokenTable table_;
  std::array<std::int32_t, 0x200> characters_{};  ///< the ids of the characters that ByteLevel writes, and some more
  std::int32_t unknown_id_ = kNoToken;
  std::optional<ByteTokens> bytes_;
  MergeTable merges_;
  std::vector<Pair> ranked_;
};

}  // namespace tt::tokenizer
