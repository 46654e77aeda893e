#include "checkpoint/raw_file.hpp"
#include "checkpoint/tiny_directory.hpp"
#include "support/messages.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/text.hpp"

#include <gtest/gtest.h>

namespace tt::checkpoint {
namespace {

using tests::holds;

namespace fs = std::filesystem;

class ReadDirectory : public testing::Test {
 protected:
  ReadDirectory() { tests::write_tiny_encoder(root()); }
  ~ReadDirectory() override { set_log_sink({}); }

  [[nodiscard]] fs::path root() const { return temporary_.path() / "encoder"; }
  void write(const std::string& name, std::string_view text) const {
    make_directories((root() / name).parent_path());
    write_file(root() / name, text);
  }
  /// Expects an error that names `file` and says `message`.
  void expect_error(const std::string& file, const std::string& message) const {
    const std::string error = tests::message_of<CheckpointError>([&] { (void)read_directory(root()); });
    EXPECT_TRUE(error.starts_with((file.empty() ? root() : root() / file).string() + ":")) << error;
    EXPECT_TRUE(holds(error, message));
  }
  /// modules.json for these (type, path) pairs.
  void write_modules_json(const std::vector<std::pair<std::string, std::string>>& modules) const {
    std::string text;
    for (const auto& [type, path] : modules) {
      text += concat(text.empty() ? "[" : ",", R"({"type":")", type, R"(","path":")", path, "\"}");
    }
    write("modules.json", text + "]");
  }
  /// A head of two labels in `folder`, and the label names in config.json.
  void write_head(const std::string& folder, const std::string& activation = "torch.nn.modules.linear.Identity") const {
    write("config.json", R"({"model_type":"bert","hidden_size":4,"id2label":{"0":"no","1":"yes"}})");
    write("1_Pooling/config.json", R"({"word_embedding_dimension":4,"pooling_mode_mean_tokens":true})");
    write(folder + "/config.json",
          R"({"in_features":4,"out_features":2,"bias":true,"activation_function":")" + activation + "\"}");
    write_safetensors(root() / folder / "model.safetensors",
                      {{"linear.weight", at::ones({2, 4})}, {"linear.bias", at::zeros({2})}});
  }

 private:
  tests::TemporaryDirectory temporary_;
};

TEST_F(ReadDirectory, BareEncoder) {
  const EncoderDirectory read = read_directory(root());
  EXPECT_EQ(read.root, root());
  EXPECT_EQ(read.encoder, root());
  EXPECT_EQ(read.config_json, tests::kTinyConfig);
  EXPECT_EQ(read.model_type, "bert");
  EXPECT_EQ(read.tensors.size(), 2U);
  EXPECT_TRUE(read.labels.empty());
  EXPECT_FALSE(read.dense_head);
  EXPECT_FALSE(read.is_classifier);
  EXPECT_EQ(read.max_length, 512);
  EXPECT_EQ(read.weights_sha256, sha256_hex(read_file(root() / "model.safetensors", ErrorKind::checkpoint)));
}

TEST_F(ReadDirectory, NoLimitIsNoStatedLength) {
  write("tokenizer_config.json", R"({"model_max_length": 1000000000000000019884624838656})");
  EXPECT_EQ(read_directory(root()).max_length, 0);
  write("sentence_bert_config.json", R"({"max_seq_length": 64})");
  EXPECT_EQ(read_directory(root()).max_length, 64);
}

TEST_F(ReadDirectory, DirectoryThatIsNone) {
  const fs::path absent = root() / "absent";
  EXPECT_TRUE(holds(tests::message_of<CheckpointError>([&] { (void)read_directory(absent); }), "no such directory"));
  const fs::path file = root() / "config.json";
  EXPECT_TRUE(holds(tests::message_of<CheckpointError>([&] { (void)read_directory(file); }), "found a file"));
}

