#include "tokenizer/loaders.hpp"
#include "transfer_tune/core/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace tt::tokenizer {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void unsupported(const JsonView& part, std::string_view what, const std::vector<std::string>& supported) {
  part.at("type").fail(concat("the ", what, " ", quote(part.at("type").string()),
                              " is not supported; supported: ", join(supported, ", ")));
}

/// The part itself, or the one part of a `Sequence` that lists its parts under `list`.
JsonView single_part(const JsonView& part, std::string_view list) {
  if (part.at("type").string() != "Sequence") return part;
  const JsonView items = part.at(list);
  if (items.size() != 1) items.fail(concat("a sequence of ", items.size(), " is not supported, only one of 1"));
  return items.at(0);
}

std::vector<std::string> dense_vocabulary(VocabularyEntries&& entries, const std::string& file) {
  const auto fail = [&](const std::string& token, auto... message) {
    throw CheckpointError(concat(file, ": /model/vocab", pointer_step(token), ": ", message...));
  };
  std::vector<std::string> vocabulary(entries.size());
  std::vector<bool> taken(entries.size());
  for (auto& [token, id] : entries) {
    const auto index = static_cast<std::size_t>(id);
    if (index >= entries.size()) {
      fail(token, "id ", id, " leaves gaps: the ids of ", entries.size(), " tokens must be 0 to ", entries.size() - 1);
    }
    if (taken[index]) fail(token, "has id ", id, " as ", quote(vocabulary[index]), " has");
    taken[index] = true;
    vocabulary[index] = std::move(token);
  }
  return vocabulary;
}

WordPiece read_word_piece(const JsonView& model, VocabularyEntries entries, const std::string& file) {
  WordPiece::Settings settings;
  settings.unknown_token = model.at("unk_token").string();
  settings.continuation_prefix = model.at("continuing_subword_prefix").string();
  settings.max_word_length = static_cast<std::size_t>(model.at("max_input_chars_per_word").integer());
  auto vocabulary = dense_vocabulary(std::move(entries), file);
  return located(file + ": /model", [&] { return WordPiece(std::move(vocabulary), settings); });
}

Model read_model(const JsonView& model, VocabularyEntries entries, const std::string& file) {
  // Early files name no type; a limit on the characters of a word is WordPiece's alone.
  const bool word_piece =
      model.has("type") ? model.at("type").string() == "WordPiece" : model.has("max_input_chars_per_word");
  if (!word_piece) unsupported(model, "model", {"WordPiece"});
  static_cast<void>(model.at("vocab").object());  // whose content is in `entries`
  return read_word_piece(model, std::move(entries), file);
}

Normalizer read_normalizer(const JsonView& root) {
  if (!root.has("normalizer")) return {};
  const JsonView part = single_part(root.at("normalizer"), "normalizers");
  if (part.at("type").string() != "BertNormalizer") unsupported(part, "normalizer", {"BertNormalizer"});
  BertNormalizer::Settings settings;
  settings.clean_text = part.at("clean_text").boolean();
  settings.space_cjk = part.at("handle_chinese_chars").boolean();
  settings.lowercase = part.at("lowercase").boolean();
  settings.strip_accents = part.boolean_or("strip_accents", settings.lowercase);
  return BertNormalizer(settings);
}

PreTokenizer read_pre_tokenizer(const JsonView& root) {
  if (!root.has("pre_tokenizer")) return {};
  const JsonView part = single_part(root.at("pre_tokenizer"), "pretokenizers");
  if (part.at("type").string() != "BertPreTokenizer") unsupported(part, "pre-tokenizer", {"BertPreTokenizer"});
  return BertPreTokenizer();
}

std::vector<AddedToken> read_added_tokens(const JsonView& root) {
  std::vector<AddedToken> out;
  if (!root.has("added_tokens")) return out;
  const JsonView list = root.at("added_tokens");
  for (std::size_t i = 0; i < list.size(); ++i) {
    out.push_back(read_added_token(list.at(i)));
    out.back().id = list.at(i).at("id").integer();
  }
  return out;
}

/// The ids that post-processors write, each checked against the token that it is said to be.
class SpecialTokenReader {
 public:
  explicit SpecialTokenReader(const Parts& parts) : parts_(parts) {}

  [[nodiscard]] Template read(const JsonView& root) const {
    if (!root.has("post_processor")) return {};
    const JsonView part = single_part(root.at("post_processor"), "processors");
    const std::string type = part.at("type").string();
    if (type == "TemplateProcessing") return read_template(part);
    if (type == "BertProcessing" || type == "RobertaProcessing") {
      return {{read_pair(part.at("cls"))}, {read_pair(part.at("sep"))}};
    }
    unsupported(part, "post-processor", {"TemplateProcessing", "BertProcessing", "RobertaProcessing"});
  }

