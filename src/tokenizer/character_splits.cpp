#include "tokenizer/character_splits.hpp"

#include "tokenizer/unicode.hpp"
#include "tokenizer/utf8.hpp"
#include "transfer_tune/core/text.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace tt::tokenizer {
namespace {

/// Parts `words` at the characters for which `is_delimiter` holds, each a delimiter of its own.
template <class IsDelimiter>
void split_at(std::span<const Word> words, Parting parting, Words& out, const IsDelimiter& is_delimiter) {
  std::vector<Stretch> stretches;
  for (const Word& word : words) {
    stretches.clear();
    std::size_t done = 0;
    for (std::size_t i = 0; i < word.text.size();) {
      const std::size_t begin = i;
      if (!is_delimiter(next_code_point(word.text, i))) continue;
      if (begin > done) stretches.push_back({done, begin, false});
      stretches.push_back({begin, i, true});
      done = i;
    }
    if (word.text.size() > done) stretches.push_back({done, word.text.size(), false});
    part(word, stretches, parting, out);
  }
}

auto has(Character::Flag flag) {
  return [flag](char32_t c) { return character(c).is(flag); };
}

enum class Kind : std::uint8_t { space, word, other };

Kind kind_of(char32_t c) {
  const Character properties = character(c);
  if (properties.is(Character::word)) return Kind::word;
  return properties.is(Character::whitespace) ? Kind::space : Kind::other;
}

}  // namespace

void WhitespaceSplit::split(std::span<const Word> words, Words& out) const {
  split_at(words, Parting::removed, out, has(Character::whitespace));
}

void Whitespace::split(std::span<const Word> words, Words& out) const {
  for (const Word& word : words) {
    std::size_t begin = 0;
    Kind kind = Kind::space;
    const auto add_until = [&](std::size_t end) {
      if (kind != Kind::space) out.add(word.text.substr(begin, end - begin), word.start + begin);
    };
    for (std::size_t i = 0; i < word.text.size();) {
      const std::size_t here = i;
      const Kind next = kind_of(next_code_point(word.text, i));
      if (next == kind) continue;
      add_until(here);
      begin = here;
      kind = next;
    }
    add_until(word.text.size());
  }
}

Punctuation Punctuation::read(const JsonView& part) {
  return Punctuation(part.has("behavior") ? read_parting(part.at("behavior")) : Parting::isolated);
}

void Punctuation::split(std::span<const Word> words, Words& out) const {
  split_at(words, parting_, out, has(Character::punctuation));
}

std::string Punctuation::describe() const { return concat("Punctuation (", name_of(parting_), ")"); }

void Digits::split(std::span<const Word> words, Words& out) const {
  split_at(words, individual_ ? Parting::isolated : Parting::contiguous, out, has(Character::numeric));
}

std::string Digits::describe() const { return concat("Digits (", individual_ ? "each" : "together", ")"); }

CharDelimiterSplit CharDelimiterSplit::read(const JsonView& part) {
  return CharDelimiterSplit(read_character(part.at("delimiter")));
}

void CharDelimiterSplit::split(std::span<const Word> words, Words& out) const {
  const char32_t delimiter = first_code_point(delimiter_);
  split_at(words, Parting::removed, out, [=](char32_t c) { return c == delimiter; });
}

void UnicodeScripts::split(std::span<const Word> words, Words& out) const {
  for (const Word& word : words) {
    std::optional<std::size_t> begin;
    std::uint8_t script = 0;
    const auto add_until = [&](std::size_t end) {
      if (begin) out.add(word.text.substr(*begin, end - *begin), word.start + *begin);
    };
    for (std::size_t i = 0; i < word.text.size();) {
      const std::size_t here = i;
      const std::uint8_t next = script_of(next_code_point(word.text, i));
      if (next == 0 || next == script) continue;
      add_until(here);
      begin = here;
      script = next;
    }
    add_until(word.text.size());
  }
}

FixedLength FixedLength::read(const JsonView& part) {
  return FixedLength(part.has("length") ? part.at("length").integer(1) : 5);
}

void FixedLength::split(std::span<const Word> words, Words& out) const {
  for (const Word& word : words) {
    std::size_t begin = 0;
    std::int64_t count = 0;
    for (std::size_t i = 0; i < word.text.size();) {
      (void)next_code_point(word.text, i);
      if (++count < length_ && i < word.text.size()) continue;
      out.add(word.text.substr(begin, i - begin), word.start + begin);
      begin = i;
      count = 0;
    }
  }
}

std::string FixedLength::describe() const { return concat("FixedLength (", length_, ")"); }

std::string CharDelimiterSplit::describe() const { return concat("CharDelimiterSplit (", quote(delimiter_), ")"); }

}  // namespace tt::tokenizer