TEST_F(ReadDirectory, DamagedConfig) {
  fs::remove(root() / "config.json");
  expect_error("config.json", "no such file");
  make_directories(root() / "config.json");
  expect_error("config.json", "a directory");
  fs::remove(root() / "config.json");
  write("config.json", "");
  expect_error("config.json", "empty");
  write("config.json", tests::kTinyConfig.substr(0, 60));
  expect_error("config.json", "not valid JSON");
  write("config.json", "[1]");
  expect_error("config.json", "expected a JSON object, found array");
  write("config.json", R"({"hidden_size": 4})");
  expect_error("config.json", "\"model_type\": expected a string such as \"bert\", found nothing");
  write("config.json", R"({"model_type": 4})");
  expect_error("config.json", "found number");
  write("config.json", R"({"model_type": "bert", "model_type": "gpt2"})");
  expect_error("config.json", "stands twice");
}

TEST_F(ReadDirectory, ClassifierLabels) {
  const std::string start = R"({"model_type":"bert","architectures":["BertForSequenceClassification"])";
  std::string ids;
  for (int id = 11; id >= 0; --id) ids += concat("\"", id, "\":\"l", id, "\"", id > 0 ? "," : "");
  write("config.json", start + R"(,"id2label":{)" + ids + "}}");
  const EncoderDirectory read = read_directory(root());
  EXPECT_TRUE(read.is_classifier);
  ASSERT_EQ(read.labels.size(), 12U);
  EXPECT_EQ(read.labels[2], "l2");
  EXPECT_EQ(read.labels[10], "l10");

  write("config.json", start + "}");
  EXPECT_EQ(read_directory(root()).labels, (std::vector<std::string>{"LABEL_0", "LABEL_1"}));
  write("config.json", start + R"(,"num_labels":3})");
  EXPECT_EQ(read_directory(root()).labels.size(), 3U);
  write("config.json", start + R"(,"id2label":["a"]})");
  expect_error("config.json", "\"id2label\": expected an object, found array");
  write("config.json", start + R"(,"id2label":{"0":"a","2":"b"}})");
  expect_error("config.json", "id 1 is missing");
  write("config.json", start + R"(,"id2label":{"0":"a","1":2}})");
  expect_error("config.json", "id 1 is \"2\"; expected a string");
  write("config.json", start + R"(,"id2label":{"0":"a","1":"a"}})");
  expect_error("config.json", "two ids are called \"a\"");
}

TEST_F(ReadDirectory, WeightsThatAreMissingOrDamaged) {
  fs::remove(root() / "model.safetensors");
  expect_error("", "no weights: expected model.safetensors, pytorch_model.bin");
  write("pytorch_model.bin", "PK");
  expect_error("pytorch_model.bin", "neither of the formats of torch.save");
}

TEST_F(ReadDirectory, Shards) {
  fs::remove(root() / "model.safetensors");
  write_safetensors(root() / "model-1.safetensors", {{"a", at::ones({2})}, {"extra", at::ones({1})}});
  write_safetensors(root() / "model-2.safetensors", {{"b", at::zeros({3})}});
  const std::string index = "model.safetensors.index.json";
  write(index, R"({"metadata":{},"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors"}})");
  std::string warnings;
  set_log_sink([&](LogLevel, std::string_view message) { warnings += message; });
  const EncoderDirectory read = read_directory(root());
  EXPECT_EQ(read.tensors.size(), 2U);
  EXPECT_EQ(read.tensors.at("b").sizes(), c10::IntArrayRef({3}));
  EXPECT_TRUE(holds(warnings, "\"extra\" is not used"));
  EXPECT_EQ(read.weights_sha256, sha256_hex(read_file(root() / "model-1.safetensors", ErrorKind::checkpoint) +
                                            read_file(root() / "model-2.safetensors", ErrorKind::checkpoint)));

  write(index, R"({"weight_map":{"a":"model-2.safetensors"}})");
  expect_error("model-2.safetensors", "lacks the tensor \"a\"");
  write(index, R"({"weight_map":{"a":"model-3.safetensors"}})");
  expect_error("model-3.safetensors", "No such file");
  write(index, R"({"weight_map":{}})");
  expect_error(index, "\"weight_map\"");
  write(index, R"({"metadata":{}})");
  expect_error(index, "\"weight_map\"");
  write(index, R"({"weight_map":["model-1.safetensors"]})");
  expect_error(index, "\"weight_map\"");
}