 private:
  [[nodiscard]] std::int32_t checked(const JsonView& token, const JsonView& id) const {
    const auto found = find_token(parts_.model, parts_.added_tokens, token.string());
    if (!found) token.fail(concat("the special token ", quote(token.string()), " is not in the vocabulary"));
    if (*found != id.integer()) {
      id.fail(
          concat("found ", id.integer(), ", but ", quote(token.string()), " has id ", *found, " in the vocabulary"));
    }
    return *found;
  }

  [[nodiscard]] std::int32_t read_pair(const JsonView& pair) const { return checked(pair.at(0), pair.at(1)); }

  [[nodiscard]] std::vector<std::int32_t> read_special(const JsonView& part, const JsonView& name) const {
    if (!part.at("special_tokens").has(name.string())) {
      name.fail(concat("the special token ", quote(name.string()), " is not among /post_processor/special_tokens"));
    }
    const JsonView special = part.at("special_tokens").at(name.string());
    const JsonView tokens = special.at("tokens");
    const JsonView ids = special.at("ids");
    if (tokens.size() != ids.size()) ids.fail(concat(ids.size(), " ids for ", tokens.size(), " tokens"));
    std::vector<std::int32_t> out;
    for (std::size_t i = 0; i < ids.size(); ++i) out.push_back(checked(tokens.at(i), ids.at(i)));
    return out;
  }

  [[nodiscard]] Template read_template(const JsonView& part) const {
    Template out;
    const JsonView single = part.at("single");
    std::size_t texts = 0;
    for (std::size_t i = 0; i < single.size(); ++i) {
      const JsonView item = single.at(i);
      if (!item.has("SpecialToken")) {
        const JsonView id = item.at("Sequence").at("id");
        if (id.string() != "A") id.fail(concat("found ", quote(id.string()), ", expected \"A\", the single text"));
        ++texts;
        continue;
      }
      auto& side = texts == 0 ? out.before : out.after;
      const auto ids = read_special(part, item.at("SpecialToken").at("id"));
      side.insert(side.end(), ids.begin(), ids.end());
    }
    if (texts != 1) single.fail(concat("has the text ", texts, " times, expected once"));
    return out;
  }

  const Parts& parts_;
};

std::int32_t pad_id(const JsonView& root, const JsonView& config, const Parts& parts) {
  const bool in_root = root.has("padding");
  const JsonView& where = in_root ? root : config;
  const std::string token = in_root                   ? root.at("padding").at("pad_token").string()
                            : config.has("pad_token") ? token_content(config.at("pad_token"))
                                                      : "[PAD]";
  const auto found = find_token(parts.model, parts.added_tokens, token);
  if (!found) where.fail(concat("the padding token ", quote(token), " is not in the vocabulary"));
  if (in_root && root.at("padding").at("pad_id").integer() != *found) {
    root.at("padding").at("pad_id").fail(
        concat("expected ", *found, ", the id of ", quote(token), " in the vocabulary"));
  }
  return *found;
}

}  // namespace

AddedToken read_added_token(const JsonView& value) {
  AddedToken token;
  token.content = value.at("content").string();
  token.single_word = value.boolean_or("single_word", false);
  token.lstrip = value.boolean_or("lstrip", false);
  token.rstrip = value.boolean_or("rstrip", false);
  token.normalized = value.boolean_or("normalized", !value.boolean_or("special", false));
  return token;
}

std::string token_content(const JsonView& value) {
  return value.is_string() ? value.string() : value.at("content").string();
}

std::size_t model_max_length(const JsonView& config) {
  if (!config.has("model_max_length")) return 0;
  const JsonView length = config.at("model_max_length");
  return length.is_no_limit() ? 0 : static_cast<std::size_t>(length.integer());
}

Parts load_tokenizer_json(const fs::path& directory) {
  const fs::path file = directory / "tokenizer.json";
  VocabularyEntries entries;
  const nlohmann::json document = parse_json_file(file, &entries);
  const JsonView root(document, file);
  Parts parts{read_model(root.at("model"), std::move(entries), file.string()),
              read_normalizer(root),
              read_pre_tokenizer(root),
              {},
              read_added_tokens(root)};
  located(file.string() + ": /added_tokens", [&] { check_added_tokens(parts.model, parts.added_tokens); });
  parts.special_tokens = SpecialTokenReader(parts).read(root);

  const fs::path config_file = directory / "tokenizer_config.json";
  const auto config_document = fs::exists(config_file) ? parse_json_file(config_file) : nlohmann::json::object();
  const JsonView config = JsonView(config_document, config_file).object();
  parts.pad_id = pad_id(root, config, parts);
  parts.stated_max_length = root.has("truncation")
                                ? static_cast<std::size_t>(root.at("truncation").at("max_length").integer())
                                : model_max_length(config);
  parts.disagreements = find_disagreements(directory, config_document, parts);
  return parts;
}

}  // namespace tt::tokenizer
