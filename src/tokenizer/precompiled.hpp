#pragma once

#include "tokenizer/charsmap.hpp"
#include "transfer_tune/core/json.hpp"

#include <array>
#include <string>
#include <string_view>

namespace tt::tokenizer {

/// The `Precompiled` normalizer of the tokenizers package: SentencePiece's table, looked up for each grapheme cluster
/// of less than six bytes, and else for each character.
class Precompiled {
 public:
  /// Throws `CheckpointError` as `Charsmap` does.
  explicit Precompiled(std::string_view charsmap);
  [[nodiscard]] static Precompiled read(const JsonView& part);

  /// Sets `out` to the form of `text`, which must be valid UTF-8.
  void normalize(std::string_view text, std::string& out) const;
  /// How many bytes of the form of `text` stand for its first `length` bytes.
  [[nodiscard]] std::size_t start_length(std::string_view text, std::size_t length) const;
  [[nodiscard]] std::string describe() const;

 private:
  [[nodiscard]] std::size_t plain_run(std::string_view text, std::size_t begin) const noexcept;
  void append_cluster(std::string_view cluster, std::string& out) const;

  Charsmap map_;
  std::string digest_;
  std::array<bool, 128> plain_{};  ///< the ASCII characters that stay as they are
};

}  // namespace tt::tokenizer