TEST_F(ReadDirectory, ShardNamesStayInTheDirectory) {
  write_safetensors(root().parent_path() / "outside.safetensors", {{"a", at::ones({2})}});
  fs::remove(root() / "model.safetensors");
  for (const std::string name :
       {R"("../outside.safetensors")", R"("/outside.safetensors")", R"("sub/a.safetensors")",
        R"("..\\outside.safetensors")", R"("model.bin")", R"("")", "1", "null", R"("a\u0000.safetensors")"}) {
    write("model.safetensors.index.json", R"({"weight_map":{"a":)" + name + "}}");
    expect_error("model.safetensors.index.json", "expected the plain name");
  }
}

TEST_F(ReadDirectory, SentenceTransformersEncoderAtTheRoot) {
  write_modules_json({{"sentence_transformers.models.Transformer", ""},
                      {"sentence_transformers.models.Pooling", "1_Pooling"},
                      {"sentence_transformers.models.Normalize", "2_Normalize"}});
  const EncoderDirectory read = read_directory(root());
  EXPECT_EQ(read.encoder, root());
  EXPECT_FALSE(read.dense_head);
}

TEST_F(ReadDirectory, SentenceTransformersEncoderInAFolder) {
  tests::write_tiny_encoder(root() / "0_Transformer");
  fs::remove(root() / "config.json");
  fs::remove(root() / "model.safetensors");
  write_modules_json({{"sentence_transformers.base.modules.transformer.Transformer", "0_Transformer"}});
  const EncoderDirectory read = read_directory(root());
  EXPECT_EQ(read.root, root());
  EXPECT_EQ(read.encoder, root() / "0_Transformer");
}

TEST_F(ReadDirectory, MeanHeadInTheOldAndTheNewForm) {
  write_head("2_Dense");
  write_modules_json({{"sentence_transformers.models.Transformer", ""},
                      {"sentence_transformers.models.Pooling", "1_Pooling"},
                      {"sentence_transformers.models.Dense", "2_Dense"}});
  const EncoderDirectory old_form = read_directory(root());
  ASSERT_TRUE(old_form.dense_head);
  EXPECT_FALSE(old_form.dense_head->normalize);
  EXPECT_EQ(old_form.dense_head->weight.sizes(), c10::IntArrayRef({2, 4}));
  EXPECT_EQ(old_form.labels, (std::vector<std::string>{"no", "yes"}));

  write_head("3_Dense");
  write_modules_json({{"sentence_transformers.base.modules.transformer.Transformer", "."},
                      {"sentence_transformers.sentence_transformer.modules.pooling.Pooling", "./1_Pooling"},
                      {"sentence_transformers.base.modules.normalize.Normalize", "2_Normalize"},
                      {"sentence_transformers.base.modules.dense.Dense", "3_Dense"}});
  for (const std::string mode : {"\"mean\"", "[\"mean\"]"}) {
    write("1_Pooling/config.json", R"({"embedding_dimension":4,"include_prompt":true,"pooling_mode":)" + mode + "}");
    const EncoderDirectory new_form = read_directory(root());
    ASSERT_TRUE(new_form.dense_head) << mode;
    EXPECT_TRUE(new_form.dense_head->normalize);
  }
}

