#include "runs/workshop.hpp"
#include "transfer_tune/device/device.hpp"
#include "transfer_tune/ops/kernel_set.hpp"
#include "transfer_tune/record/run_report.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

namespace {

namespace fs = std::filesystem;
using namespace tt;
using tests::error_of;
using tests::holds;
using tests::Json;
using tests::Workshop;

class Policies : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(Policies, LeaveACheckpointThatGivesTheReportedAnswers) {
  const auto& [policy, head] = GetParam();
  const Workshop shop;
  Json config = Workshop::config();
  config["transfer"]["policy"] = policy;
  if (policy == "top_layers") config["transfer"]["layers"] = 1;
  config["training"]["epochs"] = 5;
  config["head"]["type"] = head;
  const Json report = shop.adapt(config);

  for (const char* file : {"report.md", "report.html", "config.resolved.json", "log.jsonl", "predictions.jsonl"}) {
    EXPECT_TRUE(fs::is_regular_file(shop.path() / "out" / file)) << file;
  }
  EXPECT_FALSE(fs::exists(shop.path() / "out.partial"));
  EXPECT_EQ(report["schema_version"], report::kSchemaVersion);
  EXPECT_EQ(report["environment"]["kernels"], ops::kernel_set().name);
  EXPECT_NE(report["environment"]["products"], "");
  EXPECT_EQ(report["policy"]["name"], policy);
  EXPECT_EQ(report["head"]["type"], head);
  EXPECT_EQ(report["data"]["train_examples"], 24);
  EXPECT_TRUE(report["source"].is_null());
  EXPECT_TRUE(report["cross_validation"].is_null());
  EXPECT_EQ(report["policy"]["phases"].size(), policy == "gradual" ? 4U : 1U);
  EXPECT_GT(report["test"]["accuracy"], report["baselines"]["majority"]["accuracy"]);

  const std::vector<Json> lines = shop.predictions();
  ASSERT_EQ(lines.size(), 12U);
  runs::Predictor predictor = shop.predictor();
  EXPECT_EQ(predictor.labels(), (std::vector<std::string>{"balance", "card_lost", "transfer"}));
  double correct = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Json& line = lines[i];
    const std::string text = line["text"];
    const runs::Prediction again = predictor.predict({text}).front();
    EXPECT_EQ(line["index"], i);
    EXPECT_EQ(line["prediction"], predictor.labels()[again.label.value()]);
    for (const Json& entry : line["top3"]) {
      const auto& labels = predictor.labels();
      const auto id = std::find(labels.begin(), labels.end(), entry["label"].get<std::string>()) - labels.begin();
      EXPECT_NEAR(entry["probability"].get<double>(), again.probabilities[static_cast<std::size_t>(id)], 1e-5) << text;
    }
    correct += line["prediction"] == line["label"] ? 1 : 0;
  }
  EXPECT_DOUBLE_EQ(report["test"]["accuracy"].get<double>(), correct / 12);
}

INSTANTIATE_TEST_SUITE_P(Each, Policies,
                         testing::Combine(testing::Values("frozen", "top_layers", "full", "gradual"),
                                          testing::Values("mean", "native")),
                         [](const auto& policy) {
                           return std::get<0>(policy.param) + "_" + std::get<1>(policy.param);
                         });

TEST(Adapt, ThePoolerIsWrittenBackUntouchedUnderTheMeanHead) {
  const Workshop shop;
  Json config = Workshop::config();
  config["training"]["probe_first"] = false;
  (void)shop.adapt(config);
  const auto before = tests::pretrained();
  const auto after = shop.written_encoder();
  ASSERT_EQ(after.size(), before.size());
  for (const auto& [name, value] : before) {
    // Rows of the tables that never occur may only shrink; everything else but the pooler has moved.
    EXPECT_EQ(at::equal(after.at(name), value), name.starts_with("pooler.")) << name;
  }
}

