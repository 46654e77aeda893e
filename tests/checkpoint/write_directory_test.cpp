#include "checkpoint/raw_file.hpp"
#include "checkpoint/tiny_directory.hpp"

#include <gtest/gtest.h>
#include <sys/mount.h>

#include <nlohmann/json.hpp>
#include <set>

namespace tt::checkpoint {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class WriteDirectory : public testing::Test {
 protected:
  WriteDirectory() {
    tests::write_tiny_encoder(path("from"));
    from_ = read_directory(path("from"));
  }

  [[nodiscard]] fs::path path(const std::string& name) const { return temporary_.path() / name; }
  [[nodiscard]] json read_json(const std::string& name) const {
    return json::parse(read_file(path(name), ErrorKind::checkpoint));
  }
  [[nodiscard]] std::set<std::string> files(const std::string& name) const {
    std::set<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(path(name))) {
      if (entry.is_regular_file()) names.insert(fs::relative(entry.path(), path(name)).string());
    }
    return names;
  }

  EncoderDirectory from_;
  const ClassifierMetadata metadata_{{"card lost", "b\"</script>", "é"}, 20, "BertForSequenceClassification"};
  const SentenceTransformersHead head_{true, at::arange(12, at::kFloat).reshape({3, 4}), at::ones({3})};
  const NamedTensors encoder_{{"embeddings.word_embeddings.weight", at::ones({6, 4})}};

 private:
  tests::TemporaryDirectory temporary_;
};

TEST_F(WriteDirectory, NativeIsReadBack) {
  const NamedTensors tensors{{"bert.embeddings.word_embeddings.weight", at::ones({6, 4})},
                             {"classifier.weight", at::zeros({3, 4})}};
  write_native(path("to"), from_, tensors, metadata_);
  const EncoderDirectory read = read_directory(path("to"));
  EXPECT_TRUE(read.is_classifier);
  EXPECT_FALSE(read.dense_head);
  EXPECT_EQ(read.labels, metadata_.labels);
  EXPECT_EQ(read.max_length, 20);
  ASSERT_EQ(read.tensors.size(), 2U);
  EXPECT_TRUE(at::equal(read.tensors.at("classifier.weight"), tensors.at("classifier.weight")));
  EXPECT_EQ(files("to"), (std::set<std::string>{"config.json", "model.safetensors", "tokenizer.json",
                                                "tokenizer_config.json", "vocab.txt"}));
}

TEST_F(WriteDirectory, NativeConfigKeepsWhatItDoesNotKnow) {
  write_native(path("to"), from_, encoder_, metadata_);
  const json config = read_json("to/config.json");
  EXPECT_EQ(config["custom"], json::parse(R"({"kept": [1, 2.5, null]})"));
  EXPECT_TRUE(config["hidden_size"].is_number_integer());
  EXPECT_EQ(config["architectures"], json::array({"BertForSequenceClassification"}));
  EXPECT_EQ(config["id2label"], json::parse(R"({"0": "card lost", "1": "b\"</script>", "2": "é"})"));
  EXPECT_EQ(config["label2id"], json::parse(R"({"card lost": 0, "b\"</script>": 1, "é": 2})"));
  EXPECT_EQ(config["problem_type"], "single_label_classification");
  EXPECT_FALSE(config.contains("num_labels")) << "it would contradict id2label";
  EXPECT_FALSE(config.contains("dtype"));
  const std::string text = read_file(path("to/config.json"), ErrorKind::checkpoint);
  EXPECT_TRUE(text.starts_with("{\n  \"architectures\": [\n    \"Bert")) << text;
  EXPECT_TRUE(text.ends_with("}\n"));
}

TEST_F(WriteDirectory, KeysThatWouldChangeAnswersInPythonAreNotCarriedOver) {
  from_.config_json = R"({"model_type":"bert","function_to_apply":"sigmoid","task_specific_params":{},
    "quantization_config":{},"auto_map":{},"pruned_heads":{},"return_dict":false,"torchscript":true,
    "tokenizer_class":"RobertaTokenizer","custom":1})";
  write_native(path("to"), from_, encoder_, metadata_);
  std::set<std::string> keys;
  const json config = read_json("to/config.json");
  for (const auto& [key, value] : config.items()) keys.insert(key);
  EXPECT_EQ(keys,
            (std::set<std::string>{"architectures", "custom", "id2label", "label2id", "model_type", "problem_type"}));
}

TEST_F(WriteDirectory, StatedDtypeIsThatOfTheWeights) {
  for (const std::string key : {"dtype", "torch_dtype"}) {
    from_.config_json = R"({"model_type":"bert",")" + key + R"(":"float16"})";
    write_native(path("to"), from_, encoder_, metadata_);
    EXPECT_EQ(read_json("to/config.json")[key], "float32");
    write_native(path("to"), from_, {{"a", at::ones({2}, at::kBFloat16)}}, metadata_);
    EXPECT_EQ(read_json("to/config.json")[key], "bfloat16");
  }
}