TEST_F(ReadDirectory, OtherModulesAreNoHead) {
  write_head("2_Dense");
  const std::vector<std::pair<std::string, std::string>> plain{
      {"m.Transformer", ""}, {"m.Pooling", "1_Pooling"}, {"m.Dense", "2_Dense"}};
  write_modules_json(plain);
  ASSERT_TRUE(read_directory(root()).dense_head);

  const auto expect_no_head = [&] {
    const EncoderDirectory read = read_directory(root());
    EXPECT_FALSE(read.dense_head);
    EXPECT_TRUE(read.labels.empty());
    EXPECT_TRUE(read.dense.empty());
    EXPECT_TRUE(holds(join(read.unused_settings, "\n"), "Dense: the module Dense is not used"));
  };
  write("1_Pooling/config.json", R"({"pooling_mode":"max"})");
  expect_no_head();
  write("1_Pooling/config.json", R"({"pooling_mode_mean_tokens":true,"pooling_mode_max_tokens":true})");
  expect_no_head();
  write("1_Pooling/config.json", R"({"pooling_mode":"mean"})");
  write_head("3_Dense", "torch.nn.modules.activation.Tanh");
  write_modules_json({plain[0], plain[1], {"m.Normalize", "2_Normalize"}, {"m.Dense", "3_Dense"}});
  expect_no_head();
}

TEST_F(ReadDirectory, DenseModulesBehindThePoolingAreTheEncoders) {
  const std::string tanh = "torch.nn.modules.activation.Tanh";
  const std::vector<std::pair<std::string, std::string>> start{{"m.Transformer", ""}, {"m.Pooling", "1_Pooling"}};
  write_head("2_Dense", tanh);
  write_head("3_Dense");
  const auto read = [&](const std::vector<std::pair<std::string, std::string>>& more) {
    auto modules = start;
    modules.insert(modules.end(), more.begin(), more.end());
    write_modules_json(modules);
    EncoderDirectory directory = read_directory(root());
    EXPECT_TRUE(directory.unused_settings.empty());
    return directory;
  };
  const EncoderDirectory alone = read({{"m.Dense", "2_Dense"}});
  ASSERT_EQ(alone.dense.size(), 1U);
  EXPECT_FALSE(alone.dense_head);
  EXPECT_EQ(alone.dense[0].activation, tanh);
  EXPECT_EQ(alone.dense[0].weight.sizes(), c10::IntArrayRef({2, 4}));
  EXPECT_EQ(alone.dense[0].bias.sizes(), c10::IntArrayRef({2}));
  EXPECT_EQ(alone.weights_files.size(), 2U);
  const EncoderDirectory normed = read({{"m.Dense", "2_Dense"}, {"m.Normalize", "3_Normalize"}});
  EXPECT_EQ(normed.dense.size(), 1U);
  EXPECT_FALSE(normed.dense_head);
  // A last one to the labels is a head; what comes before it is not.
  const EncoderDirectory with_head = read({{"m.Dense", "2_Dense"}, {"m.Dense", "3_Dense"}});
  EXPECT_EQ(with_head.dense.size(), 1U);
  ASSERT_TRUE(with_head.dense_head);
  EXPECT_FALSE(with_head.dense_head->normalize);
  const EncoderDirectory both = read({{"m.Dense", "2_Dense"}, {"m.Normalize", "3_Normalize"}, {"m.Dense", "3_Dense"}});
  EXPECT_EQ(both.dense.size(), 1U);
  ASSERT_TRUE(both.dense_head);
  EXPECT_TRUE(both.dense_head->normalize);
  for (const char* labels : {R"("id2label":{"0":"no","1":"yes","2":"maybe"})", R"("architectures":["BertModel"])"}) {
    write("config.json", concat(R"({"model_type":"bert",)", labels, "}"));
    const EncoderDirectory no_head = read({{"m.Dense", "3_Dense"}});
    EXPECT_FALSE(no_head.dense_head) << labels;
    EXPECT_EQ(no_head.dense.size(), 1U) << labels;
    EXPECT_TRUE(no_head.labels.empty());
  }
}