TEST(Adapt, AFrozenEncoderIsWrittenBackBitIdentical) {
  const Workshop shop;
  Json config = Workshop::held_out_config("frozen");
  config.erase("head");
  const Json report = shop.adapt(config);
  for (const auto& [name, value] : tests::pretrained()) {
    EXPECT_TRUE(at::equal(shop.written_encoder().at(name), value)) << name;
  }
  EXPECT_EQ(report["policy"]["trainable_parameters"], 63);
  EXPECT_FALSE(report["training"]["candidates_C"].empty());
}

TEST(Adapt, FrozenLayersInEightBitsAreSaidToBeAndComparedWithTheExactOnes) {
  if (!device::detect_capability().cpu_int8) GTEST_SKIP() << "this CPU has no 8-bit products";
  for (const char* policy : {"frozen", "top_layers", "full"}) {
    const Workshop shop;
    Json config = Workshop::config();
    config["transfer"]["policy"] = policy;
    if (config["transfer"]["policy"] == "top_layers") config["transfer"]["layers"] = 1;
    config["training"]["frozen_int8"] = true;
    const Json report = shop.adapt(config);
    EXPECT_EQ(report["environment"]["frozen_int8"], true);
    EXPECT_EQ(report["test"]["int8"]["texts"], 12);
    // The figures are those of the checkpoint as it was written, which is in fp32.
    EXPECT_EQ(report["test"]["int8"]["accuracy_exact"], report["test"]["accuracy"]) << policy;
    EXPECT_GE(report["test"]["int8"]["same_answers"], 0.8) << policy;
    EXPECT_GT(report["test"]["accuracy"], report["baselines"]["majority"]["accuracy"]) << policy;
  }
}

TEST(Adapt, TheSeedDecidesThePredictions) {
  const Workshop shop;
  Json config = Workshop::config();
  config["training"]["probe_first"] = false;
  (void)shop.adapt(config);
  const std::string first = shop.read("out/predictions.jsonl");
  (void)shop.adapt(config);
  EXPECT_EQ(shop.read("out/predictions.jsonl"), first);
  config["training"]["seed"] = 8;
  (void)shop.adapt(config);
  EXPECT_NE(shop.read("out/predictions.jsonl"), first);
}

TEST(Adapt, TheResolvedConfigGivesTheSameRun) {
  const Workshop shop;
  (void)shop.adapt(Workshop::config());
  const std::string first = shop.read("out/predictions.jsonl");
  (void)shop.adapt(Json::parse(shop.read("out/config.resolved.json")));
  EXPECT_EQ(shop.read("out/predictions.jsonl"), first);
}

TEST(Adapt, ExplicitPhasesAreReportedAsTheyRan) {
  const Workshop shop;
  Json config = Workshop::config();
  config["training"]["probe_first"] = false;
  config["transfer"] = {{"phases",
                         {{{"epochs", 1}, {"train", {"head"}}},
                          {{"epochs", 2},
                           {"train", {"head", "layer.last-2"}},
                           {"learning_rate", {{"head", 1e-3}, {"layer.last-2", 2e-4}}},
                           {"layer_decay", 0.5}}}}};
  const Json report = shop.adapt(config);
  const Json& phases = report["policy"]["phases"];
  ASSERT_EQ(phases.size(), 2U);
  EXPECT_EQ(phases[1]["epochs"], 2);
  EXPECT_EQ(phases[1]["train"], Json({"head", "layer.last-2"}));
  for (const Json& group : phases[1]["groups"]) {
    const double expected = group["name"] == "head" ? 1e-3 : group["name"] == "layer.2" ? 2e-4 : 1e-4;
    EXPECT_NEAR(group["learning_rate"].get<double>(), expected, 1e-12) << group["name"];
  }
  for (const auto& [name, value] : tests::pretrained()) {
    const bool trained = name.starts_with("encoder.layer.1.") || name.starts_with("encoder.layer.2.");
    EXPECT_EQ(at::equal(shop.written_encoder().at(name), value), !trained) << name;
  }
}

