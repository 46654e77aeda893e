#pragma once

#include "tokenizer/added_tokens.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tt::tokenizer {

/// The classes of transformers whose tokenizers are put together here from files that do not say how.
enum class TokenizerFamily : std::uint8_t { xlm_roberta, camembert, albert, deberta, roberta };

/// How such a class puts a tokenizer together: its defaults, and what the files beside the vocabulary say otherwise.
struct ClassSettings {
  TokenizerFamily family{};
  bool lowercase = false;
  bool keep_accents = false;
  bool split_by_punct = false;
  bool add_prefix_space = true;
  std::map<std::string, AddedToken, std::less<>> special_tokens{};  ///< by their keys: bos_token and so on
  std::vector<AddedToken> listed_tokens{};                          ///< by added_tokens_decoder or added_tokens.json

  /// The token of `key`, which every class has.
  [[nodiscard]] const AddedToken& token(std::string_view key) const { return special_tokens.find(key)->second; }
  /// Those that are found in texts, in the order in which transformers adds them.
  [[nodiscard]] std::vector<AddedToken> added_tokens() const;
};

/// Reads tokenizer_config.json, or for want of a class there config.json, and where they count special_tokens_map.json
/// and added_tokens.json of `directory`. Throws `CheckpointError` for a class that is not known, or that does not go
/// with `vocabulary_file`.
[[nodiscard]] ClassSettings read_class_settings(const std::filesystem::path& directory,
                                                std::string_view vocabulary_file);

}  // namespace tt::tokenizer
