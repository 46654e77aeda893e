#include "tokenizer/regex.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace tt::tokenizer {
namespace {

/// White space as Oniguruma has it; PCRE2 counts U+180E in.
constexpr std::string_view kSpaces =
    R"(\x09-\x0d\x20\x85\xa0\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";

struct CodeDeleter {
  void operator()(pcre2_code* code) const noexcept { pcre2_code_free(code); }
};
struct MatchDeleter {
  void operator()(pcre2_match_data* data) const noexcept { pcre2_match_data_free(data); }
};

struct ContextDeleter {
  void operator()(pcre2_match_context* context) const noexcept { pcre2_match_context_free(context); }
};

/// Of a match, in which sound patterns find a word.
constexpr std::uint64_t kFirstSteps = 2000;
constexpr std::size_t kLongestPattern = 4096;  ///< bytes; compiling takes time quadratic in some

std::string message_of(int error) {
  std::array<PCRE2_UCHAR, 256> buffer{};
  pcre2_get_error_message(error, buffer.data(), buffer.size());
  return reinterpret_cast<const char*>(buffer.data());  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
}

PCRE2_SPTR units(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR>(text.data());  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
}

/// One pass over a pattern; only what is known to mean the same to both is let through.
class Translator {
 public:
  explicit Translator(std::string_view pattern) : pattern_(pattern) {}

  [[nodiscard]] std::string translate() {
    while (at_ < pattern_.size()) step();
    if (in_class_) unsupported("a character class without an end");
    return std::move(out_);
  }

 private:
  [[noreturn]] void unsupported(std::string_view what) const {
    throw CheckpointError(
        concat("the pattern ", quote(pattern_, 200), " has ", what, " at byte ", at_, ", which is not supported"));
  }
  [[nodiscard]] bool starts_with(std::string_view text) const { return pattern_.substr(at_).starts_with(text); }
  void copy(std::size_t bytes) {
    out_ += pattern_.substr(at_, bytes);
    at_ += bytes;
  }

  void step() {
    const char c = pattern_[at_];
    if (c == '\\') return escape();
    if (in_class_) return step_in_class(c);
    if (c == '[') {
      if (starts_with("[]") || starts_with("[^]") || starts_with("[[")) unsupported("an unusual character class");
      in_class_ = true;
      return copy(starts_with("[^") ? 2 : 1);
    }
    if (c == '(') check_group();
    // Ruby's ends of lines, its dot, and `{n}+`, which is no possessive quantifier there.
    if (c == '^' || c == '$' || c == '.') unsupported("^, $ or .");
    if (starts_with("}+")) unsupported("a quantifier of a quantifier");
    copy(1);
  }

  void step_in_class(char c) {
    if (c == '[' || starts_with("&&")) unsupported("a set inside of a character class");
    if (c == ']') in_class_ = false;
    copy(1);
  }

  void check_group() const {
    constexpr std::array<std::string_view, 7> kGroups{"(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i:"};
    if (!starts_with("(?") && !starts_with("(*")) return;
    if (std::ranges::none_of(kGroups, [&](std::string_view group) { return starts_with(group); })) {
      unsupported("a group of an unknown kind");
    }
  }

  void escape() {
    if (at_ + 1 == pattern_.size()) unsupported("a backslash without a character");
    const char c = pattern_[at_ + 1];
    if (c == 'p' || c == 'P') return category(c == 'P');
    if (c == 's' || c == 'S') {
      at_ += 2;
      return put_class(kSpaces, c == 'S');
    }
    const bool is_letter = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (is_letter && c != 'r' && c != 'n' && c != 't') unsupported(concat("\\", c));
    copy(2);
  }

  void category(bool negated) {
    const std::size_t end = pattern_.find('}', at_);
    if (!pattern_.substr(at_ + 2).starts_with('{') || end == std::string_view::npos) unsupported("a class without {}");
    const std::string_view name = pattern_.substr(at_ + 3, end - at_ - 3);
    const RegexClass* known = find_regex_class(name);
    if (known == nullptr) unsupported(concat("the class ", quote(name)));
    at_ = end + 1;
    put_class(concat("\\p{", name, "}", known->newer), negated);
  }

