#include "runs/workshop.hpp"

#include "transfer_tune/core/log.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace {

using namespace tt;
using tests::error_of;
using tests::holds;
using tests::Json;
using tests::Workshop;

runs::EvaluateOptions evaluate_options(const Workshop& shop) {
  runs::EvaluateOptions options;
  options.model.checkpoint = shop.path() / "out";
  options.model.threads = 1;
  options.data = shop.path() / "test.csv";
  options.label_column = "intent";
  return options;
}

TEST(Predict, DoesNotAnswerFromAPoolerThatTheCheckpointLacks) {
  const Workshop shop;
  Json config = Workshop::config();
  config["head"]["type"] = "native";
  (void)shop.adapt(config);
  const auto file = shop.path() / "out/checkpoint/model.safetensors";
  auto tensors = checkpoint::read_safetensors(file);
  std::erase_if(tensors, [](const auto& named) { return holds(named.first, "pooler"); });
  for (auto& [name, tensor] : tensors) tensor = tensor.clone();  // they lie in the file that is written anew
  checkpoint::write_safetensors(file, tensors);
  const std::string error = error_of([&] { (void)shop.predictor(); });
  EXPECT_TRUE(error.starts_with("4: ")) << error;
  EXPECT_TRUE(holds(error, "pooler.dense.weight"));
}

TEST(Evaluate, AgreesWithTheRunsOwnFigures) {
  for (const char* head : {"mean", "native"}) {
    const Workshop shop;
    Json config = Workshop::config();
    config["head"]["type"] = head;
    config["evaluation"]["slice_by"] = {"channel"};
    const Json report = shop.adapt(config);
    runs::EvaluateOptions options = evaluate_options(shop);
    options.slice_by = {"channel"};
    const runs::Evaluation evaluation = runs::evaluate(options);
    const Json again = Json::parse(evaluation.json);
    EXPECT_FALSE(evaluation.markdown.empty());
    for (const auto& [key, value] : report["test"].items()) {
      if (value.is_number_float()) {
        EXPECT_NEAR(again[key].get<double>(), value.get<double>(), 1e-5) << head << " " << key;
      } else if (key != "confused_pairs" && key != "accuracy_ci95") {
        EXPECT_EQ(again[key], value) << head << " " << key;
      }
    }
  }
}

TEST(Evaluate, ChecksItsData) {
  const Workshop shop;
  (void)shop.adapt(Workshop::config());
  runs::EvaluateOptions options = evaluate_options(shop);
  options.label_column = "topic";
  const std::string column = error_of([&] { (void)runs::evaluate(options); });
  EXPECT_TRUE(column.starts_with("3: ")) << column;
  EXPECT_TRUE(holds(column, "topic"));
  options = evaluate_options(shop);
  options.data = shop.path() / "absent.csv";
  EXPECT_TRUE(error_of([&] { (void)runs::evaluate(options); }).starts_with("3: "));
}

TEST(Evaluate, ReadsWhatItIsToldTo) {
  const Workshop shop;
  (void)shop.adapt(Workshop::config());
  runs::EvaluateOptions options = evaluate_options(shop);
  shop.write("test.csv", "text^intent\nmy card\xDD^card_lost\n");
  EXPECT_TRUE(error_of([&] { (void)runs::evaluate(options); }).starts_with("3: "));
  options.delimiter = "^";
  options.encoding = "windows-1254";
  EXPECT_EQ(Json::parse(runs::evaluate(options).json)["examples"], 1);
}

/// Log lines of `work` at warning level.
template <class Work>
std::string warnings_of(const Work& work) {
  std::string warnings;
  const int observer = add_log_observer([&](LogLevel level, std::string_view line) {
    if (level == LogLevel::warning) warnings += concat(line, '\n');
  });
  work();
  remove_log_observer(observer);
  return warnings;
}

TEST(Evaluate, NamesTheLabelsThatTheClassifierDoesNotKnow) {
  const Workshop shop;
  (void)shop.adapt(Workshop::config());
  runs::EvaluateOptions options = evaluate_options(shop);
  shop.write("test.csv", "text,intent\nmy card,card_lost\nmy card,intent_CARD_LOST\nmoney,Transfer\nmoney,Transfer\n");
  runs::Evaluation evaluation;
  const std::string warnings = warnings_of([&] { evaluation = runs::evaluate(options); });
  EXPECT_TRUE(holds(warnings,
                    "test.csv: 3 of 4 texts count as wrong, since the classifier does not know their labels: "
                    "\"Transfer\" (2, first at line 4; meant \"transfer\"?), \"intent_CARD_LOST\" (1, first at line 3; "
                    "meant \"card_lost\"?)"));
  for (const std::string* text : {&evaluation.markdown, &evaluation.html}) {
    EXPECT_FALSE(holds(*text, "No label was taken for another") || holds(*text, "No intent was taken for another"));
  }
}

