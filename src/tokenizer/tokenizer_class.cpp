#include "tokenizer/tokenizer_class.hpp"

#include "tokenizer/loaders.hpp"
#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace tt::tokenizer {
namespace {

namespace fs = std::filesystem;

/// The keys of special tokens, in the order in which transformers goes through them.
constexpr std::array kKeys{"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"};

struct KnownClass {
  std::string_view name;        ///< but for "Fast" at its end
  std::string_view model_type;  ///< of config.json
  std::string_view file;
  TokenizerFamily family;
  std::array<const char*, kKeys.size()> tokens;
};

constexpr std::array kFairseq{"<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>"};
constexpr std::array<KnownClass, 5> kClasses{{
    {"XLMRobertaTokenizer", "xlm-roberta", "sentencepiece.bpe.model", TokenizerFamily::xlm_roberta, kFairseq},
    {"CamembertTokenizer", "camembert", "sentencepiece.bpe.model", TokenizerFamily::camembert, kFairseq},
    {"AlbertTokenizer",
     "albert",
     "spiece.model",
     TokenizerFamily::albert,
     {"[CLS]", "[SEP]", "<unk>", "[SEP]", "<pad>", "[CLS]", "[MASK]"}},
    {"DebertaV2Tokenizer",
     "deberta-v2",
     "spm.model",
     TokenizerFamily::deberta,
     {"[CLS]", "[SEP]", "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"}},
    {"RobertaTokenizer", "roberta", "vocab.json", TokenizerFamily::roberta, kFairseq},
}};

/// The document in `file`, an empty object where there is none.
JsonDocument read_optional(const fs::path& file) {
  return fs::exists(file) ? JsonDocument::read(file, ErrorKind::checkpoint)
                          : JsonDocument(nlohmann::json::object(), file, ErrorKind::checkpoint);
}

const KnownClass& find_class(const fs::path& directory, const JsonView& config, std::string_view vocabulary_file) {
  const auto by_model = read_optional(directory / "config.json");
  const bool has_class = config.has("tokenizer_class");
  if (!has_class && !by_model.root().has("model_type")) {
    config.fail(concat("names no \"tokenizer_class\", nor does config.json a \"model_type\": with ", vocabulary_file,
                       " alone it is not known how texts are parted; name the class, or add the tokenizer.json that "
                       "transformers' save_pretrained writes"));
  }
  const JsonView value = has_class ? config.at("tokenizer_class") : by_model.root().at("model_type");
  std::string_view name = value.string();
  if (has_class && name.ends_with("Fast")) name.remove_suffix(4);
  std::vector<std::string> names;
  for (const KnownClass& known : kClasses) {
    names.emplace_back(has_class ? known.name : known.model_type);
    if (names.back() != name) continue;
    if (known.file == vocabulary_file) return known;
    value.fail(concat(quote(name), " is read from ", known.file, ", but there is ", vocabulary_file));
  }
  value.fail(concat(quote(name), " cannot be read from ", vocabulary_file, "; supported: ", join(names, ", "),
                    "; or add its tokenizer.json, which transformers' save_pretrained writes"));
}

/// A token by its text, or as an object that says more.
AddedToken read_special(const JsonView& value) {
  if (value.is_string()) return {.content = value.string()};
  AddedToken token = read_added_token(value);
  token.normalized = value.boolean_or("normalized", false);
  return token;
}

std::vector<AddedToken> read_listed(const JsonView& decoder) {
  std::vector<std::pair<std::int64_t, AddedToken>> found;
  for (const auto& [key, value] : decoder.members()) {
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
    if (error != std::errc() || end != key.data() + key.size()) value.fail("expected a token's id as the key");
    found.emplace_back(id, read_added_token(value));
  }
  std::ranges::stable_sort(found, {}, [](const auto& entry) { return entry.first; });
  std::vector<AddedToken> out;
  out.reserve(found.size());
  for (auto& [id, token] : found) out.push_back(std::move(token));
  return out;
}

/// What counts only where tokenizer_config.json does not list its tokens.
void read_older_files(const fs::path& directory, ClassSettings& settings) {
  const JsonDocument map = read_optional(directory / "special_tokens_map.json");
  for (const char* key : kKeys) {
    if (map.root().has(key)) settings.special_tokens[key] = read_special(map.root().at(key));
  }
  const JsonDocument added = read_optional(directory / "added_tokens.json");
  std::vector<std::pair<std::int64_t, std::string>> found;
  for (const auto& [token, id] : added.root().object().members()) found.emplace_back(id.integer(), token);
  std::ranges::sort(found);
  for (const auto& entry : found) {
    const std::string& token = entry.second;
    const bool is_special = std::ranges::any_of(settings.special_tokens,
                                                [&](const auto& special) { return special.second.content == token; });
    settings.listed_tokens.push_back({.content = token, .normalized = !is_special});
  }
}

}  // namespace

std::vector<AddedToken> ClassSettings::added_tokens() const {
  std::vector<AddedToken> out = listed_tokens;
  for (const char* key : kKeys) out.push_back(token(key));
  return out;
}

ClassSettings read_class_settings(const fs::path& directory, std::string_view vocabulary_file) {
  const JsonDocument document = read_optional(directory / "tokenizer_config.json");
  const JsonView config = document.root().object();
  const KnownClass& known = find_class(directory, config, vocabulary_file);
  ClassSettings out{.family = known.family};
  out.lowercase = known.family == TokenizerFamily::albert;
  if (known.family == TokenizerFamily::albert || known.family == TokenizerFamily::deberta) {
    out.lowercase = config.boolean_or("do_lower_case", out.lowercase);
  }
  out.keep_accents = config.boolean_or("keep_accents", false);
  out.split_by_punct = config.boolean_or("split_by_punct", false);
  out.add_prefix_space = config.boolean_or("add_prefix_space", known.family != TokenizerFamily::roberta);
  for (std::size_t i = 0; i < kKeys.size(); ++i) {
    AddedToken token{.content = known.tokens.at(i)};
    const JsonView value = config.has(kKeys.at(i)) ? config.at(kKeys.at(i)) : config;
    const bool is_mask = std::string_view(kKeys.at(i)) == "mask_token";
    if (config.has(kKeys.at(i))) token = read_special(value);
    // CamemBERT's class lets a mask that is given by its text alone take the blanks before it.
    const bool is_plain = !config.has(kKeys.at(i)) || value.is_string();
    if (is_mask && is_plain && known.family == TokenizerFamily::camembert) token.lstrip = true;
    out.special_tokens[kKeys.at(i)] = token;
  }
  if (config.has("added_tokens_decoder")) {
    out.listed_tokens = read_listed(config.at("added_tokens_decoder"));
  } else {
    read_older_files(directory, out);
  }
  return out;
}

}  // namespace tt::tokenizer
