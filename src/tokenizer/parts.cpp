#include "tokenizer/parts.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <set>

namespace tt::tokenizer {
namespace {

std::optional<std::int32_t> find_in_model(const Model& model, std::string_view content) {
  return std::visit([&](const auto& kind) { return kind.find(content); }, model);
}

}  // namespace

std::optional<std::int32_t> find_token(const Model& model, const std::vector<AddedToken>& added_tokens,
                                       std::string_view content) {
  const auto added = std::find_if(added_tokens.begin(), added_tokens.end(),
                                  [&](const AddedToken& token) { return token.content == content; });
  return added != added_tokens.end() ? added->id : find_in_model(model, content);
}

void check_added_tokens(const Model& model, const std::vector<AddedToken>& added_tokens) {
  auto next = static_cast<std::int64_t>(std::visit([](const auto& kind) { return kind.vocabulary().size(); }, model));
  std::set<std::string_view> seen;
  for (const AddedToken& token : added_tokens) {
    if (!seen.insert(token.content).second) {
      throw CheckpointError(concat("the added token ", quote(token.content), " is there twice"));
    }
    const auto known = find_in_model(model, token.content);
    const std::int64_t expected = known ? *known : next++;
    if (token.id != expected) {
      throw CheckpointError(concat("the added token ", quote(token.content), " has id ", token.id, ", expected ",
                                   expected, known ? ", its id in the vocabulary" : ", the next after the vocabulary"));
    }
  }
}

}  // namespace tt::tokenizer