TEST_F(ReadDirectory, DenseModulesWithoutABiasAndWithDefaults) {
  write_modules_json({{"m.Transformer", ""}, {"m.Pooling", "1_Pooling"}, {"m.Dense", "2_Dense"}});
  write_head("2_Dense", "torch.nn.modules.activation.Tanh");
  write("2_Dense/config.json", R"({"in_features":4,"out_features":2,"bias":false})");
  const EncoderDirectory read = read_directory(root());
  ASSERT_EQ(read.dense.size(), 1U);
  EXPECT_FALSE(read.dense[0].bias.defined());
  EXPECT_EQ(read.dense[0].activation, "torch.nn.modules.activation.Tanh");
  const auto expect = [&](const std::string& config, const std::string& part) {
    write("2_Dense/config.json", config);
    expect_error("2_Dense/config.json", part);
  };
  expect(R"({"in_features":4,"out_features":2,"use_residual":true})", "/use_residual: found true");
  expect(R"({"in_features":4,"out_features":2,"module_input_name":"token_embeddings"})",
         "/module_input_name: found \"token_embeddings\", expected \"sentence_embedding\"");
  expect(R"({"in_features":4,"out_features":2,"module_output_name":"other"})", "/module_output_name: found \"other\"");
  expect(R"({"in_features":4})", "has no \"out_features\"");
  expect(R"({"in_features":4,"out_features":0})", "/out_features");
  expect(R"({"in_features":4,"out_features":-2})", "/out_features");
  expect(R"({"in_features":"4","out_features":2})", "/in_features");
  write("2_Dense/config.json", R"({"in_features":4,"out_features":3,"activation_function":"torch.nn.Tanh"})");
  expect_error("2_Dense/model.safetensors", "\"linear.weight\" of shape [3, 4]");
  std::vector<std::pair<std::string, std::string>> many{{"m.Transformer", ""}, {"m.Pooling", "1_Pooling"}};
  for (int i = 0; i < 9; ++i) many.emplace_back("m.Dense", "2_Dense");
  write_modules_json(many);
  expect_error("2_Dense", "found 9 Dense modules one behind the other, expected at most 8");
}

TEST_F(ReadDirectory, PoolingIsWhatItsModuleSays) {
  EXPECT_FALSE(read_directory(root()).pooling);
  write_modules_json({{"m.Transformer", ""}, {"m.Pooling", "1_Pooling"}});
  const auto expect_pooling = [&](const std::string& config, std::optional<Pooling> pooling) {
    write("1_Pooling/config.json", config);
    const EncoderDirectory read = read_directory(root());
    EXPECT_EQ(read.pooling, pooling) << config;
    EXPECT_EQ(read.unused_settings.empty(), pooling.has_value()) << config;
  };
  expect_pooling(R"({"pooling_mode_mean_tokens":true,"pooling_mode_cls_token":false})", Pooling::mean);
  expect_pooling(R"({"pooling_mode_mean_tokens":false,"pooling_mode_cls_token":true})", Pooling::cls);
  expect_pooling(R"({"pooling_mode":"cls"})", Pooling::cls);
  expect_pooling(R"({"pooling_mode":["cls"]})", Pooling::cls);
  expect_pooling("{}", Pooling::mean);
  expect_pooling(R"({"pooling_mode_mean_tokens":false,"pooling_mode_max_tokens":true})", std::nullopt);
  expect_pooling(R"({"pooling_mode_mean_sqrt_len_tokens":true})", std::nullopt);
  expect_pooling(R"({"pooling_mode":["cls","mean"]})", std::nullopt);
  EXPECT_TRUE(holds(read_directory(root()).unused_settings.front(), "says cls and mean pooling"));
}

