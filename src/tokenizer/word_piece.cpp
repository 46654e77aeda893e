#include "tokenizer/word_piece.hpp"

#include "tokenizer/located.hpp"
#include "tokenizer/utf8.hpp"
#include "tokenizer/vocabulary.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <utility>

namespace tt::tokenizer {
namespace {

bool longer_than(std::string_view word, std::size_t code_points) {
  if (word.size() <= code_points) return false;
  const auto continuing = std::count_if(word.begin(), word.end(), continues_sequence);
  return word.size() - static_cast<std::size_t>(continuing) > code_points;
}

}  // namespace

WordPiece::WordPiece(std::vector<std::string> vocabulary, const Settings& settings)
    : vocabulary_(std::move(vocabulary)),
      table_(token_table(vocabulary_)),
      continuation_(TokenTable::prefix(settings.continuation_prefix)),
      unknown_id_(unknown_token_id(table_, settings.unknown_token)),
      max_word_length_(settings.max_word_length) {
  std::ranges::for_each(vocabulary_, check_length);
}

WordPiece WordPiece::read(const JsonView& model, std::vector<std::string> vocabulary) {
  Settings settings;
  settings.unknown_token = model.at("unk_token").string();
  settings.continuation_prefix = model.at("continuing_subword_prefix").string();
  settings.max_word_length = static_cast<std::size_t>(model.at("max_input_chars_per_word").integer());
  return located(model, [&] { return WordPiece(std::move(vocabulary), settings); });
}

void WordPiece::tokenize(std::string_view word, std::vector<std::int32_t>& ids) const {
  const std::size_t before = ids.size();
  if (longer_than(word, max_word_length_)) return ids.push_back(unknown_id_);
  static const TokenTable::Prefix beginning;
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

void WordPiece::fingerprint(Sha256& hash) const {
  hash.update_field(concat(unknown_id_, ' ', max_word_length_));
  hash.update_field(continuation_.text);
  for (const std::string& token : vocabulary_) hash.update_field(token);
}

}  // namespace tt::tokenizer
