#include "tokenizer/loaders.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

namespace tt::tokenizer {
namespace {

namespace fs = std::filesystem;

/// Tokens named in one message.
constexpr std::size_t kNamedTokens = 3;

/// What is done to the case, accents and so on: nothing without a BertNormalizer.
BertNormalizer::Settings settings_of(const std::vector<Normalizer>& normalizers) {
  for (const Normalizer& normalizer : normalizers) {
    if (const auto* bert = std::get_if<BertNormalizer>(&normalizer)) return bert->settings();
  }
  return {false, false, false, false};
}

const char* word(bool value) { return value ? "true" : "false"; }

/// Compares keys of tokenizer_config.json with what tokenizer.json says. transformers puts a BERT tokenizer's
/// normalizer together from the former, a key that is not there standing for its default.
class NormalizerKeys {
 public:
  NormalizerKeys(const JsonView& config, fs::path directory) : config_(config), directory_(std::move(directory)) {
    const bool named = config.has("tokenizer_class") && config.at("tokenizer_class").is_string();
    bert_ = !named || is_bert_tokenizer(config.at("tokenizer_class").string());
  }

  void compare(const char* key, bool otherwise, const char* name, bool used) {
    const bool stated = config_.has(key) && config_.at(key).is_boolean();
    const bool value = stated ? config_.at(key).boolean() : otherwise;
    if (value == used || (!stated && !bert_)) return;
    out_.push_back(concat((directory_ / "tokenizer_config.json").string(), ": \"", key, "\" is ",
                          stated ? word(value) : concat("not stated, which transformers takes for ", word(value)),
                          ", but tokenizer.json has \"", name, "\": ", word(used),
                          ", which is used here; expected both to say what the encoder was trained with. The "
                          "checkpoint that is written says what was used"));
  }

  [[nodiscard]] std::vector<std::string> take() { return std::move(out_); }

 private:
  JsonView config_;
  fs::path directory_;
  bool bert_ = true;
  std::vector<std::string> out_;
};

std::vector<std::string> compare_normalizer(const fs::path& directory, const JsonView& config, const Parts& parts) {
  const BertNormalizer::Settings used = settings_of(parts.normalizers);
  NormalizerKeys keys(config, directory);
  keys.compare("do_lower_case", true, "lowercase", used.lowercase);
  // Not stated, it follows the case, of which enough is said above.
  keys.compare("strip_accents", used.lowercase, "strip_accents", used.strip_accents);
  keys.compare("tokenize_chinese_chars", true, "handle_chinese_chars", used.space_cjk);
  return keys.take();
}

/// The classes that put a byte-level tokenizer together anew take this key from tokenizer_config.json.
void compare_prefix_space(const fs::path& file, const JsonView& config, const Parts& parts,
                          std::vector<std::string>& out) {
  if (!config.has("add_prefix_space") || !config.at("add_prefix_space").is_boolean()) return;
  const JsonView name = config.has("tokenizer_class") ? config.at("tokenizer_class") : config;
  if (name.is_string() && name.string() == "PreTrainedTokenizerFast") return;
  const bool stated = config.at("add_prefix_space").boolean();
  for (const PreTokenizer& part : parts.pre_tokenizers) {
    const auto* bytes = std::get_if<ByteLevel>(&part);
    if (bytes == nullptr || bytes->settings().add_prefix_space == stated) continue;
    out.push_back(concat(file.string(), ": \"add_prefix_space\" is ", word(stated), ", but tokenizer.json has ",
                         word(!stated),
                         ", which is used here; expected both to say what the encoder was trained with. ",
                         "The checkpoint that is written says what was used"));
  }
}

/// The contents of the list or object of tokens that `key` names, each given by its text or as an object.
std::vector<std::string> contents_of(const JsonView& config, const char* key) {
  std::vector<JsonView> tokens;
  if (config.has(key) && config.at(key).is_array()) tokens = config.at(key).items();
  if (config.has(key) && config.at(key).is_object()) {
    for (const auto& [id, token] : config.at(key).members()) tokens.push_back(token);
  }
  std::vector<std::string> out;
  for (const JsonView& token : tokens) {
    const JsonView content = token.has("content") ? token.at("content") : token;
    if (content.is_string()) out.push_back(content.string());
  }
  return out;
}

std::optional<JsonDocument> optional_file(const fs::path& file) {
  return fs::exists(file) ? std::optional(JsonDocument::read(file, ErrorKind::checkpoint)) : std::nullopt;
}

void append_unread(std::vector<std::string>& out, const fs::path& file, const std::vector<std::string>& tokens,
                   const Parts& parts) {
  std::vector<std::string> unread;
  for (const std::string& token : tokens) {
    const bool known = std::any_of(parts.added_tokens.begin(), parts.added_tokens.end(),
                                   [&](const AddedToken& added) { return added.content == token; });
    if (!known) unread.push_back(token);
  }
  if (unread.empty()) return;
  std::vector<std::string> named;
  for (std::size_t i = 0; i < std::min(kNamedTokens, unread.size()); ++i) named.push_back(quote(unread[i]));
  const std::string more = unread.size() > named.size() ? concat(" and ", unread.size() - named.size(), " more") : "";
  out.push_back(concat(file.string(), ": adds ", join(named, ", "), more,
                       " as tokens of their own, which the file that the tokenizer is read from does not have; they "
                       "are read as any other text, here and by the checkpoint that is written"));
}

}  // namespace

std::vector<std::string> find_unread_tokens(const fs::path& directory, const Parts& parts) {
  std::vector<std::string> out;
  const fs::path added_file = directory / "added_tokens.json";
  std::vector<std::string> added;
  if (const auto tokens = optional_file(added_file); tokens && tokens->root().is_object()) {
    for (const auto& [token, id] : tokens->root().members()) added.push_back(token);
  }
  append_unread(out, added_file, added, parts);
  const fs::path map_file = directory / "special_tokens_map.json";
  if (const auto map = optional_file(map_file)) {
    append_unread(out, map_file, contents_of(map->root(), "additional_special_tokens"), parts);
  }
  return out;
}

std::vector<std::string> find_disagreements(const fs::path& directory, const JsonView& config, const Parts& parts) {
  std::vector<std::string> out;
  if (std::holds_alternative<WordPiece>(parts.model)) out = compare_normalizer(directory, config, parts);
  const fs::path file = directory / "tokenizer_config.json";
  compare_prefix_space(file, config, parts, out);
  std::vector<std::string> tokens;
  for (const char* key : {"added_tokens_decoder", "additional_special_tokens", "extra_special_tokens"}) {
    for (std::string& token : contents_of(config, key)) tokens.push_back(std::move(token));
  }
  append_unread(out, file, tokens, parts);
  for (std::string& sentence : find_unread_tokens(directory, parts)) out.push_back(std::move(sentence));
  return out;
}

}  // namespace tt::tokenizer
