#include "checkpoint/tokenizer_files.hpp"

#include "checkpoint/json_file.hpp"
#include "transfer_tune/core/files.hpp"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>

namespace tt::checkpoint {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kTokenizer = "tokenizer.json";
constexpr const char* kTokenizerConfig = "tokenizer_config.json";
constexpr const char* kSentenceBertConfig = "sentence_bert_config.json";
constexpr std::array kPlainFiles{"special_tokens_map.json",
                                 "added_tokens.json",
                                 "vocab.txt",
                                 "vocab.json",
                                 "merges.txt",
                                 "spm.model",
                                 "spiece.model",
                                 "sentencepiece.bpe.model"};

/// `key` of the object in `file` as a positive length; 0 when absent, or as large as Python's "no limit" is.
std::int64_t length_in(const fs::path& file, const char* key) {
  if (!fs::exists(file)) return 0;
  const json object = read_json_object(file);
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer() || *found < 1) return 0;
  return *found > std::numeric_limits<std::int32_t>::max() ? 0 : found->get<std::int64_t>();
}

}  // namespace

std::int64_t stated_max_length(const fs::path& directory) {
  const std::int64_t length = length_in(directory / kSentenceBertConfig, "max_seq_length");
  return length != 0 ? length : length_in(directory / kTokenizerConfig, "model_max_length");
}

std::vector<std::string> tokenizer_file_names() {
  std::vector<std::string> names(kPlainFiles.begin(), kPlainFiles.end());
  names.insert(names.end(), {kTokenizer, kTokenizerConfig});
  return names;
}

void copy_tokenizer(const fs::path& from, const fs::path& to, std::int64_t max_length) {
  if (fs::exists(from / kTokenizer)) {
    json tokenizer = read_json_object(from / kTokenizer);
    tokenizer["truncation"] = {
        {"direction", "Right"}, {"max_length", max_length}, {"strategy", "LongestFirst"}, {"stride", 0}};
    tokenizer["padding"] = nullptr;
    write_file(to / kTokenizer, tokenizer.dump());
  }
  json config = fs::exists(from / kTokenizerConfig) ? read_json_object(from / kTokenizerConfig) : json::object();
  config["model_max_length"] = max_length;
  config.erase("max_length");
  config.erase("truncation_side");  // the default, "right", is the side that this program cuts
  write_json(to / kTokenizerConfig, config);
  for (const char* name : kPlainFiles) {
    if (fs::exists(from / name)) write_file(to / name, read_file(from / name, ErrorKind::checkpoint));
  }
}

}  // namespace tt::checkpoint
