#pragma once

#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/json.hpp"

#include "support/temporary_directory.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace tt::tests {

/// A directory with tokenizer files that a test writes.
class TokenizerFiles {
 public:
  [[nodiscard]] const std::filesystem::path& path() const { return directory_.path(); }
  void write(const std::string& name, std::string_view text) const { write_file(path() / name, text); }
  void write_json(const std::string& name, const nlohmann::json& document) const { write(name, document.dump()); }

 private:
  TemporaryDirectory directory_;
};

/// A `Part` as it is read from `document`, said to be in "part.json".
template <class Part>
Part read_part(const nlohmann::json& document) {
  const JsonDocument file(document, "part.json", ErrorKind::checkpoint);
  return Part::read(file.root());
}

/// A small uncased BERT tokenizer.json, for a test to change.
inline nlohmann::json small_tokenizer() {
  return nlohmann::json::parse(R"({
    "truncation": {"max_length": 8, "strategy": "LongestFirst", "stride": 0},
    "padding": null,
    "added_tokens": [
      {"id": 0, "content": "[PAD]", "special": true, "normalized": false},
      {"id": 3, "content": "[SEP]", "special": true, "normalized": false}
    ],
    "normalizer": {
      "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true
    },
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {
      "type": "TemplateProcessing",
      "single": [
        {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
        {"Sequence": {"id": "A", "type_id": 0}},
        {"SpecialToken": {"id": "[SEP]", "type_id": 0}}
      ],
      "special_tokens": {
        "[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
        "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}
      }
    },
    "model": {
      "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 10,
      "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "card": 4, "lost": 5, "my": 6, "##s": 7, "c": 8}
    }
  })");
}

}  // namespace tt::tests
