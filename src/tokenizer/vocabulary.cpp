#include "tokenizer/vocabulary.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <cstddef>
#include <utility>

namespace tt::tokenizer {

void check_length(std::string_view token) {
  if (token.size() <= kLongestToken) return;
  throw CheckpointError(
      concat("the token ", quote(token), " has ", token.size(), " bytes, expected at most ", kLongestToken));
}

std::vector<std::string> dense_vocabulary(JsonTable&& table, const JsonView& vocab) {
  const auto fail = [&](const std::string& token, auto... message) {
    throw CheckpointError(concat(vocab.file(), ": ", vocab.pointer(), json_pointer_step(token), ": ", message...));
  };
  std::vector<std::string> vocabulary(table.entries.size());
  std::vector<bool> taken(table.entries.size());
  for (auto& [token, id] : table.entries) {
    const auto index = static_cast<std::size_t>(id);
    if (index >= taken.size()) {
      fail(token, "id ", id, " leaves gaps: the ids of ", taken.size(), " tokens must be 0 to ", taken.size() - 1);
    }
    if (taken[index]) fail(token, "has id ", id, " as ", quote(vocabulary[index]), " has");
    taken[index] = true;
    vocabulary[index] = std::move(token);
  }
  return vocabulary;
}

TokenTable token_table(const std::vector<std::string>& vocabulary) {
  if (vocabulary.empty()) throw CheckpointError("the vocabulary is empty");
  TokenTable table(vocabulary.size());
  for (std::size_t id = 0; id < vocabulary.size(); ++id) {
    if (vocabulary[id].empty()) continue;
    if (!table.insert(vocabulary[id], static_cast<std::int32_t>(id))) {
      throw CheckpointError(concat("the vocabulary has ", quote(vocabulary[id]), " twice: as id ",
                                   table.find(vocabulary[id]).value_or(0), " and as id ", id));
    }
  }
  return table;
}

std::int32_t unknown_token_id(const TokenTable& table, std::string_view token) {
  const auto id = table.find(token);
  if (!id) throw CheckpointError(concat("the unknown token ", quote(token), " is not in the vocabulary"));
  return *id;
}

}  // namespace tt::tokenizer