TEST(Evaluate, RefusesAFileOfWhichItKnowsNoLabel) {
  const Workshop shop;
  (void)shop.adapt(Workshop::config());
  shop.write("test.csv", "text,intent\nmy card,CARD_LOST\nmoney,thing\n");
  const std::string error = error_of([&] { (void)runs::evaluate(evaluate_options(shop)); });
  EXPECT_TRUE(error.starts_with("3: ")) << error;
  EXPECT_TRUE(holds(error,
                    "no text has a label of the classifier: found \"CARD_LOST\" (1, first at line 2; meant "
                    "\"card_lost\"?), \"thing\" (1, first at line 3); expected labels such as \"balance\""));
  const std::string run = error_of([&] { (void)shop.adapt(Workshop::config()); });
  EXPECT_TRUE(run.starts_with("3: ") && holds(run, "no text has a label of the training data")) << run;
}

TEST(Predictor, AnswersInTheOrderOfItsTexts) {
  const Workshop shop;
  (void)shop.adapt(Workshop::config());
  runs::Predictor predictor = shop.predictor();
  EXPECT_TRUE(predictor.predict({}).empty());
  const std::vector<std::string_view> texts{
      "my card", "", "please send money to a friend now now now now now now now now now now now now", "balance"};
  const auto together = predictor.predict(texts);
  ASSERT_EQ(together.size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const runs::Prediction alone = predictor.predict({texts[i]}).front();
    EXPECT_EQ(alone.label, together[i].label);
    EXPECT_EQ(together[i].truncated, i == 2);
    const auto& p = together[i].probabilities;
    EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 1.0, 1e-9);
    for (std::size_t label = 0; label < 3; ++label) EXPECT_NEAR(alone.logits[label], together[i].logits[label], 1e-4);
  }
}

TEST(Predictor, ABareEncoderIsNoClassifier) {
  runs::ModelOptions options;
  options.checkpoint = tests::tiny_bert();
  const std::string error = error_of([&] { const runs::Predictor predictor(options); });
  EXPECT_TRUE(error.starts_with("4: ")) << error;
  EXPECT_TRUE(holds(error, "classification head"));
  options.checkpoint = "/nowhere";
  EXPECT_TRUE(error_of([&] { const runs::Predictor predictor(options); }).starts_with("4: "));
}

TEST(Predictor, MoreTokensThanPositionsAreRefused) {
  const Workshop shop;
  (void)shop.adapt(Workshop::config());
  runs::ModelOptions options;
  options.checkpoint = shop.path() / "out";
  options.max_length = 25;
  EXPECT_TRUE(holds(error_of([&] { const runs::Predictor predictor(options); }), "25"));
}

std::int64_t parameters_of(const std::vector<runs::GroupInfo>& groups, const std::string& name) {
  for (const auto& group : groups) {
    if (group.name == name) return group.parameters;
  }
  return -1;
}

// The tiny BERT: 60 words, 24 places, 2 types, width 20, inner width 28.
constexpr std::int64_t kEmbeddings = (60 + 24 + 2) * 20 + 2 * 20;
constexpr std::int64_t kLayer = 4 * (20 * 20 + 20) + (20 * 28 + 28) + (28 * 20 + 20) + 4 * 20;
constexpr std::int64_t kPooler = 20 * 20 + 20;
constexpr std::int64_t kHead = 3 * 20 + 3;

TEST(Inspect, CountsTheEncodersGroups) {
  const runs::Inspection inspection = runs::inspect(tests::tiny_bert());
  EXPECT_EQ(inspection.model_type, "bert");
  EXPECT_EQ(inspection.num_hidden_layers, 3);
  EXPECT_EQ(inspection.num_attention_heads, 4);
  EXPECT_EQ(inspection.hidden_size, 20);
  EXPECT_EQ(inspection.max_position_embeddings, 24);
  EXPECT_EQ(inspection.groups.size(), 5U);
  EXPECT_EQ(parameters_of(inspection.groups, "embeddings"), kEmbeddings);
  EXPECT_EQ(parameters_of(inspection.groups, "layer.2"), kLayer);
  EXPECT_EQ(parameters_of(inspection.groups, "pooler"), kPooler);
  EXPECT_EQ(inspection.total_parameters, kEmbeddings + 3 * kLayer + kPooler);
  EXPECT_TRUE(inspection.labels.empty());
  EXPECT_TRUE(holds(inspection.tokenizer, "60"));
}

TEST(Inspect, KnowsTheHeadOfAWrittenCheckpoint) {
  for (const char* head : {"mean", "native"}) {
    const Workshop shop;
    Json config = Workshop::config();
    config["head"]["type"] = head;
    (void)shop.adapt(config);
    const runs::Inspection inspection = runs::inspect(shop.path() / "out");
    EXPECT_EQ(parameters_of(inspection.groups, "head"), kHead) << head;
    EXPECT_EQ(inspection.labels.size(), 3U) << head;
    EXPECT_TRUE(inspection.unused.empty()) << head;
    EXPECT_TRUE(inspection.missing.empty()) << head;
  }
}

