#include "tokenizer/loaders.hpp"
#include "tokenizer/unicode.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <charconv>

namespace tt::tokenizer {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string>& supported_classes() {
  static const std::vector<std::string> names{
      "BertTokenizer",    "BertTokenizerFast",    "DistilBertTokenizer", "DistilBertTokenizerFast",
      "ElectraTokenizer", "ElectraTokenizerFast", "MobileBertTokenizer", "MobileBertTokenizerFast"};
  return names;
}

/// One token a line, its number from 0 the id; whitespace at the end of a line is not part of the token.
std::vector<std::string> read_lines(const fs::path& file) {
  const std::string text = read_file(file, ErrorKind::checkpoint);
  std::vector<std::string> lines;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view line = std::string_view(text).substr(start, end - start);
    if (find_invalid_utf8(line)) {
      throw CheckpointError(concat(file.string(), ":", lines.size() + 1, ": not UTF-8: ", quote(line)));
    }
    lines.emplace_back(without_trailing_whitespace(line));
    start = end + 1;
  }
  return lines;
}

std::vector<AddedToken> read_added_tokens_decoder(const JsonView& config) {
  std::vector<AddedToken> out;
  if (!config.has("added_tokens_decoder")) return out;
  for (const auto& [key, value] : config.at("added_tokens_decoder").members()) {
    AddedToken token = read_added_token(value);
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), token.id);
    if (error != std::errc() || end != key.data() + key.size()) value.fail("expected a token's id as the key");
    out.push_back(std::move(token));
  }
  std::sort(out.begin(), out.end(), [](const AddedToken& a, const AddedToken& b) { return a.id < b.id; });
  return out;
}

/// Finds the special tokens that the config names, and has them found in texts.
class SpecialTokens {
 public:
  SpecialTokens(const JsonView& config, const WordPiece& model)
      : config_(config), model_(model), added_(read_added_tokens_decoder(config)) {}

  /// The id of the token named by `key`, else of `otherwise`.
  std::int32_t add(std::string_view key, std::string_view otherwise) {
    if (config_.has(key)) return add(config_.at(key));
    AddedToken token;
    token.content = otherwise;
    return add(std::move(token), config_);
  }

  std::int32_t add(const JsonView& value) {
    AddedToken token;
    if (value.is_string()) {
      token.content = value.string();
    } else {
      token = read_added_token(value);
    }
    return add(std::move(token), value);
  }

  [[nodiscard]] std::vector<AddedToken> take() { return std::move(added_); }

 private:
  std::int32_t add(AddedToken token, const JsonView& where) {
    const auto same = std::find_if(added_.begin(), added_.end(),
                                   [&](const AddedToken& other) { return other.content == token.content; });
    if (same != added_.end()) return same->id;
    const auto id = model_.find(token.content);
    if (!id) where.fail(concat("the special token ", quote(token.content), " is not in vocab.txt"));
    token.id = *id;
    added_.push_back(std::move(token));
    return *id;
  }

  const JsonView& config_;
  const WordPiece& model_;
  std::vector<AddedToken> added_;
};

JsonDocument parse_config(const fs::path& file) {
  if (!fs::exists(file)) {
    throw CheckpointError(concat(file.string(),
                                 ": missing; with vocab.txt alone it must say whether the model is uncased, at least "
                                 "{\"do_lower_case\": true} or false"));
  }
  return JsonDocument::read(file, ErrorKind::checkpoint);
}

WordPiece read_model(const fs::path& file, const JsonView& config) {
  WordPiece::Settings settings;
  if (config.has("unk_token")) settings.unknown_token = token_content(config.at("unk_token"));
  auto vocabulary = read_lines(file);
  return located(file.string(), [&] { return WordPiece(std::move(vocabulary), settings); });
}

BertNormalizer read_normalizer(const JsonView& config) {
  BertNormalizer::Settings settings;
  settings.space_cjk = config.boolean_or("tokenize_chinese_chars", true);
  settings.lowercase = config.boolean_or("do_lower_case", true);
  settings.strip_accents = config.boolean_or("strip_accents", settings.lowercase);
  return BertNormalizer(settings);
}

void check_class(const JsonView& config) {
  if (!config.has("tokenizer_class")) return;
  const JsonView name = config.at("tokenizer_class");
  if (is_bert_tokenizer(name.string())) return;
  name.fail(concat("a ", quote(name.string()),
                   " cannot be read from vocab.txt; supported: ", join(supported_classes(), ", "),
                   "; or add its tokenizer.json, which transformers' save_pretrained writes"));
}

}  // namespace

bool is_bert_tokenizer(std::string_view class_name) {
  const auto& names = supported_classes();
  return std::find(names.begin(), names.end(), class_name) != names.end();
}

Parts load_vocab_txt(const fs::path& directory) {
  const fs::path config_file = directory / "tokenizer_config.json";
  const JsonDocument document = parse_config(config_file);
  const JsonView config = document.root().object();
  check_class(config);
  const WordPiece model = read_model(directory / "vocab.txt", config);

  SpecialTokens special(config, model);
  const std::int32_t cls = special.add("cls_token", "[CLS]");
  const std::int32_t sep = special.add("sep_token", "[SEP]");
  const std::int32_t pad = special.add("pad_token", "[PAD]");
  special.add("unk_token", "[UNK]");
  // Nothing here needs the mask token: unless it is named, a vocabulary may lack it.
  if (config.has("mask_token") || model.find("[MASK]")) special.add("mask_token", "[MASK]");
  if (config.has("additional_special_tokens")) {
    const JsonView more = config.at("additional_special_tokens");
    for (std::size_t i = 0; i < more.size(); ++i) special.add(more.at(i));
  }

  Parts parts{.model = model,
              .normalizers = {read_normalizer(config)},
              .pre_tokenizers = {BertPreTokenizer()},
              .special_tokens = {{cls}, {sep}},
              .added_tokens = special.take(),
              .pad_id = pad,
              .stated_max_length = model_max_length(config)};
  located(config_file.string() + ": /added_tokens_decoder",
          [&] { check_added_tokens(parts.model, parts.added_tokens); });
  parts.disagreements = find_unread_tokens(directory, parts);
  return parts;
}

}  // namespace tt::tokenizer