TEST_F(WriteDirectory, SentenceTransformersIsReadBack) {
  for (const bool normalize : {true, false}) {
    fs::remove_all(path("to"));
    SentenceTransformersHead head = head_;
    head.normalize = normalize;
    head.pooling = normalize ? Pooling::cls : Pooling::mean;
    write_sentence_transformers(path("to"), from_, encoder_, head, metadata_);
    const EncoderDirectory read = read_directory(path("to"));
    EXPECT_EQ(read.encoder, path("to/0_Transformer"));
    EXPECT_FALSE(read.is_classifier);
    EXPECT_EQ(read.labels, metadata_.labels);
    EXPECT_EQ(read.max_length, 20);
    ASSERT_TRUE(read.dense_head);
    EXPECT_EQ(read.dense_head->normalize, normalize);
    EXPECT_EQ(read.dense_head->pooling, head.pooling);
    EXPECT_EQ(read.pooling, head.pooling);
    EXPECT_TRUE(read.unused_settings.empty());
    EXPECT_TRUE(at::equal(read.dense_head->weight, head_.weight));
    EXPECT_TRUE(at::equal(read.dense_head->bias, head_.bias));
    EXPECT_EQ(read.tensors.size(), 1U);
    EXPECT_EQ(files("to"),
              (std::set<std::string>{"modules.json", "config_sentence_transformers.json", "1_Pooling/config.json",
                                     normalize ? "3_Dense/config.json" : "2_Dense/config.json",
                                     normalize ? "3_Dense/model.safetensors" : "2_Dense/model.safetensors",
                                     "0_Transformer/config.json", "0_Transformer/model.safetensors",
                                     "0_Transformer/sentence_bert_config.json", "0_Transformer/tokenizer.json",
                                     "0_Transformer/tokenizer_config.json", "0_Transformer/vocab.txt"}));
    const json config = read_json("to/0_Transformer/config.json");
    EXPECT_EQ(config["architectures"], json::array({"BertModel"}));
    EXPECT_FALSE(config.contains("problem_type"));
  }
}

TEST_F(WriteDirectory, DenseModulesAreReadBack) {
  for (const bool normalize : {true, false}) {
    fs::remove_all(path("to"));
    SentenceTransformersHead head = head_;
    head.normalize = normalize;
    head.dense = {{"", "torch.nn.modules.activation.Tanh", at::arange(20, at::kFloat).view({5, 4}), at::ones({5})},
                  {"", "torch.nn.modules.activation.GELU", at::arange(20, at::kFloat).view({4, 5}), {}}};
    write_sentence_transformers(path("to"), from_, encoder_, head, metadata_);
    const EncoderDirectory read = read_directory(path("to"));
    EXPECT_TRUE(read.unused_settings.empty());
    ASSERT_TRUE(read.dense_head);
    EXPECT_EQ(read.dense_head->normalize, normalize);
    EXPECT_TRUE(at::equal(read.dense_head->weight, head_.weight));
    ASSERT_EQ(read.dense.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(read.dense[i].activation, head.dense[i].activation);
      EXPECT_TRUE(at::equal(read.dense[i].weight, head.dense[i].weight));
    }
    EXPECT_TRUE(at::equal(read.dense[0].bias, head.dense[0].bias));
    EXPECT_FALSE(read.dense[1].bias.defined());
    EXPECT_EQ(read_json("to/1_Pooling/config.json")["word_embedding_dimension"], 4);
    const std::vector<std::string> listed = written_files();
    for (const std::string& file : files("to")) EXPECT_NE(std::ranges::find(listed, file), listed.end()) << file;
  }
}

TEST_F(WriteDirectory, ThePromptIsReadBack) {
  ClassifierMetadata prompted = metadata_;
  prompted.prompt = "query: ";
  write_sentence_transformers(path("modules"), from_, encoder_, head_, prompted);
  write_native(path("native"), from_, encoder_, prompted);
  for (const char* name : {"modules", "native"}) {
    EXPECT_EQ(read_directory(path(name)).prompt, "query: ") << name;
    EXPECT_TRUE(files(name).contains("config_sentence_transformers.json"));
  }
}

TEST_F(WriteDirectory, TheWeightsHashCoversTheHead) {
  write_sentence_transformers(path("a"), from_, encoder_, head_, metadata_);
  SentenceTransformersHead other = head_;
  other.bias = at::zeros({3});
  write_sentence_transformers(path("b"), from_, encoder_, other, metadata_);
  EXPECT_NE(read_directory(path("a")).weights_sha256, read_directory(path("b")).weights_sha256);
}

TEST_F(WriteDirectory, TokenizerCutsAtTheGivenLength) {
  write_native(path("to"), from_, encoder_, metadata_);
  json tokenizer = read_json("to/tokenizer.json");
  EXPECT_EQ(tokenizer["truncation"]["max_length"], 20);
  EXPECT_TRUE(tokenizer["padding"].is_null());
  json original = json::parse(tests::kTinyTokenizer);
  for (const char* key : {"truncation", "padding"}) {
    tokenizer.erase(key);
    original.erase(key);
  }
  EXPECT_EQ(tokenizer, original);
  EXPECT_EQ(read_json("to/tokenizer_config.json")["model_max_length"], 20);
  EXPECT_EQ(read_file(path("to/vocab.txt"), ErrorKind::checkpoint), "[PAD]\né\n");
}