TEST_F(ReadDirectory, WhatSentenceTransformersWouldDoBesidesIsNamed) {
  write_modules_json({{"m.Transformer", ""}, {"m.Pooling", "1_Pooling"}, {"m.Normalize", "2_Normalize"}});
  write("1_Pooling/config.json", R"({"pooling_mode":"mean"})");
  write("sentence_bert_config.json", R"({"max_seq_length":64,"do_lower_case":false})");
  const std::string prompts = R"({"prompts":{"query":"query: ","document":""},"default_prompt_name":)";
  for (const char* name : {"null", "\"document\""}) {
    write("config_sentence_transformers.json", prompts + name + "}");
    const EncoderDirectory read = read_directory(root());
    EXPECT_TRUE(read.unused_settings.empty() && read.prompt.empty()) << name;
    EXPECT_EQ(read.prompts.at("query"), "query: ");
  }
  write("config_sentence_transformers.json", prompts + "\"absent\"}");
  expect_error("config_sentence_transformers.json", "/default_prompt_name: found \"absent\"");
  write("config_sentence_transformers.json", prompts + "\"query\"}");
  EXPECT_EQ(read_directory(root()).prompt, "query: ");
  write("1_Pooling/config.json", R"({"pooling_mode":"mean","include_prompt":false})");
  write("sentence_bert_config.json", R"({"do_lower_case":true})");
  const std::vector<std::string> said = read_directory(root()).unused_settings;
  ASSERT_EQ(said.size(), 2U);
  EXPECT_TRUE(holds(said[0], "sentence_bert_config.json: \"do_lower_case\" is true"));
  EXPECT_TRUE(holds(said[1], "1_Pooling/config.json: \"include_prompt\" is false"));
}

TEST_F(ReadDirectory, DamagedHead) {
  write_head("2_Dense");
  write_modules_json({{"m.Transformer", ""}, {"m.Pooling", "1_Pooling"}, {"m.Dense", "2_Dense"}});
  const fs::path weights = root() / "2_Dense" / "model.safetensors";
  write_safetensors(weights, {{"linear.weight", at::ones({2, 4})}});
  expect_error("2_Dense/model.safetensors", "\"linear.bias\" of shape [2]");
  write_safetensors(weights, {{"linear.weight", at::ones({3, 4})}, {"linear.bias", at::ones({2})}});
  expect_error("2_Dense/model.safetensors", "\"linear.weight\" of shape [2, 4]");
  write_safetensors(weights, {{"linear.weight", at::ones({2, 4}, at::kLong)}, {"linear.bias", at::ones({2})}});
  expect_error("2_Dense/model.safetensors", "floating-point");
  write("2_Dense/model.safetensors", "short");
  expect_error("2_Dense/model.safetensors", "only 5 bytes");
  fs::remove(weights);
  expect_error("2_Dense", "no weights");
  fs::remove(root() / "2_Dense" / "config.json");
  expect_error("2_Dense/config.json", "No such file");
}

TEST_F(ReadDirectory, DamagedModules) {
  write("modules.json", "{}");
  expect_error("modules.json", "expected an array");
  write("modules.json", "[]");
  expect_error("modules.json", "expected an array");
  write("modules.json", "[1]");
  expect_error("modules.json", "/0/type: expected a string");
  write("modules.json", R"([{"type":"m.Transformer"}])");
  expect_error("modules.json", "/0/path: expected a string");
  write_modules_json({{"m.StaticEmbedding", ""}});
  expect_error("modules.json", "the first module is \"StaticEmbedding\"; expected a Transformer");
}

TEST_F(ReadDirectory, ModulePathsStayInTheDirectory) {
  tests::write_tiny_encoder(root().parent_path() / "outside");
  for (const std::string path : {"../outside", "a/../../outside", "/outside", "a\\u0000b"}) {
    write_modules_json({{"m.Transformer", path}});
    expect_error("modules.json", "leads outside the directory");
  }
}

}  // namespace
}  // namespace tt::checkpoint
