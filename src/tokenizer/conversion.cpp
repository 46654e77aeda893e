#include "tokenizer/conversion.hpp"

#include "tokenizer/base64.hpp"
#include "tokenizer/loaders.hpp"
#include "tokenizer/scores.hpp"
#include "tokenizer/sentencepiece_file.hpp"
#include "tokenizer/tokenizer_class.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/tokenizer/tokenizer_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace tt::tokenizer {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// The vocabulary of a Unigram model in the making.
struct Pieces {
  std::vector<std::pair<std::string, double>> list;

  [[nodiscard]] std::string text() const {
    std::string out = "[";
    for (const auto& [piece, score] : list) {
      out += concat(out.size() > 1 ? ",\n" : "", "[", json(piece).dump(), ",", write_score(score), "]");
    }
    return out + "]";
  }
};

json metaspace(bool prepends, const char* otherwise) {
  return {{"type", "Metaspace"},
          {"replacement", "\u2581"},
          {"prepend_scheme", prepends ? "always" : otherwise},
          {"split", true}};
}

json sequence(const char* list, json parts) { return {{"type", "Sequence"}, {list, std::move(parts)}}; }

json replace(const json& pattern, const char* content) {
  return {{"type", "Replace"}, {"pattern", pattern}, {"content", content}};
}

json normalizer(const ClassSettings& settings, const std::string& charsmap) {
  json parts = json::array();
  if (settings.family == TokenizerFamily::albert) {
    parts.push_back(replace({{"String", "``"}}, "\""));
    parts.push_back(replace({{"String", "''"}}, "\""));
    if (!settings.keep_accents) {
      parts.push_back({{"type", "NFKD"}});
      parts.push_back({{"type", "StripAccents"}});
    }
  }
  if (settings.lowercase) parts.push_back({{"type", "Lowercase"}});
  if (settings.family == TokenizerFamily::deberta) {
    // That class reads no table of the file.
    parts.push_back(replace({{"Regex", R"(\s{2,}|[\n\r\t])"}}, " "));
    parts.push_back({{"type", "NFC"}});
    parts.push_back({{"type", "Strip"}, {"strip_left", false}, {"strip_right", true}});
  } else if (!charsmap.empty()) {
    parts.push_back({{"type", "Precompiled"}, {"precompiled_charsmap", encode_base64(charsmap)}});
  }
  return sequence("normalizers", parts);
}

json pre_tokenizer(const ClassSettings& settings) {
  if (settings.family == TokenizerFamily::roberta) {
    return {{"type", "ByteLevel"},
            {"add_prefix_space", settings.add_prefix_space},
            {"trim_offsets", true},
            {"use_regex", true}};
  }
  if (settings.family == TokenizerFamily::deberta) {
    json parts = json::array();
    if (settings.split_by_punct) parts.push_back({{"type", "Punctuation"}, {"behavior", "Isolated"}});
    parts.push_back(metaspace(settings.add_prefix_space, "first"));
    return sequence("pretokenizers", parts);
  }
  return sequence("pretokenizers", {{{"type", "WhitespaceSplit"}}, metaspace(settings.add_prefix_space, "never")});
}

/// Adds tokens in the order in which transformers does, and finds their ids.
class AddedTokens {
 public:
  /// `next`: the id of a token that is not among `ids`.
  AddedTokens(std::unordered_map<std::string, std::size_t> ids, std::size_t next) : ids_(std::move(ids)), next_(next) {}

  void add(const AddedToken& token) {
    if (!seen_.insert(token.content).second) return;
    const auto [known, is_new] = ids_.emplace(token.content, next_);
    if (is_new) ++next_;
    const std::size_t id = known->second;
    list_.push_back({{"id", id},
                     {"content", token.content},
                     {"single_word", token.single_word},
                     {"lstrip", token.lstrip},
                     {"rstrip", token.rstrip},
                     {"normalized", token.normalized},
                     {"special", true}});
  }
  [[nodiscard]] std::size_t id_of(const std::string& token) const { return ids_.at(token); }
  [[nodiscard]] const json& list() const noexcept { return list_; }

 private:
  std::unordered_map<std::string, std::size_t> ids_;
  std::size_t next_;
  std::unordered_set<std::string> seen_;
  json list_ = json::array();
};