TEST(Inspect, TellsWhatEachPhaseTrains) {
  const Workshop shop;
  Json config = Workshop::source_config();
  config["transfer"] = {{"policy", "gradual"}};
  config["training"]["epochs"] = 6;
  const runs::Inspection inspection = runs::inspect(shop.load(config));
  ASSERT_EQ(inspection.phases.size(), 4U);
  EXPECT_EQ(inspection.phases[0].trainable_parameters, kHead);
  EXPECT_EQ(inspection.phases[1].trainable_parameters, kHead + 2 * kLayer);
  EXPECT_EQ(inspection.phases[3].trainable_parameters, kHead + 3 * kLayer + kEmbeddings);
  EXPECT_EQ(parameters_of(inspection.phases[3].trained, "pooler"), -1);
  std::int64_t epochs = 0;
  for (const auto& phase : inspection.phases) epochs += phase.epochs;
  EXPECT_EQ(epochs, 6);
  ASSERT_EQ(inspection.source_phases.size(), 1U);
  EXPECT_EQ(inspection.source_phases[0].trainable_parameters, kHead + 3 * kLayer);
}

TEST(Validate, CountsTextsAndEstimatesWithoutWriting) {
  const Workshop shop;
  Json config = Workshop::source_config();
  config["encoder"]["max_length"] = 6;
  const runs::Validation validation = runs::validate(shop.load(config));
  EXPECT_EQ(validation.train_examples, 24U);
  EXPECT_EQ(validation.test_examples, 12U);
  EXPECT_EQ(validation.source_examples, 24U);
  EXPECT_EQ(validation.labels, 3U);
  EXPECT_GT(validation.truncated, 0U);
  EXPECT_GT(validation.estimated_seconds, 0);
  EXPECT_LT(validation.estimated_seconds, 600);
  EXPECT_GT(validation.estimated_memory_bytes, 1e6);
  EXPECT_EQ(validation.inspection.phases.size(), 1U);
  EXPECT_FALSE(std::filesystem::exists(shop.path() / "out"));
  EXPECT_FALSE(std::filesystem::exists(shop.path() / "out.partial"));
  EXPECT_FALSE(std::filesystem::exists(shop.path() / "cache"));
}

TEST(Validate, FindsWhatARunWouldStumbleOver) {
  const Workshop shop;
  Json config = Workshop::config();
  config["transfer"] = {{"phases", {{{"epochs", 1}, {"train", {"layer.8"}}}}}};
  EXPECT_TRUE(holds(error_of([&] { (void)runs::validate(shop.load(config)); }), "/transfer/phases/0/train"));
  config = Workshop::config();
  config["encoder"]["max_length"] = 400;
  EXPECT_TRUE(holds(error_of([&] { (void)runs::validate(shop.load(config)); }), "/encoder/max_length"));
  shop.write("train.csv", "text,intent\na,b\nc,b\n");
  EXPECT_TRUE(error_of([&] { (void)runs::validate(shop.load(Workshop::config())); }).starts_with("3: "));
}

TEST(Validate, RefusesWhatARunRefusesInTheSameWords) {
  const Workshop shop;
  const auto refused = [&](const Json& config, int kind, const std::string& part) {
    const std::string run = error_of([&] { (void)shop.adapt(config); });
    EXPECT_TRUE(run.starts_with(concat(kind, ": "))) << run;
    EXPECT_TRUE(holds(run, part));
    EXPECT_EQ(error_of([&] { (void)runs::validate(shop.load(config)); }), run);
  };
  Json config = Workshop::source_config();
  config["training"]["class_weights"] = {{"card_los", 9}, {"balance", 2}};
  refused(config, 2,
          "/training/class_weights: label \"card_los\" is not among the training labels; did you mean \"card_lost\"?");
  config = Workshop::source_config();
  config["source"]["training"]["class_weights"] = {{"card_lost", 9}};
  refused(config, 2, "/source/training/class_weights: label \"card_lost\"");
  config = Workshop::source_config();
  config["source"]["phases"] = {{{"epochs", 1}, {"train", {"layer.8"}}}};
  refused(config, 2, "/source/phases/0/train");
  config = Workshop::config();
  config["source"] = {{"checkpoint", "nowhere"}};
  refused(config, 4, "nowhere");
}

TEST(Validate, RefusesASourceCheckpointOfOtherShapes) {
  const Workshop shop;
  (void)shop.adapt(Workshop::config());
  const auto moved = shop.path() / "elsewhere";
  std::filesystem::rename(shop.path() / "out", moved);
  const auto file = moved / "checkpoint/0_Transformer/config.json";
  Json encoder = Json::parse(read_file(file, ErrorKind::internal));
  encoder["num_hidden_layers"] = 2;  // the third layer's tensors are then left over
  write_file(file, encoder.dump());
  Json config = Workshop::config();
  config["source"] = {{"checkpoint", "elsewhere"}};
  const std::string error = error_of([&] { (void)runs::validate(shop.load(config)); });
  EXPECT_TRUE(error.starts_with("4: ") && holds(error, "has other shapes than")) << error;
}

}  // namespace
