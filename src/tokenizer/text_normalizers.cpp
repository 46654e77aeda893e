#include "tokenizer/text_normalizers.hpp"

#include "tokenizer/byte_level.hpp"
#include "tokenizer/unicode.hpp"
#include "tokenizer/utf8.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>

namespace tt::tokenizer {
namespace {

bool nmt_removes(char32_t c) noexcept {
  return (c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F;
}

bool nmt_blanks(char32_t c) noexcept {
  return c == 0x09 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 || (c >= 0x200B && c <= 0x200F) ||
         c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
}

}  // namespace

void Lowercase::normalize(std::string_view text, std::string& out) const {
  out.clear();
  for (std::size_t i = 0; i < text.size();) {
    if (is_ascii(text[i])) {
      const char c = text[i++];
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      continue;
    }
    const std::size_t begin = i;
    const char32_t c = next_code_point(text, i);
    if (character(c).is(Character::lowers)) {
      for (const char32_t mapped : lowercase(c)) append_utf8(mapped, out);
    } else {
      out += text.substr(begin, i - begin);
    }
  }
}

void StripAccents::normalize(std::string_view text, std::string& out) const {
  out.clear();
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t begin = i;
    if (!character(next_code_point(text, i)).is(Character::combining)) out += text.substr(begin, i - begin);
  }
}

void Nmt::normalize(std::string_view text, std::string& out) const {
  out.clear();
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t begin = i;
    const char32_t c = next_code_point(text, i);
    if (nmt_removes(c)) continue;
    if (nmt_blanks(c)) {
      out += ' ';
    } else {
      out += text.substr(begin, i - begin);
    }
  }
}

Strip Strip::read(const JsonView& part) { return {part.at("strip_left").boolean(), part.at("strip_right").boolean()}; }

void Strip::normalize(std::string_view text, std::string& out) const {
  if (left_) text.remove_prefix(leading_whitespace(text));
  out = right_ ? without_trailing_whitespace(text) : text;
}

std::size_t Strip::start_length(std::string_view text, std::size_t length) const {
  std::string form;
  normalize(text, form);
  const std::size_t removed = left_ ? leading_whitespace(text) : 0;
  return std::min(length - std::min(length, removed), form.size());
}

std::string Strip::describe() const {
  const char* ends = left_ && right_ ? "both ends" : left_ ? "the beginning" : right_ ? "the end" : "no end";
  return concat("Strip (", ends, ")");
}

void ByteLevelForm::normalize(std::string_view text, std::string& out) const {
  out.clear();
  append_bytes_written(text, out);
}

void Prepend::normalize(std::string_view text, std::string& out) const {
  out.clear();
  if (!text.empty()) out.append(text_).append(text);
}

std::string Prepend::describe() const { return concat("Prepend (", quote(text_, text_.size()), ")"); }

}  // namespace tt::tokenizer
