#include "tokenizer/conversion.hpp"
#include "tokenizer/loaders.hpp"
#include "tokenizer/vocabulary.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/text.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <limits>
#include <utility>
#include <variant>

namespace tt::tokenizer {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostParts = 16;  ///< of a kind; each goes through every text

/// The readers of a kind's parts by the names that files give them.
template <class Part, class... Context>
using Readers = std::vector<std::pair<std::string_view, std::function<Part(const JsonView&, Context...)>>>;

const Readers<Normalizer>& normalizers() {
  static const Readers<Normalizer> readers{{"BertNormalizer", BertNormalizer::read},
                                           {"NFC", NormalForm::read<false, true>},
                                           {"NFD", NormalForm::read<false, false>},
                                           {"NFKC", NormalForm::read<true, true>},
                                           {"NFKD", NormalForm::read<true, false>},
                                           {"Lowercase", Lowercase::read},
                                           {"StripAccents", StripAccents::read},
                                           {"Nmt", Nmt::read},
                                           {"Strip", Strip::read},
                                           {"Prepend", Prepend::read},
                                           {"Replace", Replace::read},
                                           {"Precompiled", Precompiled::read},
                                           {"ByteLevel", ByteLevelForm::read}};
  return readers;
}

const Readers<PreTokenizer>& pre_tokenizers() {
  static const Readers<PreTokenizer> readers{{"BertPreTokenizer", BertPreTokenizer::read},
                                             {"ByteLevel", ByteLevel::read},
                                             {"Split", Split::read},
                                             {"Metaspace", Metaspace::read},
                                             {"WhitespaceSplit", WhitespaceSplit::read},
                                             {"Whitespace", Whitespace::read},
                                             {"Punctuation", Punctuation::read},
                                             {"Digits", Digits::read},
                                             {"CharDelimiterSplit", CharDelimiterSplit::read},
                                             {"UnicodeScripts", UnicodeScripts::read},
                                             {"FixedLength", FixedLength::read}};
  return readers;
}

using Vocabulary = std::vector<std::string>;
template <class Kind>
Model read_listed(const JsonView& model, Vocabulary vocabulary, const WrittenScores& /*written*/) {
  return Kind::read(model, std::move(vocabulary));
}

/// A model is read from its piece of the tree, its vocabulary where that is an object, and what its file says of
/// scores.
const Readers<Model, Vocabulary, WrittenScores>& models() {
  static const Readers<Model, Vocabulary, WrittenScores> readers{
      {"WordPiece", read_listed<WordPiece>},
      {"BPE", read_listed<Bpe>},
      {"Unigram", [](const JsonView& model, const Vocabulary& /*an object*/, const WrittenScores& written) {
         return Unigram::read(model, written);
       }}};
  return readers;
}

const Readers<PostProcessor, CheckedToken>& post_processors() {
  static const Readers<PostProcessor, CheckedToken> readers{{"TemplateProcessing", Template::read},
                                                            {"BertProcessing", Template::read_pair},
                                                            {"RobertaProcessing", Template::read_pair},
                                                            {"ByteLevel", ByteLevelOffsets::read}};
  return readers;
}

/// Reads `part`, whose name is `type`; `what` it is, for messages.
template <class Part, class... Context>
Part read_part(const Readers<Part, Context...>& readers, const std::string& type, const JsonView& part,
               std::string_view what, Context... context) {
  std::vector<std::string> names;
  for (const auto& [name, read] : readers) {
    if (name == type) return read(part, std::move(context)...);
    names.emplace_back(name);
  }
  part.at("type").fail(concat("the ", what, " ", quote(type), " is not supported; supported: ", join(names, ", ")));
}

/// The part under `key`, or the parts of a `Sequence`, which lists them under `list`; none where it is null.
std::vector<JsonView> parts_under(const JsonView& root, std::string_view key, std::string_view list) {
  std::vector<JsonView> open;
  if (root.has(key)) open.push_back(root.at(key));
  std::vector<JsonView> out;
  while (!open.empty()) {  // the next one is at the end
    const JsonView part = open.back();
    open.pop_back();
    if (part.at("type").string() != "Sequence") {
      if (out.size() == kMostParts) part.fail(concat("is one of more than ", kMostParts, " parts, expected fewer"));
      out.push_back(part);
      continue;
    }
    const std::vector<JsonView> items = part.at(list).items();
    open.insert(open.end(), items.rbegin(), items.rend());
  }
  return out;
}

template <class Part>
std::vector<Part> read_parts(const Readers<Part>& readers, const std::vector<JsonView>& parts, std::string_view what) {
  std::vector<Part> out;
  out.reserve(parts.size());
  for (const JsonView& part : parts) out.push_back(read_part(readers, part.at("type").string(), part, what));
  return out;
}

Model read_model(const JsonView& model, JsonTable&& vocabulary, const WrittenScores& written) {
  // Early files name no type; a limit on the characters of a word is WordPiece's alone, merges are BPE's.
  const std::string type = model.has("type")                       ? model.at("type").string()
                           : model.has("max_input_chars_per_word") ? "WordPiece"
                           : model.has("merges")                   ? "BPE"
                                                                   : model.at("type").string();
  // Its content is in `vocabulary`; another kind of it is for the model to refuse.
  const JsonView vocab = model.at("vocab");
  if (type == "WordPiece" || type == "BPE") static_cast<void>(vocab.object());
  return read_part(models(), type, model, "model", dense_vocabulary(std::move(vocabulary), vocab), written);
}

std::vector<AddedToken> read_added_tokens(const JsonView& root) {
  std::vector<AddedToken> out;
  if (!root.has("added_tokens")) return out;
  const JsonView list = root.at("added_tokens");
  for (std::size_t i = 0; i < list.size(); ++i) {
    out.push_back(read_added_token(list.at(i)));
    out.back().id = static_cast<std::int32_t>(list.at(i).at("id").integer());
  }
  return out;
}

/// What the post-processors put around a text, each id checked against the token that it is said to be.
Frame read_frame(const JsonView& root, const Parts& parts) {
  const CheckedToken checked = [&](const JsonView& token, const JsonView& id) {
    const auto found = find_token(parts.model, parts.added_tokens, token.string());
    if (!found) token.fail(concat("the special token ", quote(token.string()), " is not in the vocabulary"));
    if (*found != id.integer()) {
      id.fail(
          concat("found ", id.integer(), ", but ", quote(token.string()), " has id ", *found, " in the vocabulary"));
    }
    return *found;
  };
  Frame frame;
  for (const JsonView& part : parts_under(root, "post_processor", "processors")) {
    const PostProcessor read = read_part(post_processors(), part.at("type").string(), part, "post-processor", checked);
    std::visit([&](const auto& kind) { kind.wrap(frame); }, read);
  }
  return frame;
}

/// BERT's name of the padding token, or RoBERTa's where the vocabulary has that one alone: their classes in Python know
/// them without any file.
std::string usual_pad_token(const Parts& parts) {
  const auto known = [&](const char* token) { return find_token(parts.model, parts.added_tokens, token).has_value(); };
  return !known("[PAD]") && known("<pad>") ? "<pad>" : "[PAD]";
}

std::int32_t pad_id(const JsonView& root, const JsonView& config, const Parts& parts) {
  const bool in_root = root.has("padding");
  const JsonView& where = in_root ? root : config;
  const std::string token = in_root                   ? root.at("padding").at("pad_token").string()
                            : config.has("pad_token") ? token_content(config.at("pad_token"))
                                                      : usual_pad_token(parts);
  const auto found = find_token(parts.model, parts.added_tokens, token);
  if (!found) {
    where.fail(concat("the padding token ", quote(token), " is not in the vocabulary",
                      in_root ? "" : "; name one that is as \"pad_token\" of tokenizer_config.json"));
  }
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
  const bool no_limit = length.is_number() && length.number() > std::numeric_limits<std::int32_t>::max();
  return no_limit ? 0 : static_cast<std::size_t>(length.integer());
}

Parts load_tokenizer_json(const fs::path& directory) {
  const fs::path file = directory / "tokenizer.json";
  return parse_tokenizer_json(read_file(file, ErrorKind::checkpoint), file);
}

Parts load_converted(const fs::path& directory) {
  const Converted converted = convert_files(directory);
  return parse_tokenizer_json(converted.text, directory / file_to_convert(directory), converted.scores);
}

Parts parse_tokenizer_json(const std::string& text, const fs::path& file, std::span<const double> scores) {
  const fs::path directory = file.parent_path();
  JsonTable vocabulary{"/model/vocab", "a token's id, a whole number"};
  const JsonDocument document(parse_json_file(text, file, ErrorKind::checkpoint, {.table = &vocabulary}), file,
                              ErrorKind::checkpoint);
  const JsonView root = document.root();
  Parts parts{.model = read_model(root.at("model"), std::move(vocabulary), {text, scores})};
  parts.normalizers = read_parts(normalizers(), parts_under(root, "normalizer", "normalizers"), "normalizer");
  parts.pre_tokenizers =
      read_parts(pre_tokenizers(), parts_under(root, "pre_tokenizer", "pretokenizers"), "pre-tokenizer");
  parts.added_tokens = read_added_tokens(root);
  located(file.string() + ": /added_tokens", [&] { check_added_tokens(parts.model, parts.added_tokens); });
  parts.special_tokens = read_frame(root, parts);

  const fs::path config_file = directory / "tokenizer_config.json";
  const auto config_document = fs::exists(config_file)
                                   ? JsonDocument::read(config_file, ErrorKind::checkpoint)
                                   : JsonDocument(nlohmann::json::object(), config_file, ErrorKind::checkpoint);
  const JsonView config = config_document.root().object();
  parts.pad_id = pad_id(root, config, parts);
  parts.stated_max_length = root.has("truncation")
                                ? static_cast<std::size_t>(root.at("truncation").at("max_length").integer())
                                : model_max_length(config);
  parts.disagreements = find_disagreements(directory, config, parts);
  return parts;
}

}  // namespace tt::tokenizer