json template_of(const std::string& begin, const std::string& end, const AddedTokens& added) {
  const auto token = [](const std::string& name) { return json{{"SpecialToken", {{"id", name}, {"type_id", 0}}}}; };
  const json text{{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
  const auto text_b = json{{"Sequence", {{"id", "B"}, {"type_id", 1}}}};
  json known = json::object();
  for (const std::string& name : {begin, end}) {
    known[name] = {{"id", name}, {"ids", {added.id_of(name)}}, {"tokens", {name}}};
  }
  return {{"type", "TemplateProcessing"},
          {"single", {token(begin), text, token(end)}},
          {"pair", {token(begin), text, token(end), text_b, token(end)}},
          {"special_tokens", known}};
}

/// The whole document; `model` is its text, which is large.
std::string document(const ClassSettings& settings, const json& normalizer, const AddedTokens& added,
                     const std::string& model) {
  const std::string& pad = settings.token("pad_token").content;
  const bool is_camembert = settings.family == TokenizerFamily::camembert;
  const bool by_ends = settings.family == TokenizerFamily::xlm_roberta || is_camembert;
  const json front{{"version", "1.0"},
                   {"truncation", nullptr},
                   {"padding",
                    {{"strategy", "BatchLongest"},
                     {"direction", "Right"},
                     {"pad_to_multiple_of", nullptr},
                     {"pad_id", added.id_of(pad)},
                     {"pad_type_id", 0},
                     {"pad_token", pad}}},
                   {"added_tokens", added.list()},
                   {"normalizer", normalizer},
                   {"pre_tokenizer", pre_tokenizer(settings)},
                   {"post_processor", template_of(settings.token(by_ends ? "bos_token" : "cls_token").content,
                                                  settings.token(by_ends ? "eos_token" : "sep_token").content, added)},
                   {"decoder", nullptr}};
  std::string out = front.dump();
  out.pop_back();
  return out + ",\"model\":" + model + "}\n";
}

/// The vocabulary as each class takes it from the file.
Pieces pieces_of(const SentencePieceFile& file, const ClassSettings& settings) {
  Pieces out;
  const auto name = [&](const char* key) { return settings.token(key).content; };
  std::size_t first = 0;
  if (settings.family == TokenizerFamily::xlm_roberta) {
    // fairseq's ids: its own four, then the pieces behind SentencePiece's three.
    out.list = {{name("bos_token"), 0}, {name("pad_token"), 0}, {name("eos_token"), 0}, {name("unk_token"), 0}};
    first = 3;
  } else if (settings.family == TokenizerFamily::camembert) {
    out.list = {
        {"<s>NOTUSED", 0}, {name("pad_token"), 0}, {"</s>NOTUSED", 0}, {name("unk_token"), 0}, {"<unk>NOTUSED", -100}};
    first = 1;
  }
  for (std::size_t i = first; i < file.pieces.size(); ++i)
    out.list.emplace_back(file.pieces[i].text, file.pieces[i].score);
  if (first > 0) out.list.emplace_back(name("mask_token"), 0);
  return out;
}

std::size_t unknown_id(const SentencePieceFile& file, const ClassSettings& settings, const Pieces& pieces) {
  if (settings.family == TokenizerFamily::xlm_roberta) return 3;
  if (settings.family == TokenizerFamily::albert) return 1;
  const std::string unknown = settings.token("unk_token").content;
  const bool is_camembert = settings.family == TokenizerFamily::camembert;
  const auto found = std::ranges::find_if(
      pieces.list, [&](const auto& piece) { return piece.first == unknown && (is_camembert || piece.second == 0); });
  if (found != pieces.list.end()) return static_cast<std::size_t>(found - pieces.list.begin());
  return is_camembert ? 0 : static_cast<std::size_t>(std::max<std::int64_t>(file.unknown_id, 0));
}

Converted convert_sentencepiece(const fs::path& path, const ClassSettings& settings) {
  const SentencePieceFile file = read_sentencepiece(path);
  if (file.model_type != SentencePieceFile::unigram) {
    throw CheckpointError(concat(path.string(), ": the model is of SentencePiece's type ", file.model_type,
                                 ", but only Unigram models, of type 1, are supported from such a file; add its "
                                 "tokenizer.json, which transformers' save_pretrained writes"));
  }
  const Pieces pieces = pieces_of(file, settings);
  std::unordered_map<std::string, std::size_t> ids;
  for (std::size_t i = 0; i < pieces.list.size(); ++i) ids[pieces.list[i].first] = i;
  AddedTokens added(std::move(ids), pieces.list.size());
  for (const AddedToken& token : settings.added_tokens()) added.add(token);
  for (const auto& piece : file.pieces) {
    const bool is_added = piece.kind == SentencePieceFile::control || piece.kind == SentencePieceFile::user_defined;
    if (is_added) added.add({.content = piece.text});
  }
  const std::string model = concat(R"({"type":"Unigram","unk_id":)", unknown_id(file, settings, pieces),
                                   R"(,"byte_fallback":false,"vocab":)", pieces.text(), "}");
  Converted out{document(settings, normalizer(settings, file.charsmap), added, model)};
  for (const auto& [piece, score] : pieces.list) out.scores.push_back(score);
  return out;
}

/// merges.txt: a line of two tokens each.
json read_merges(const fs::path& file) {
  const std::string text = read_file(file, ErrorKind::checkpoint);
  json out = json::array();
  std::size_t number = 0;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    std::string_view line = std::string_view(text).substr(start, end - start);
    if (line.ends_with('\r')) line.remove_suffix(1);
    start = end + 1;
    ++number;
    if (line.starts_with("#version")) continue;
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos || line.find(' ', blank + 1) != std::string_view::npos ||
        find_invalid_utf8(line)) {
      throw CheckpointError(concat(file.string(), ":", number, ": found ", quote(line),
                                   ", expected two tokens with one space between them"));
    }
    out.push_back({line.substr(0, blank), line.substr(blank + 1)});
  }
  return out;
}