TEST(Adapt, WithoutATestFileTheFiguresAreCrossValidated) {
  for (const char* policy : {"frozen", "top_layers"}) {
    const Workshop shop;
    Json config = Workshop::config();
    config["target"].erase("test");
    config["transfer"]["policy"] = policy;
    const Json report = shop.adapt(config);
    EXPECT_TRUE(report["test"].is_null());
    EXPECT_EQ(report["cross_validation"]["examples"], 24);
    EXPECT_EQ(shop.predictions().size(), 24U);
    EXPECT_FALSE(report["warnings"].empty());
    EXPECT_TRUE(holds(report["warnings"].dump(), "cross-validated"));
    EXPECT_GT(report["cross_validation"]["accuracy"], 0.34);
  }
}

TEST(Adapt, ALabelsOnlyTextIsNotCrossValidated) {
  for (const char* policy : {"frozen", "full"}) {
    const Workshop shop;
    Json config = Workshop::config();
    config["target"].erase("test");
    config["transfer"]["policy"] = policy;
    // In the middle, so that positions after it differ from counts.
    std::string texts = shop.read("train.csv");
    texts.insert(texts.find('\n') + 1, "a new friend,aardvark,t99,app\n");
    shop.write("train.csv", texts);
    const Json report = shop.adapt(config);
    EXPECT_EQ(report["cross_validation"]["examples"], 24) << policy;
    EXPECT_EQ(report["cross_validation"]["per_class"][0]["support"], 0) << policy;
    EXPECT_TRUE(holds(report["warnings"].dump(), "but for 1 whose labels have no other text")) << report["warnings"];
    const auto predictions = shop.predictions();
    ASSERT_EQ(predictions.size(), 24U);
    EXPECT_EQ(predictions.front()["index"], 1);
    EXPECT_EQ(predictions.front()["label"], "card_lost");
    EXPECT_EQ(predictions.back()["index"], 24);
  }
}

TEST(Adapt, WithOneTextALabelAndNoTestFileThereAreNoFigures) {
  for (const char* policy : {"frozen", "full"}) {
    const Workshop shop;
    Json config = Workshop::config();
    config["target"].erase("test");
    config["target"]["shots"] = 1;
    config["transfer"]["policy"] = policy;
    const Json report = shop.adapt(config);
    EXPECT_TRUE(report["cross_validation"].is_null());
    EXPECT_TRUE(report["baselines"]["majority"].is_null());
    EXPECT_TRUE(holds(report["warnings"].dump(), "there are no figures")) << report["warnings"];
    EXPECT_TRUE(shop.predictions().empty());
    EXPECT_TRUE(holds(shop.read("out/report.md"), "adapted, not tested"));
    EXPECT_EQ(shop.predictor().labels().size(), 3U);
  }
}

TEST(Adapt, WithTooFewTextsForASplitEpochsAreChosenByCrossValidation) {
  const Workshop shop;
  Json config = Workshop::config();
  config["target"].erase("validation_fraction");
  config["training"]["metric_for_best_model"] = "accuracy";
  const Json report = shop.adapt(config);
  EXPECT_EQ(report["data"]["validation_strategy"], "cross_validation");
  EXPECT_EQ(report["data"]["folds"], 5);
  EXPECT_EQ(report["training"]["per_epoch"].size(), 4U);
  EXPECT_EQ(report["training"]["epochs"], report["training"]["best_epoch"]);
  EXPECT_EQ(report["training"]["examples"], 24);
  EXPECT_EQ(holds(report["warnings"].dump(), "no epoch of tuning was kept"), report["training"]["best_epoch"] == 0);
  double best = 0;
  for (const Json& row : report["training"]["per_epoch"]) best = std::max<double>(best, row["validation_accuracy"]);
  EXPECT_EQ(report["training"]["per_epoch"][report["training"]["best_epoch"].get<std::size_t>()]["validation_accuracy"],
            best);
}

