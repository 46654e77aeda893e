#include "tokenizer/added_tokens.hpp"

#include "tokenizer/unicode.hpp"
#include "tokenizer/utf8.hpp"
#include "tokenizer/vocabulary.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <cstddef>

namespace tt::tokenizer {
namespace {

bool ends_with_word(std::string_view text) {
  if (text.empty()) return false;
  std::size_t last = last_code_point(text);
  return character(next_code_point(text, last)).is(Character::word);
}

bool starts_with_word(std::string_view text) {
  std::size_t position = 0;
  return !text.empty() && character(next_code_point(text, position)).is(Character::word);
}

}  // namespace

void AddedTokenFinder::add(std::string_view pattern, const AddedToken& token) {
  if (pattern.empty()) {
    throw CheckpointError(concat("the added token ", quote(token.content), " is empty once normalized"));
  }
  check_length(pattern);
  first_bytes_[static_cast<std::uint8_t>(pattern[0])] = true;
  if (patterns_.insert(pattern, static_cast<std::int32_t>(tokens_.size()))) tokens_.push_back(token);
}

void AddedTokenFinder::split(std::string_view text, std::vector<Piece>& pieces) const {
  std::size_t done = 0;
  std::size_t blank_end = 0;  // of the last white space that was gone through: what is in it ends there too
  for (std::size_t i = tokens_.empty() ? text.size() : 0; i < text.size();) {
    if (!first_bytes_[static_cast<std::uint8_t>(text[i])]) {
      ++i;
      continue;
    }
    const TokenTable::Match match = patterns_.longest({}, text.substr(i));
    if (match.length == 0) {
      ++i;
      continue;
    }
    const AddedToken& token = tokens_[static_cast<std::size_t>(match.value)];
    std::size_t start = i;
    std::size_t stop = i += match.length;
    if (token.single_word && (ends_with_word(text.substr(0, start)) || starts_with_word(text.substr(stop)))) continue;
    if (token.lstrip) {
      start = start > done ? done + without_trailing_whitespace(text.substr(done, start - done)).size() : done;
    }
    if (token.rstrip) {
      stop = blank_end = stop < blank_end ? blank_end : stop + leading_whitespace(text.substr(stop));
    }
    if (start > done) pieces.push_back({text.substr(done, start - done)});
    pieces.push_back({text.substr(start, stop - start), token.id});
    done = stop;
  }
  if (text.size() > done) pieces.push_back({text.substr(done)});
}

}  // namespace tt::tokenizer
