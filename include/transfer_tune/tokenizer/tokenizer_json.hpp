#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace tt::tokenizer {

/// The text of the tokenizer.json that `Tokenizer::from_directory` reads `directory` by: the file's, or where it has
/// none what is made of a SentencePiece model or of vocab.json and merges.txt. Nothing where it reads vocab.txt. Throws
/// `CheckpointError` as that does.
[[nodiscard]] std::optional<std::string> tokenizer_json_of(const std::filesystem::path& directory);

}  // namespace tt::tokenizer
