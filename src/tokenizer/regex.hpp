#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tt::tokenizer {

/// A regular expression as the tokenizers package reads it (Oniguruma, Ruby's syntax), matched by PCRE2. What the two
/// read differently is translated where it is known: `\p{…}` and `\s` mean what Oniguruma's Unicode tables say.
class Regex {
 public:
  /// Throws `CheckpointError` for what is not valid or not known to mean the same.
  explicit Regex(std::string_view pattern);

  struct Match {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  /// The first match of at least one byte at or after `from` in `text`, which must be valid UTF-8.
  [[nodiscard]] std::optional<Match> find(std::string_view text, std::size_t from) const;
  /// True if it matches the empty text.
  [[nodiscard]] bool matches_nothing() const;

 private:
  struct Code;
  std::shared_ptr<const Code> code_;
};

/// `pattern` in PCRE2's syntax. Throws `CheckpointError` as `Regex` does.
[[nodiscard]] std::string translate_pattern(std::string_view pattern);

/// The general categories that patterns may name, each with the code points that Oniguruma counts in beyond Unicode 14,
/// the oldest that PCRE2 is used with, as ranges of a character class. Generated: regex_classes.cpp.
struct RegexClass {
  std::string_view name;
  std::string_view newer;
};
[[nodiscard]] const RegexClass* find_regex_class(std::string_view name);

}  // namespace tt::tokenizer
