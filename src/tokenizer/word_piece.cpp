#include "tokenizer/word_piece.hpp"

#include "tokenizer/utf8.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <utility>

namespace tt::tokenizer {
namespace {

TokenTable table_of(const std::vector<std::string>& vocabulary) {
  if (vocabulary.empty()) throw CheckpointError("the vocabulary is empty");
  TokenTable table(vocabulary.size());
  for (std::size_t id = 0; id < vocabulary.size(); ++id) {
    if (vocabulary[id].empty()) continue;  // no part of any word
    if (!table.insert(vocabulary[id], static_cast<std::int32_t>(id))) {
      throw CheckpointError(concat("the vocabulary has ", quote(vocabulary[id]), " twice: as id ",
                                   table.find(vocabulary[id]).value_or(0), " and as id ", id));
    }
  }
  return table;
}

bool longer_than(std::string_view word, std::size_t code_points) {
  if (word.size() <= code_points) return false;
  const auto continuing = std::count_if(word.begin(), word.end(), continues_sequence);
  return word.size() - static_cast<std::size_t>(continuing) > code_points;
}

}  // namespace

WordPiece::WordPiece(std::vector<std::string> vocabulary, const Settings& settings)
    : vocabulary_(std::move(vocabulary)),
      table_(table_of(vocabulary_)),
      continuation_(TokenTable::prefix(settings.continuation_prefix)),
      max_word_length_(settings.max_word_length) {
  const auto unknown = find(settings.unknown_token);
  if (!unknown) {
    throw CheckpointError(concat("the unknown token ", quote(settings.unknown_token), " is not in the vocabulary"));
  }
  unknown_id_ = *unknown;
}

void WordPiece::tokenize(std::string_view word, std::vector<std::int32_t>& ids) const {
  const std::size_t before = ids.size();
  if (longer_than(word, max_word_length_)) return ids.push_back(unknown_id_);
  const TokenTable::Prefix beginning;
  for (const auto* prefix = &beginning; !word.empty(); prefix = &continuation_) {
    const TokenTable::Match match = table_.longest(*prefix, word);
    if (match.length == 0) {
      ids.resize(before);
      return ids.push_back(unknown_id_);
    }
    ids.push_back(match.value);
    word.remove_prefix(match.length);
  }
}

std::optional<std::int32_t> WordPiece::find(std::string_view token) const noexcept { return table_.find(token); }

}  // namespace tt::tokenizer