TEST(Adapt, TellsWhereTrainingDidHarm) {
  const Workshop shop;
  shop.write("train.csv", Workshop::csv(tests::kBanking, 150, "please"));
  Json config = Workshop::held_out_config("full");
  EXPECT_FALSE(holds(shop.adapt(config)["warnings"].dump(), "training did harm"));
  config["training"]["learning_rate"] = 1;
  const Json report = shop.adapt(config);
  EXPECT_TRUE(holds(report["warnings"].dump(), "lower training.learning_rate")) << report["training"]["per_epoch"];
}

TEST(Adapt, WithoutAMetricEveryEpochTrainsAndOnePartIsHeldOutForTheCalibration) {
  const Workshop shop;
  for (const double fraction : {0.1, 0.5}) {  // too small a split, of which a fold takes the place; and one by itself
    Json config = Workshop::config();
    config["target"]["validation_fraction"] = fraction;
    shop.write("train.csv", Workshop::csv(tests::kBanking, 40, "please"));
    const Json report = shop.adapt(config);
    const Json& training = report["training"];
    EXPECT_TRUE(training["best_epoch"].is_null());
    EXPECT_EQ(training["epochs"], 3);
    EXPECT_EQ(training["examples"], 120);
    EXPECT_EQ(training["held_out"], fraction == 0.1 ? 24 : 60);
    EXPECT_TRUE(training["refitted"].get<bool>());
    EXPECT_EQ(training["per_epoch"].size(), 3U) << "the solved head, and half of the epochs";
    EXPECT_FALSE(training["per_epoch"][2]["validation_log_loss"].is_null());
    EXPECT_EQ(report["calibration"]["fitted_on"], "validation_split");
    EXPECT_EQ(report["calibration"]["texts"], training["held_out"]);
  }
}

TEST(Adapt, ShotsKeepAsManyTextsOfEachLabel) {
  const Workshop shop;
  Json config = Workshop::config();
  config["target"]["shots"] = 3;
  const Json report = shop.adapt(config);
  EXPECT_EQ(report["data"]["shots"], 3);
  EXPECT_EQ(report["data"]["train"]["examples"], 24);
  EXPECT_EQ(report["data"]["train"]["used"], 9);
  EXPECT_EQ(report["training"]["examples"], 9);
}

TEST(Adapt, AValidationFileDecidesTheBestEpoch) {
  const Workshop shop;
  shop.write("validation.csv", Workshop::csv(tests::kBanking, 2, "help"));
  Json config = Workshop::config();
  config["target"]["validation"] = "validation.csv";
  for (const char* metric : {"accuracy", "macro_f1", "log_loss"}) {
    config["training"]["metric_for_best_model"] = metric;
    const Json report = shop.adapt(config);
    EXPECT_EQ(report["data"]["validation_strategy"], "given");
    EXPECT_EQ(report["data"]["validation_examples"], 6);
    EXPECT_EQ(report["training"]["selection_metric"], metric);
    EXPECT_EQ(report["training"]["examples"], 24);
    EXPECT_FALSE(report["training"]["refitted"].get<bool>());
    ASSERT_EQ(report["training"]["per_epoch"].size(), 4U);  // the solved head first
    const std::string column = std::string("validation_") + metric;
    const double sign = column == "validation_log_loss" ? -1 : 1;
    const Json& rows = report["training"]["per_epoch"];
    const Json& best = rows[report["training"]["best_epoch"].get<std::size_t>()];
    for (const Json& row : rows) {
      EXPECT_LE(sign * row[column].get<double>(), sign * best[column].get<double>()) << metric;
    }
  }
}

TEST(Adapt, FiguresByFoldsLeaveTheFinalModelAsItIs) {
  const Workshop shop;
  shop.write("validation.csv", Workshop::csv(tests::kBanking, 4, "thanks"));
  Json config = Workshop::config();
  config["target"]["validation"] = "validation.csv";
  (void)shop.adapt(config);
  const checkpoint::NamedTensors with_test_file = shop.written_encoder();
  config["target"].erase("test");
  EXPECT_FALSE(shop.adapt(config)["cross_validation"].is_null());
  for (const auto& [name, value] : shop.written_encoder())
    EXPECT_TRUE(at::equal(value, with_test_file.at(name))) << name;
}

