#pragma once

#include "tokenizer/token_table.hpp"
#include "transfer_tune/core/json.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What the models have in common: a token for each id.

namespace tt::tokenizer {

/// The longest token, in bytes, of models and lists that look for the longest one at every place of a text: what that
/// takes grows with the token. Those of real vocabularies have some dozens.
inline constexpr std::size_t kLongestToken = 1024;

/// Throws `CheckpointError` for a longer one.
void check_length(std::string_view token);

/// The tokens of a `vocab` object by their ids, which must be 0 to n - 1. Throws `CheckpointError`; `vocab` says where.
[[nodiscard]] std::vector<std::string> dense_vocabulary(JsonTable&& table, const JsonView& vocab);

/// The ids by token. Throws `CheckpointError` when there is none, or one twice; an empty token is no part of any word.
[[nodiscard]] TokenTable token_table(const std::vector<std::string>& vocabulary);

/// Throws `CheckpointError` when `token` is not there.
[[nodiscard]] std::int32_t unknown_token_id(const TokenTable& table, std::string_view token);

}  // namespace tt::tokenizer
