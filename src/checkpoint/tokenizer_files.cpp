#include "checkpoint/tokenizer_files.hpp"

#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/json_text.hpp"
#include "transfer_tune/tokenizer/tokenizer_json.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

namespace tt::checkpoint {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kTokenizer = "tokenizer.json";
constexpr const char* kTokenizerConfig = "tokenizer_config.json";
constexpr const char* kSentenceBertConfig = "sentence_bert_config.json";
constexpr const char* kVocabulary = "vocab.txt";
constexpr std::array kSpecialTokens{"unk_token", "sep_token", "pad_token", "cls_token", "mask_token"};

/// `key` of the object in `file` as a positive length; 0 when absent, or as large as Python's "no limit" is.
std::int64_t length_in(const fs::path& file, const char* key) {
  if (!fs::exists(file)) return 0;
  const json object = read_json_object(file, ErrorKind::checkpoint);
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer() || *found < 1) return 0;
  return *found > std::numeric_limits<std::int32_t>::max() ? 0 : found->get<std::int64_t>();
}

/// A token that is written as its text or as an object.
json content_of(const json& token) { return token.is_object() ? token.value("content", json()) : token; }

bool is_added(const json& tokenizer, const json& content) {
  const auto added = tokenizer.find("added_tokens");
  return added != tokenizer.end() &&
         std::any_of(added->begin(), added->end(), [&](const json& token) { return content_of(token) == content; });
}

/// The BertNormalizer of a tokenizer.json, which may be the one part of a sequence; null without one.
json bert_normalizer(const json& tokenizer) {
  json part = tokenizer.value("normalizer", json());
  if (part.is_object() && part.contains("normalizers") && part["normalizers"].size() == 1) {
    part = json(part["normalizers"][0]);
  }
  return part.is_object() && part.value("type", json()) == "BertNormalizer" ? part : json();
}

/// What Python is told beside a tokenizer.json. Its BertTokenizer puts a tokenizer together anew from keys of this
/// file, whatever tokenizer.json says; the class named here takes that file as it is, as this program does. Only keys
/// are carried over that cannot change an answer: not the side of padding or truncation, nor further tokens.
json config_beside(const json& tokenizer, const json& from) {
  json config{{"tokenizer_class", "PreTrainedTokenizerFast"}, {"model_input_names", {"input_ids", "attention_mask"}}};
  for (const char* key : kSpecialTokens) {
    if (const json content = content_of(from.value(key, json())); is_added(tokenizer, content)) config[key] = content;
  }
  const json padding = tokenizer.value("padding", json());
  if (!config.contains("pad_token")) {
    // As the tokenizer is read: BERT's name, or RoBERTa's where that one alone is there.
    const char* usual = !is_added(tokenizer, "[PAD]") && is_added(tokenizer, "<pad>") ? "<pad>" : "[PAD]";
    const json named = content_of(from.value("pad_token", json(usual)));
    config["pad_token"] = padding.is_object() ? padding.value("pad_token", named) : named;
  }
  if (const json normalizer = bert_normalizer(tokenizer); !normalizer.is_null()) {
    config["do_lower_case"] = normalizer.value("lowercase", json(true));
    config["strip_accents"] = normalizer.value("strip_accents", json());
    config["tokenize_chinese_chars"] = normalizer.value("handle_chinese_chars", json(true));
  }
  return config;
}

/// Sets `key` of the object that `text` spells. All else stays as it is written: a score read and written anew may be
/// another number to Python.
void set_value(std::string& text, const std::string& key, const json& value) {
  if (const std::string_view old = json_value_text(text, "/" + key); !old.empty()) {
    text.replace(static_cast<std::size_t>(old.data() - text.data()), old.size(), value.dump());
    return;
  }
  text.insert(text.find('{') + 1, json(key).dump() + ": " + value.dump() + ", ");  // there is a model behind it
}

/// What Python is told beside a vocab.txt, from which it builds the tokenizer that this program does: every key that
/// either of them reads.
json config_for_vocabulary(const json& from) {
  json config{{"do_lower_case", true}, {"strip_accents", nullptr}, {"tokenize_chinese_chars", true}};
  for (const char* key : {"do_lower_case", "strip_accents", "tokenize_chinese_chars", "tokenizer_class",
                          "added_tokens_decoder", "additional_special_tokens"}) {
    if (from.contains(key) && !from[key].is_null()) config[key] = from[key];
  }
  for (const char* key : kSpecialTokens) {
    if (from.contains(key) && !from[key].is_null()) config[key] = from[key];
  }
  return config;
}

}  // namespace

std::int64_t stated_max_length(const fs::path& directory) {
  const std::int64_t length = length_in(directory / kSentenceBertConfig, "max_seq_length");
  return length != 0 ? length : length_in(directory / kTokenizerConfig, "model_max_length");
}

std::vector<std::string> tokenizer_file_names() {
  return {kTokenizer, kTokenizerConfig, kVocabulary, "special_tokens_map.json", "added_tokens.json"};
}

void copy_tokenizer(const fs::path& from, const fs::path& to, std::int64_t max_length) {
  const fs::path config_file = from / kTokenizerConfig;
  const json stated = fs::exists(config_file) ? read_json_object(config_file, ErrorKind::checkpoint) : json::object();
  json config;
  if (auto text = tokenizer::tokenizer_json_of(from)) {
    config = config_beside(parse_json_object(*text, from / kTokenizer, ErrorKind::checkpoint), stated);
    set_value(*text, "truncation",
              {{"direction", "Right"}, {"max_length", max_length}, {"strategy", "LongestFirst"}, {"stride", 0}});
    set_value(*text, "padding", nullptr);
    write_file(to / kTokenizer, *text);
  } else {
    config = config_for_vocabulary(stated);
  }
  config["model_max_length"] = max_length;
  write_json(to / kTokenizerConfig, config);
  if (fs::exists(from / kVocabulary))
    write_file(to / kVocabulary, read_file(from / kVocabulary, ErrorKind::checkpoint));
}

}  // namespace tt::checkpoint