TEST(Adapt, ASplitIsJoinedBackUnlessToldOtherwise) {
  const Workshop shop;
  shop.write("train.csv", Workshop::csv(tests::kBanking, 40, "please"));
  Json config = Workshop::config();
  config["target"]["validation_fraction"] = 0.5;
  for (const char* policy : {"frozen", "top_layers"}) {
    config["transfer"]["policy"] = policy;
    for (const bool refit : {true, false}) {
      config["training"]["refit"] = refit;
      const Json report = shop.adapt(config);
      EXPECT_EQ(report["data"]["validation_strategy"], "split");
      EXPECT_EQ(report["data"]["validation_examples"], 60);
      EXPECT_EQ(report["training"]["refitted"].get<bool>(), refit) << policy;
      EXPECT_EQ(report["training"]["examples"], refit ? 120 : 60) << policy;
    }
  }
}

TEST(Adapt, SmoothingAndClassWeightsReachTheTraining) {
  const Workshop shop;
  for (const char* policy : {"frozen", "full"}) {
    Json config = Workshop::config();
    config["transfer"]["policy"] = policy;
    const Json plain = shop.adapt(config)["test"];
    config["training"]["label_smoothing_factor"] = 0.3;
    EXPECT_NE(shop.adapt(config)["test"]["log_loss"], plain["log_loss"]) << policy;
    config["training"]["label_smoothing_factor"] = 0;
    config["training"]["class_weights"] = {{"balance", 20.0}};
    const Json weighted = shop.adapt(config)["test"];
    EXPECT_GE(weighted["per_class"][0]["predicted"], plain["per_class"][0]["predicted"]) << policy;
    EXPECT_NE(weighted["log_loss"], plain["log_loss"]) << policy;
    // The labels are balanced as they are.
    config["training"]["class_weights"] = "balanced";
    EXPECT_NEAR(shop.adapt(config)["test"]["log_loss"].get<double>(), plain["log_loss"].get<double>(), 1e-3) << policy;
  }
}

TEST(Adapt, TrainingLossIsWhatWasMinimisedForEitherHead) {
  const Workshop shop;
  for (const char* policy : {"frozen", "full"}) {
    Json config = Workshop::config();
    config["transfer"]["policy"] = policy;
    config["training"]["label_smoothing_factor"] = 0.3;
    const Json report = shop.adapt(config);
    const auto labels = report["data"]["labels"].size();
    const double other = 0.3 / static_cast<double>(labels);
    const double right = 0.7 + other;
    // No probabilities have a smaller smoothed loss than the smoothed labels themselves.
    const double least = -right * std::log(right) - static_cast<double>(labels - 1) * other * std::log(other);
    EXPECT_GE(report["training"]["per_epoch"].back()["train_loss"].get<double>(), least - 1e-6) << policy;
  }
}

TEST(Adapt, IdsAndSlicesAreCarriedThrough) {
  const Workshop shop;
  Json config = Workshop::config();
  config["target"]["id_column"] = "id";
  config["evaluation"]["slice_by"] = {"channel"};
  const Json report = shop.adapt(config);
  EXPECT_EQ(shop.predictions()[3]["id"], "t3");
  const Json& slices = report["test"]["slices"];
  ASSERT_EQ(slices.size(), 1U);
  EXPECT_EQ(slices[0]["column"], "channel");
  EXPECT_EQ(slices[0]["values"][0]["value"], "app");
  EXPECT_EQ(slices[0]["values"][0]["count"], 6);
}

