#include "tokenizer/word_piece.hpp"

#include "tokenizer/utf8.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tt::tokenizer {
namespace {

Trie trie_of(const std::vector<std::string>& vocabulary) {
  if (vocabulary.empty()) throw CheckpointError("the vocabulary is empty");
  Trie trie(std::accumulate(vocabulary.begin(), vocabulary.end(), std::size_t{0},
                            [](std::size_t sum, const std::string& token) { return sum + token.size(); }));
  for (std::size_t id = 0; id < vocabulary.size(); ++id) {
    if (vocabulary[id].empty()) continue;  // no part of any word
    if (!trie.insert(vocabulary[id], static_cast<std::int32_t>(id))) {
      throw CheckpointError(concat("the vocabulary has ", quoted(vocabulary[id]), " twice: as id ",
                                   trie.value(trie.walk(Trie::kRoot, vocabulary[id])), " and as id ", id));
    }
  }
  return trie;
}

bool longer_than(std::string_view word, std::size_t code_points) {
  if (word.size() <= code_points) return false;
  const auto continuing = std::count_if(word.begin(), word.end(), continues_sequence);
  return word.size() - static_cast<std::size_t>(continuing) > code_points;
}

}  // namespace

WordPiece::WordPiece(std::vector<std::string> vocabulary, const Settings& settings)
    : vocabulary_(std::move(vocabulary)),
      trie_(trie_of(vocabulary_)),
      continuations_(trie_.walk(Trie::kRoot, settings.continuation_prefix)),
      max_word_length_(settings.max_word_length) {
  const auto unknown = find(settings.unknown_token);
  if (!unknown) {
    throw CheckpointError(concat("the unknown token ", quoted(settings.unknown_token), " is not in the vocabulary"));
  }
  unknown_id_ = *unknown;
}

void WordPiece::tokenize(std::string_view word, std::vector<std::int32_t>& ids) const {
  const std::size_t before = ids.size();
  if (longer_than(word, max_word_length_)) return ids.push_back(unknown_id_);
  for (Trie::Node start = Trie::kRoot; !word.empty(); start = continuations_) {
    const Trie::Match match = start == Trie::kNone ? Trie::Match{} : trie_.longest(start, word);
    if (match.value == Trie::kNoValue) {
      ids.resize(before);
      return ids.push_back(unknown_id_);
    }
    ids.push_back(match.value);
    word.remove_prefix(match.length);
  }
}

std::optional<std::int32_t> WordPiece::find(std::string_view token) const noexcept {
  const Trie::Node node = trie_.walk(Trie::kRoot, token);
  if (node == Trie::kNone || trie_.value(node) == Trie::kNoValue) return std::nullopt;
  return trie_.value(node);
}

}  // namespace tt::tokenizer