  void put_class(std::string_view members, bool negated) {
    if (!in_class_) {
      out_ += concat(negated ? "[^" : "[", members, "]");
    } else if (negated) {
      unsupported("a negated class inside of a character class");
    } else {
      out_ += members;
    }
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  bool in_class_ = false;
  std::string out_;
};

}  // namespace

std::string translate_pattern(std::string_view pattern) { return Translator(pattern).translate(); }

struct Regex::Code {
  std::unique_ptr<pcre2_code, CodeDeleter> code;
};

Regex::Regex(std::string_view pattern) {
  if (pattern.size() > kLongestPattern) {
    throw CheckpointError(concat("the pattern ", quote(pattern, 200), " has ", pattern.size(),
                                 " bytes, expected at most ", kLongestPattern));
  }
  const std::string translated = translate_pattern(pattern);
  int error = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code* code = pcre2_compile(units(translated), translated.size(),
                                   PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &error, &offset, nullptr);
  if (code == nullptr) {
    throw CheckpointError(concat("the pattern ", quote(pattern, 200), " is not valid: ", message_of(error)));
  }
  code_ = std::make_shared<const Code>(Code{std::unique_ptr<pcre2_code, CodeDeleter>(code)});
  pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);  // where there is no compiler for this processor, it is interpreted
}

bool Regex::matches_nothing() const {
  const std::unique_ptr<pcre2_match_data, MatchDeleter> data(pcre2_match_data_create(1, nullptr));
  return pcre2_match(code_->code.get(), units(""), 0, 0, 0, data.get(), nullptr) >= 0;
}

std::optional<Regex::Match> Regex::find(std::string_view text, std::size_t from, Steps& steps) const {
  // Groups are not asked for: one pair of offsets serves every pattern.
  thread_local const std::unique_ptr<pcre2_match_data, MatchDeleter> data(pcre2_match_data_create(1, nullptr));
  // The text is known to be valid; checking it at each match would take time quadratic in its length.
  constexpr std::uint32_t kOptions = PCRE2_NO_UTF_CHECK | PCRE2_NOTEMPTY;
  thread_local const std::unique_ptr<pcre2_match_context, ContextDeleter> context(pcre2_match_context_create(nullptr));
  int found = PCRE2_ERROR_MATCHLIMIT;
  // How many steps a match took is not told, only that it was more than it was allowed: a few, and where those do not
  // do, more and more of what is left.
  for (std::uint64_t most = kFirstSteps; found == PCRE2_ERROR_MATCHLIMIT; most *= 8) {
    if (steps.left_ == 0) {
      throw CheckpointError(concat("the tokenizer's pattern takes more steps than ", text.size(),
                                   " bytes of text are worth; it tries too many ways to part a text"));
    }
    const std::uint64_t allowed = std::min({most, steps.left_, std::uint64_t{UINT32_MAX}});
    pcre2_set_match_limit(context.get(), static_cast<std::uint32_t>(allowed));
    const auto match = [&](std::uint32_t options) {
      return pcre2_match(code_->code.get(), units(text), text.size(), from, options, data.get(), context.get());
    };
    found = match(kOptions);
    if (found == PCRE2_ERROR_JIT_STACKLIMIT) found = match(kOptions | PCRE2_NO_JIT);
    if (found == PCRE2_ERROR_MATCHLIMIT) steps.left_ -= allowed;
  }
  if (found == PCRE2_ERROR_NOMATCH) return std::nullopt;
  if (found < 0) throw CheckpointError(concat("the tokenizer's pattern cannot be matched: ", message_of(found)));
  const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(data.get());
  return Match{ends[0], ends[1]};  // NOLINT(cppcoreguidelines-pro-bounds-pointer-arithmetic)
}

}  // namespace tt::tokenizer