Converted convert_merges(const fs::path& path, const ClassSettings& settings) {
  JsonTable table{"", "a token's id, a whole number"};
  const std::string text = read_file(path, ErrorKind::checkpoint);
  const JsonDocument checked(parse_json_file(text, path, ErrorKind::checkpoint, {.table = &table}), path,
                             ErrorKind::checkpoint);
  static_cast<void>(checked.root().object());
  std::unordered_map<std::string, std::size_t> ids;
  for (const auto& [token, id] : table.entries) ids[token] = static_cast<std::size_t>(std::max<std::int64_t>(id, 0));
  AddedTokens added(std::move(ids), table.entries.size());
  for (const AddedToken& token : settings.added_tokens()) added.add(token);
  const std::string model = concat(R"({"type":"BPE","dropout":null,"unk_token":null,"fuse_unk":false,"merges":)",
                                   read_merges(path.parent_path() / "merges.txt").dump(), ",\"vocab\":", text, "}");
  return {document(settings, nullptr, added, model)};
}

}  // namespace

std::string write_score(double score) {
  // Some number of digits of it, or of a number close by, is most often read as meant.
  double near = score;
  double far = score;
  std::array<char, 64> buffer{};
  for (int distance = 0; distance < 8; ++distance) {
    for (const double other : {near, far}) {
      for (int digits = 1; digits <= 20; ++digits) {
        std::snprintf(buffer.data(), buffer.size(), "%.*e", digits, other);
        if (read_score(buffer.data()) == score) return buffer.data();
      }
    }
    near = std::nextafter(near, 0);
    far = std::nextafter(far, 2 * far);
  }
  std::snprintf(buffer.data(), buffer.size(), "%.16e", score);
  return buffer.data();
}

std::string file_to_convert(const fs::path& directory) {
  std::error_code ignored;
  for (const char* name : {"sentencepiece.bpe.model", "spiece.model", "spm.model", "vocab.json"}) {
    if (fs::exists(directory / name, ignored)) return name;
  }
  return {};
}

Converted convert_files(const fs::path& directory) {
  const std::string name = file_to_convert(directory);
  const ClassSettings settings = read_class_settings(directory, name);
  return name == "vocab.json" ? convert_merges(directory / name, settings)
                              : convert_sentencepiece(directory / name, settings);
}

std::optional<std::string> tokenizer_json_of(const fs::path& directory) {
  std::error_code ignored;
  if (fs::exists(directory / "tokenizer.json", ignored)) {
    return read_file(directory / "tokenizer.json", ErrorKind::checkpoint);
  }
  if (fs::exists(directory / "vocab.txt", ignored)) return std::nullopt;
  return convert_files(directory).text;
}

}  // namespace tt::tokenizer
