#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tt::tokenizer {

/// A part of a text on its way to the model.
struct Word {
  std::string_view text;
  /// The bytes of the text before it; behind a normalizer, those of the normal form since the last added token, less
  /// what stands there for the text's first character but for its first byte.
  std::size_t start = 0;

  /// True where it stands for the text's first character, or a part of it. Then `start` is 0, or has wrapped below.
  [[nodiscard]] bool begins_text() const noexcept { return static_cast<std::ptrdiff_t>(start) <= 0; }
};

/// What a pre-tokenizer makes of the words before it: stretches of them as they are, or text of its own.
class Words {
 public:
  void clear() {
    list_.clear();
    changed_.clear();
  }
  /// Makes room for `bytes` of changed text, which must be enough for all of it until `clear`: words point into it.
  void reserve_changed(std::size_t bytes) { changed_.reserve(bytes); }

  void add(std::string_view text, std::size_t start) { list_.push_back({text, start}); }
  /// Where changed text goes, at its end; words are views of it.
  [[nodiscard]] std::string& changed() noexcept { return changed_; }

  [[nodiscard]] const std::vector<Word>& list() const noexcept { return list_; }

 private:
  std::vector<Word> list_;
  std::string changed_;
};

}  // namespace tt::tokenizer
