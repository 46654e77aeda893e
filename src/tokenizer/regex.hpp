#pragma once

#include <cstddef>
#include <cstdint>
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
  /// The steps of the matcher that are left for one text, all its matches together: so many for each byte, that a
  /// pattern which tries every way to part a text ends in an error and not in hours.
  class Steps {
   public:
    explicit Steps(std::size_t text_bytes) : left_(kFew + kForAByte * text_bytes) {}

   private:
    friend class Regex;
    static constexpr std::uint64_t kFew = 100'000;
    static constexpr std::uint64_t kForAByte = 256;
    std::uint64_t left_;
  };

  /// The first match of at least one byte at or after `from` in `text`, which must be valid UTF-8. Throws
  /// `CheckpointError` where it takes more than `steps`.
  [[nodiscard]] std::optional<Match> find(std::string_view text, std::size_t from, Steps& steps) const;
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
