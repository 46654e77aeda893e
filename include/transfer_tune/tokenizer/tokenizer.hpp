#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tt::tokenizer {

/// The ids of one text, special tokens included.
struct Encoding {
  std::vector<std::int32_t> ids;
  bool truncated = false;
};

/// Text to token ids, exactly as the `tokenizers` package does with the same files. Safe to share between threads, but
/// for `set_prompt`.
class Tokenizer {
 public:
  /// Reads `tokenizer.json` from a Hugging Face directory, or else `vocab.txt` with `tokenizer_config.json`, or else a
  /// SentencePiece model, or `vocab.json` with `merges.txt`, as the class of transformers that is named there does.
  /// Throws an `Error` of kind checkpoint (missing or unreadable files, unsupported parts named, non-dense ids, an
  /// empty vocabulary, special tokens that are not in the vocabulary).
  [[nodiscard]] static Tokenizer from_directory(const std::filesystem::path& directory);

  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  /// From now on `prompt` is put in front of every text that is encoded.
  void set_prompt(std::string prompt) { prompt_ = std::move(prompt); }
  [[nodiscard]] const std::string& prompt() const noexcept { return prompt_; }

  /// `[CLS] text [SEP]`, cut to `max_length` ids (at least 2 + 1). Padding and truncation written in the files are
  /// not applied. Bytes that are not UTF-8 are read as U+FFFD.
  [[nodiscard]] Encoding encode(std::string_view text, std::size_t max_length) const;
  /// As above, for each text, on `threads` threads; the result does not depend on their number.
  [[nodiscard]] std::vector<Encoding> encode_batch(const std::vector<std::string_view>& texts, std::size_t max_length,
                                                   std::size_t threads) const;

  /// The vocabulary entry of `id`; throws `CheckpointError` when there is none.
  [[nodiscard]] const std::string& token(std::int32_t id) const;
  /// 1 + the largest id, added tokens included.
  [[nodiscard]] std::size_t vocab_size() const noexcept;
  [[nodiscard]] std::int32_t pad_id() const noexcept;
  /// The truncation length that the files state, 0 if none: reported when `max_length` overrides it.
  [[nodiscard]] std::size_t stated_max_length() const noexcept;
  /// A sentence for each thing in which the directory's other files say otherwise than the one that was read, as Python
  /// packages would follow them. Empty where they agree.
  [[nodiscard]] const std::vector<std::string>& disagreements() const noexcept;
  /// One line for a person: model, vocabulary size, normalizers and pre-tokenizers with their settings.
  [[nodiscard]] std::string summary() const;
  /// SHA-256 over all that decides which ids a text gets; equal for equal tokenizers, whatever files they came from.
  [[nodiscard]] std::string fingerprint() const;

 private:
  struct Impl;
  explicit Tokenizer(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
  std::string prompt_;
};

}  // namespace tt::tokenizer