TEST_F(WriteDirectory, TokenizerConfigStatesWhatWasUsedAndNothingThatWasNot) {
  json tokenizer = json::parse(tests::kTinyTokenizer);
  tokenizer["padding"] = nullptr;
  tokenizer["added_tokens"] = {{{"id", 0}, {"content", "[PAD]"}}, {{"id", 2}, {"content", "[SEP]"}}};
  tokenizer["normalizer"] = {{"type", "BertNormalizer"},
                             {"clean_text", true},
                             {"handle_chinese_chars", false},
                             {"strip_accents", true},
                             {"lowercase", false}};
  write_file(path("from/tokenizer_config.json"), R"({
    "do_lower_case": true, "strip_accents": null, "tokenizer_class": "BertTokenizer", "sep_token": "[SEP]",
    "cls_token": "<s>", "pad_token": {"content": "[PAD]", "lstrip": true}, "padding_side": "left",
    "truncation_side": "left", "split_special_tokens": true, "additional_special_tokens": ["card"],
    "added_tokens_decoder": {"9": {"content": "card"}}, "stride": 3, "max_length": 9})");
  write_file(path("from/special_tokens_map.json"), R"({"additional_special_tokens": ["card"]})");
  write_file(path("from/added_tokens.json"), R"({"card": 9})");
  const json expected = json::parse(R"({
    "do_lower_case": false, "strip_accents": true, "tokenize_chinese_chars": false,
    "tokenizer_class": "PreTrainedTokenizerFast", "model_input_names": ["input_ids", "attention_mask"],
    "sep_token": "[SEP]", "pad_token": "[PAD]", "model_max_length": 20})");
  for (const bool sequence : {false, true}) {
    if (sequence) tokenizer["normalizer"] = {{"type", "Sequence"}, {"normalizers", {json(tokenizer["normalizer"])}}};
    write_file(path("from/tokenizer.json"), tokenizer.dump());
    write_native(path("to"), from_, encoder_, metadata_);
    EXPECT_EQ(read_json("to/tokenizer_config.json"), expected);
  }
  EXPECT_FALSE(fs::exists(path("to/special_tokens_map.json")));
  EXPECT_FALSE(fs::exists(path("to/added_tokens.json")));
}

TEST_F(WriteDirectory, TokenizerConfigBesideAVocabularyStatesTheDefaultsToo) {
  fs::remove(path("from/tokenizer.json"));
  write_file(path("from/tokenizer_config.json"),
             R"({"do_lower_case": false, "tokenizer_class": "BertTokenizer", "padding_side": "left", "sep_token": "[S]",
                 "additional_special_tokens": ["card"], "never_split": ["a"]})");
  write_native(path("to"), from_, encoder_, metadata_);
  EXPECT_EQ(read_json("to/tokenizer_config.json"), json::parse(R"({
    "do_lower_case": false, "strip_accents": null, "tokenize_chinese_chars": true, "tokenizer_class": "BertTokenizer",
    "sep_token": "[S]", "additional_special_tokens": ["card"], "model_max_length": 20})"));
}

TEST_F(WriteDirectory, DamagedTokenizerIsACheckpointError) {
  write_file(path("from/tokenizer.json"), R"({"version":)");
  EXPECT_THROW(write_native(path("to"), from_, encoder_, metadata_), CheckpointError);
}

TEST_F(WriteDirectory, HeadAndLabelsMustAgree) {
  ClassifierMetadata two = metadata_;
  two.labels.pop_back();
  EXPECT_THROW(write_sentence_transformers(path("to"), from_, encoder_, head_, two), InternalError);
}

TEST_F(WriteDirectory, AFileInTheWayIsAnIoError) {
  write_file(path("taken"), "");
  EXPECT_THROW(write_native(path("taken"), from_, encoder_, metadata_), IoError);
  make_directories(path("to"));
  write_file(path("to/0_Transformer"), "");
  EXPECT_THROW(write_sentence_transformers(path("to"), from_, encoder_, head_, metadata_), IoError);
}

TEST_F(WriteDirectory, AFullDiskIsAnIoError) {
  const fs::path disk = path("disk");
  make_directories(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64k") != 0) GTEST_SKIP() << "needs the right to mount a tmpfs";
  const NamedTensors large{{"a", at::zeros({100'000})}};
  EXPECT_THROW(write_native(disk / "to", from_, large, metadata_), IoError);
  EXPECT_THROW(write_sentence_transformers(disk / "st", from_, large, head_, metadata_), IoError);
  EXPECT_EQ(::umount(disk.c_str()), 0);
}

}  // namespace
}  // namespace tt::checkpoint