TEST(Adapt, AnExistingDirectoryIsRefused) {
  const Workshop shop;
  (void)shop.adapt(Workshop::config());
  const std::string report = shop.read("out/report.json");
  const std::string error = error_of([&] { (void)runs::adapt(shop.load(Workshop::config()), {}); });
  EXPECT_TRUE(holds(error, "out"));
  EXPECT_EQ(shop.read("out/report.json"), report);
}

TEST(Adapt, AFailedRunLeavesItsLogAndNoDirectory) {
  const Workshop shop;
  shop.write("test.csv", "text,label\nmy card,card_lost\n");
  const std::string error = error_of([&] { (void)shop.adapt(Workshop::config()); });
  EXPECT_TRUE(error.starts_with("3: ")) << error;
  EXPECT_TRUE(holds(error, "test.csv"));
  EXPECT_FALSE(fs::exists(shop.path() / "out"));
  EXPECT_TRUE(holds(shop.read("out.partial/log.jsonl"), "\"message\""));
  EXPECT_EQ(std::distance(fs::directory_iterator(shop.path() / "out.partial"), fs::directory_iterator{}), 2);
}

TEST(Adapt, AFailedRunKeepsWhatItWasToOverwrite) {
  const Workshop shop;
  (void)shop.adapt(Workshop::config());
  const std::string report = shop.read("out/report.json");
  shop.write("train.csv", "");
  EXPECT_NE(error_of([&] { (void)shop.adapt(Workshop::config()); }), "");
  EXPECT_EQ(shop.read("out/report.json"), report);
}

TEST(Adapt, ConfigErrorsNameTheirPointer) {
  const Workshop shop;
  const auto error_with = [&](const char* pointer, const Json& value) {
    Json config = Workshop::config();
    config[Json::json_pointer(pointer)] = value;
    return error_of([&] { (void)shop.adapt(config); });
  };
  const std::string rule = error_with("/transfer", {{"phases", {{{"epochs", 1}, {"train", {"head", "layer.9"}}}}}});
  EXPECT_TRUE(rule.starts_with("2: ")) << rule;
  EXPECT_TRUE(holds(rule, "/transfer/phases/0/train"));
  EXPECT_TRUE(holds(rule, "layer.9"));
  EXPECT_TRUE(holds(rule, "embeddings, layer.0, layer.1, layer.2, head"));
  const std::string pooler = error_with("/transfer", {{"phases", {{{"epochs", 1}, {"train", {"pooler"}}}}}});
  EXPECT_TRUE(holds(pooler, "/transfer/phases/0/train"));
  const std::string depth = error_with("/transfer", {{"policy", "top_layers"}, {"layers", 4}});
  EXPECT_TRUE(holds(depth, "/transfer/policy"));
  const std::string length = error_with("/encoder/max_length", 25);
  EXPECT_TRUE(holds(length, "/encoder/max_length"));
  const std::string weights = error_with("/training/class_weights", {{"balanse", 2.0}});
  EXPECT_TRUE(holds(weights, "/training/class_weights"));
  EXPECT_TRUE(holds(weights, "balanse"));
}

TEST(Adapt, LongTextsAreCutCountedAndReported) {
  const Workshop shop;
  Json config = Workshop::config();
  config["encoder"]["max_length"] = 5;
  const Json report = shop.adapt(config);
  EXPECT_EQ(report["data"]["train"]["truncated"], 24);
  EXPECT_TRUE(holds(shop.read("out/log.jsonl"), "36 texts are longer than 5 tokens"));
}

TEST(Adapt, UnknownTestLabelsCountAsWrong) {
  const Workshop shop;
  shop.write("test.csv", "text,intent\nmy card is lost,card_lost\nopen the app,app_open\n");
  const Json report = shop.adapt(Workshop::config());
  EXPECT_EQ(report["test"]["unknown_labels"], 1);
  EXPECT_LE(report["test"]["accuracy"], 0.5);
  EXPECT_EQ(report["data"]["unseen_test_labels"], Json({"app_open"}));
  EXPECT_TRUE(shop.predictions()[1]["label_probability"].is_null());
}

}  // namespace
