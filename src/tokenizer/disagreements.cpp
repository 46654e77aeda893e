#include "tokenizer/loaders.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tt::tokenizer {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Tokens named in one message.
constexpr std::size_t kNamedTokens = 3;

BertNormalizer::Settings settings_of(const Normalizer& normalizer) {
  const auto* bert = std::get_if<BertNormalizer>(&normalizer);
  return bert != nullptr ? bert->settings() : BertNormalizer::Settings{false, false, false, false};
}

json member(const json& object, const char* key) { return object.is_object() ? object.value(key, json()) : json(); }

const char* word(bool value) { return value ? "true" : "false"; }

/// Compares keys of tokenizer_config.json with what tokenizer.json says. transformers puts a BERT tokenizer's
/// normalizer together from the former, a key that is not there standing for its default.
class NormalizerKeys {
 public:
  NormalizerKeys(const json& config, fs::path directory) : config_(config), directory_(std::move(directory)) {
    const json name = member(config, "tokenizer_class");
    bert_ = !name.is_string() || is_bert_tokenizer(name.get_ref<const std::string&>());
  }

  void compare(const char* key, bool otherwise, const char* name, bool used) {
    const json found = member(config_, key);
    const bool stated = found.is_boolean();
    const bool value = stated ? found.get<bool>() : otherwise;
    if (value == used || (!stated && !bert_)) return;
    out_.push_back(concat((directory_ / "tokenizer_config.json").string(), ": \"", key, "\" is ",
                          stated ? word(value) : concat("not stated, which transformers takes for ", word(value)),
                          ", but tokenizer.json has \"", name, "\": ", word(used),
                          ", which is used here; expected both to say what the encoder was trained with. The "
                          "checkpoint that is written says what was used"));
  }

  [[nodiscard]] std::vector<std::string> take() { return std::move(out_); }

 private:
  const json& config_;
  fs::path directory_;
  bool bert_ = true;
  std::vector<std::string> out_;
};

/// The contents of a list or an object of tokens, each given by its text or as an object.
std::vector<std::string> contents_of(const json& tokens) {
  std::vector<std::string> out;
  if (!tokens.is_structured()) return out;
  for (const json& token : tokens) {
    const json content = token.is_object() ? token.value("content", json()) : token;
    if (content.is_string()) out.push_back(content.get<std::string>());
  }
  return out;
}

json optional_file(const fs::path& file) { return fs::exists(file) ? parse_json_file(file) : json(); }

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
  if (const json tokens = optional_file(added_file); tokens.is_object()) {
    for (const auto& [token, id] : tokens.items()) added.push_back(token);
  }
  append_unread(out, added_file, added, parts);
  const fs::path map_file = directory / "special_tokens_map.json";
  append_unread(out, map_file, contents_of(member(optional_file(map_file), "additional_special_tokens")), parts);
  return out;
}

std::vector<std::string> find_disagreements(const fs::path& directory, const json& config, const Parts& parts) {
  const BertNormalizer::Settings used = settings_of(parts.normalizer);
  NormalizerKeys keys(config, directory);
  keys.compare("do_lower_case", true, "lowercase", used.lowercase);
  // Not stated, it follows the case, of which enough is said above.
  keys.compare("strip_accents", used.lowercase, "strip_accents", used.strip_accents);
  keys.compare("tokenize_chinese_chars", true, "handle_chinese_chars", used.space_cjk);
  std::vector<std::string> out = keys.take();
  const fs::path file = directory / "tokenizer_config.json";
  std::vector<std::string> tokens;
  for (const char* key : {"added_tokens_decoder", "additional_special_tokens", "extra_special_tokens"}) {
    for (std::string& token : contents_of(member(config, key))) tokens.push_back(std::move(token));
  }
  append_unread(out, file, tokens, parts);
  for (std::string& sentence : find_unread_tokens(directory, parts)) out.push_back(std::move(sentence));
  return out;
}

}  // namespace tt::tokenizer
