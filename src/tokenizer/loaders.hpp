#pragma once

#include "tokenizer/located.hpp"
#include "tokenizer/parts.hpp"
#include "transfer_tune/core/json.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tt::tokenizer {

/// Reads `tokenizer.json` of `directory`; what it leaves open (padding, length) from `tokenizer_config.json`, if there.
/// Throws `CheckpointError` naming file and JSON pointer.
[[nodiscard]] Parts load_tokenizer_json(const std::filesystem::path& directory);

/// What `text`, a tokenizer.json, comes to; errors name `file`, beside which tokenizer_config.json is looked for.
/// `scores`: of a Unigram model, where they are known more exactly than `text` has them.
[[nodiscard]] Parts parse_tokenizer_json(const std::string& text, const std::filesystem::path& file,
                                         std::span<const double> scores = {});

/// Reads what `convert_files` makes of `directory`. Throws `CheckpointError`.
[[nodiscard]] Parts load_converted(const std::filesystem::path& directory);

/// Reads `vocab.txt` and `tokenizer_config.json` of `directory`: a BERT tokenizer. Throws `CheckpointError`.
[[nodiscard]] Parts load_vocab_txt(const std::filesystem::path& directory);

/// An added token as tokenizer.json and tokenizer_config.json write it: content and flags, without the id.
[[nodiscard]] AddedToken read_added_token(const JsonView& value);

/// The content of a token given by its text or as an object.
[[nodiscard]] std::string token_content(const JsonView& value);

/// `model_max_length` of a tokenizer_config.json; 0 where it is missing or means "no limit" (1e30).
[[nodiscard]] std::size_t model_max_length(const JsonView& config);

/// A sentence for each thing in which `config`, the tokenizer_config.json of `directory`, or a file of added tokens
/// says otherwise than its tokenizer.json, which is `parts`.
[[nodiscard]] std::vector<std::string> find_disagreements(const std::filesystem::path& directory,
                                                          const JsonView& config, const Parts& parts);

/// The same for its vocab.txt, beside which `config` is read, but not the files of added tokens.
[[nodiscard]] std::vector<std::string> find_unread_tokens(const std::filesystem::path& directory, const Parts& parts);

/// True for the classes of transformers that put a BERT tokenizer together.
[[nodiscard]] bool is_bert_tokenizer(std::string_view class_name);

}  // namespace tt::tokenizer
