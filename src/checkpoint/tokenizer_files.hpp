#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tt::checkpoint {

/// Tokens a text is cut to by public loaders of `directory`; 0 when no file states it.
[[nodiscard]] std::int64_t stated_max_length(const std::filesystem::path& directory);

/// Copies the tokenizer's files so that Python makes the same tokens of a text as this program, alone or in batches:
/// texts are cut to `max_length` tokens and padded only as far as a batch needs, tokenizer_config.json states what was
/// used, and what this program does not read is left behind.
void copy_tokenizer(const std::filesystem::path& from, const std::filesystem::path& to, std::int64_t max_length);

/// The names that `copy_tokenizer` may write, in this version or an older one.
[[nodiscard]] std::vector<std::string> tokenizer_file_names();

}  // namespace tt::checkpoint
