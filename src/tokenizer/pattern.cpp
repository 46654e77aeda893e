#include "tokenizer/pattern.hpp"

#include "tokenizer/located.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::tokenizer {

Pattern Pattern::read(const JsonView& pattern) {
  const bool is_regex = pattern.has("Regex");
  const JsonView text = pattern.at(is_regex ? "Regex" : "String");
  Pattern out(text.string());
  if (is_regex) located(text, [&] { out.regex_.emplace(out.text_); });
  if (out.text_.empty() || (out.regex_ && out.regex_->matches_nothing())) {
    text.fail(concat("the pattern ", quote(out.text_, 200), " matches where nothing is, which is not supported"));
  }
  return out;
}

std::optional<Regex::Match> Pattern::find(std::string_view text, std::size_t from, Regex::Steps& steps) const {
  if (regex_) return regex_->find(text, from, steps);
  const std::size_t begin = text.find(text_, from);
  if (begin == std::string_view::npos) return std::nullopt;
  return Regex::Match{begin, begin + text_.size()};
}

std::string Pattern::describe() const { return concat(regex_ ? "" : "the text ", quote(text_, text_.size())); }

}  // namespace tt::tokenizer
