#include "runs/decision.hpp"

#include "runs/workshop.hpp"
#include "transfer_tune/core/error.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <set>

namespace fs = std::filesystem;

namespace {

using namespace tt;
using evaluation::ScopeScore;
using tests::error_of;
using tests::holds;
using tests::Json;
using tests::Workshop;

const tests::Intents kOther{{"oos", "where is the app"}, {"oos", "how is a new friend"}};

/// A config whose out-of-scope texts lie in files of their own.
Json config_with_files(const Workshop& shop) {
  shop.write("oos_validation.csv", Workshop::csv(kOther, 8, "thanks"));
  shop.write("oos_test.csv", Workshop::csv(kOther, 4, "working"));
  Json config = Workshop::config();
  config["target"].erase("validation_fraction");
  config["evaluation"]["out_of_scope"] = {{"validation", "oos_validation.csv"}, {"test", "oos_test.csv"}};
  return config;
}

runs::ModelOptions rejecting(const Workshop& shop) {
  runs::ModelOptions options;
  options.checkpoint = shop.path() / "out";
  options.threads = 1;
  options.reject = true;
  return options;
}

TEST(OutOfScope, WhatTheReportSaysIsWhatTheCheckpointDoes) {
  const Workshop shop;
  for (const char* policy : {"frozen", "top_layers"}) {
    Json config = config_with_files(shop);
    config["transfer"]["policy"] = policy;
    const Json report = shop.adapt(config);
    const Json& scope = report["out_of_scope"];
    const bool by_folds = std::string(policy) == "frozen";
    EXPECT_EQ(scope["chosen_on"], by_folds ? "out_of_fold" : "validation_split") << policy;
    EXPECT_EQ(scope["validation_in_scope"], by_folds ? 24 : 5) << "each training text is held out once, or one fold is";
    EXPECT_EQ(scope["validation_out_of_scope"], 16) << "and each of these answered once";
    EXPECT_EQ(scope["test_in_scope"], 12);
    EXPECT_EQ(scope["test_out_of_scope"], 8);
    EXPECT_EQ(scope["scores"].size(), 4U);
    EXPECT_EQ(scope["files"][1]["texts"], 8);

    runs::Predictor predictor(rejecting(shop));
    std::map<bool, int> rejected;
    double right = 0;
    for (const Json& line : shop.predictions()) {
      const runs::Prediction again = predictor.predict({line["text"].get<std::string>()}).front();
      EXPECT_EQ(again.out_of_scope, *again.scope_score < scope["threshold"].get<double>());
      rejected[again.out_of_scope] += 1;
      right += !again.out_of_scope && line["correct"].get<bool>() ? 1 : 0;
    }
    const auto chosen = std::find_if(scope["scores"].begin(), scope["scores"].end(),
                                     [&](const Json& score) { return score["score"] == scope["score"]; });
    EXPECT_NEAR((*chosen)["in_scope_kept"].get<double>(), rejected[false] / 12.0, 1e-9) << policy;
    EXPECT_NEAR((*chosen)["in_scope_accuracy"].get<double>(), right / 12.0, 1e-9) << policy;
  }
}

TEST(OutOfScope, ALabelInTheDataIsNotLearnt) {
  const Workshop shop;
  shop.write("train.csv", shop.read("train.csv") + "how is a new friend,none,t80,app\nwhere is the app,none,t81,app\n");
  shop.write("test.csv", shop.read("test.csv") + "where is a friend,none,t80,app\n");
  Json config = Workshop::config();
  config["evaluation"]["out_of_scope"] = {{"label", "none"}};
  const Json report = shop.adapt(config);
  EXPECT_EQ(report["data"]["labels"], Json({"balance", "card_lost", "transfer"}));
  EXPECT_EQ(report["data"]["train"]["examples"], 24);
  EXPECT_EQ(report["data"]["train"]["out_of_scope"], 2);
  EXPECT_EQ(report["test"]["examples"], 12);
  EXPECT_EQ(report["out_of_scope"]["test_out_of_scope"], 1);
  EXPECT_FALSE(report["out_of_scope"]["scores"][0]["auroc"].is_null());
  EXPECT_TRUE(report["out_of_scope"]["threshold"].is_null()) << "nothing was held out";

  config["evaluation"]["out_of_scope"] = {{"label", "nonne"}};
  const std::string unknown = error_of([&] { (void)shop.adapt(config); });
  EXPECT_TRUE(unknown.starts_with("2: /evaluation/out_of_scope/label: found \"nonne\"")) << unknown;
  EXPECT_TRUE(holds(unknown, "did you mean \"none\""));
  config["evaluation"]["out_of_scope"] = {{"label", "none"}};
  config["target"]["labels"] = {"balance", "card_lost", "none", "transfer"};
  const std::string both = error_of([&] { (void)shop.adapt(config); });
  EXPECT_TRUE(both.starts_with("2: /target/labels: found \"none\"")) << both;
}

TEST(OutOfScope, ClincFilesKeepThemApart) {
  const Workshop shop;
  Json clinc = Json::parse(R"({"test": [["my card is lost", "card_lost"]], "oos_test": [["a new friend", "oos"]]})");
  shop.write("clinc.json", clinc.dump());
  Json config = Workshop::config();
  config["evaluation"]["out_of_scope"] = {{"test", "clinc.json"}};
  const Json scope = shop.adapt(config)["out_of_scope"];
  EXPECT_EQ(scope["test_out_of_scope"], 1);
  EXPECT_EQ(scope["accepted"][0]["text"], "a new friend");
  clinc.erase("oos_test");
  shop.write("clinc.json", clinc.dump());
  const std::string error = error_of([&] { (void)shop.adapt(config); });
  EXPECT_TRUE(error.starts_with("3: ") && holds(error, "oos_test")) << error;
}

TEST(OutOfScope, ATestFileOfNothingElseIsMeasuredToo) {
  const Workshop shop;
  for (const char* policy : {"frozen", "full"}) {
    shop.write("train.csv", Workshop::csv(tests::kBanking, 8, "please"));
    shop.write("test.csv", "text,intent\nwhere is a friend,none\n");
    Json config = Workshop::config();
    config["transfer"]["policy"] = policy;
    config["evaluation"]["out_of_scope"] = {{"label", "none"}};
    const Json report = shop.adapt(config);
    EXPECT_TRUE(report["test"].is_null());
    EXPECT_TRUE(report["calibration"]["before"].is_null());
    EXPECT_EQ(report["out_of_scope"]["test_in_scope"], 0);
    EXPECT_EQ(report["out_of_scope"]["test_out_of_scope"], 1);
    EXPECT_TRUE(report["out_of_scope"]["scores"][0]["auroc"].is_null());
    EXPECT_TRUE(shop.predictions().empty());
    EXPECT_FALSE(shop.read("out/report.md").empty());
  }
}

TEST(OutOfScope, WithoutATestFileNothingIsMeasured) {
  const Workshop shop;
  Json config = config_with_files(shop);
  config["transfer"]["policy"] = "frozen";
  config["target"].erase("test");
  const Json report = shop.adapt(config);
  EXPECT_TRUE(holds(report["warnings"].dump(), "out-of-scope texts are measured beside a test file alone"));
  EXPECT_EQ(report["out_of_scope"]["test_out_of_scope"], 0);
  EXPECT_FALSE(report["out_of_scope"]["threshold"].is_null());
  EXPECT_FALSE(report["calibration"]["before"].is_null()) << "of the cross-validated answers";
}

TEST(OutOfScope, AnyNumberOfLabelsWillDo) {
  const std::vector<std::string> words{"my", "card", "is", "lost", "what", "account", "balance", "send"};
  for (const std::size_t labels : {std::size_t{2}, std::size_t{500}}) {
    const Workshop shop;
    Json config = config_with_files(shop);
    config["transfer"]["policy"] = "frozen";
    std::string train = "text,intent\n";
    std::string test = train;
    for (std::size_t i = 0; i < 4 * labels; ++i) {
      const std::size_t label = i % labels;
      train += concat(words[label % 8], ' ', words[label / 8 % 8], ' ', words[label / 64], " please ", words[i % 7],
                      ",label", label, '\n');
      if (i < labels)
        test += concat(words[label % 8], ' ', words[label / 8 % 8], ' ', words[label / 64], ",label", label, '\n');
    }
    shop.write("train.csv", train);
    shop.write("test.csv", test);
    const Json report = shop.adapt(config);
    EXPECT_EQ(report["data"]["labels"].size(), labels);
    EXPECT_EQ(report["out_of_scope"]["test_in_scope"], labels);
    EXPECT_FALSE(report["out_of_scope"]["threshold"].is_null()) << labels;
    for (const Json& score : report["out_of_scope"]["scores"]) EXPECT_FALSE(score["auroc"].is_null()) << labels;
    EXPECT_GT(report["calibration"]["temperature"], 0);
    EXPECT_FALSE(report["calibration"]["after"].is_null());
  }
}

TEST(HeldOut, AreTheTextsThatSettingsWereChosenOn) {
  const Workshop shop;
  shop.write("train.csv", Workshop::csv(tests::kBanking, 40, "please"));
  shop.write("validation.csv", Workshop::csv(tests::kBanking, 5, "help"));
  struct Case {
    std::string source;
    Json target;
    int texts;
    bool before_refit;
  };
  for (const char* policy : {"frozen", "top_layers"}) {
    for (const auto& [source, target, texts, before_refit] :
         {Case{"validation_file", {{"validation", "validation.csv"}}, 15, false},
          Case{"validation_split", {{"validation_fraction", 0.5}}, 60, true},
          Case{"validation_split", {{"validation_fraction", 0.1}}, 24, true},
          Case{"out_of_fold", {{"validation_fraction", 0.1}}, 120, false},
          Case{"out_of_fold", {{"validation_fraction", 0}, {"test", nullptr}}, 120, false},
          Case{"none", {{"validation_fraction", 0}}, 0, false}}) {
      Json config = Workshop::config();
      config["transfer"]["policy"] = policy;
      config["training"]["epochs"] = 1;
      config["target"].update(target);
      if (source == "out_of_fold" && target.size() == 1) config["training"]["metric_for_best_model"] = "log_loss";
      const Json report = shop.adapt(config);
      // A solved head is cheap: there, few texts are all held out in place of a part.
      const bool by_folds = source == "validation_split" && std::string(policy) == "frozen";
      const std::string shown = concat(policy, " ", target.dump(), " ", report["calibration"]["reason"].dump());
      if (source == "none") {
        EXPECT_TRUE(report["out_of_scope"].is_null()) << shown;
        EXPECT_EQ(report["calibration"]["temperature"], 1) << shown;
        EXPECT_TRUE(holds(shown, "no texts were held out"));
        continue;
      }
      EXPECT_EQ(report["out_of_scope"]["chosen_on"], by_folds ? "out_of_fold" : source) << shown;
      EXPECT_EQ(report["out_of_scope"]["validation_in_scope"], by_folds ? 120 : texts) << shown;
      EXPECT_EQ(report["out_of_scope"]["before_refit"], before_refit && !by_folds) << shown;
      EXPECT_FALSE(report["out_of_scope"]["threshold"].is_null()) << shown;
    }
  }
}

TEST(Decision, CalibratesEveryAnswerOfTheCheckpoint) {
  const Workshop shop;
  (void)shop.adapt(Workshop::config());
  const fs::path file = shop.path() / "out/checkpoint/decision.json";
  report::Decision decision;
  decision.temperature = 4;
  write_file(file, report::to_json(decision));
  runs::ModelOptions options;
  options.checkpoint = shop.path() / "out";
  options.threads = 1;
  const std::vector<std::string_view> texts{"my card is lost"};
  const runs::Prediction calibrated = runs::Predictor(options).predict(texts).front();
  options.calibrate = false;
  const runs::Prediction plain = runs::Predictor(options).predict(texts).front();
  fs::remove(file);
  options.calibrate = true;
  const runs::Prediction without = runs::Predictor(options).predict(texts).front();
  EXPECT_EQ(plain.probabilities, without.probabilities) << "a checkpoint without a decision works as before";
  EXPECT_EQ(plain.logits, calibrated.logits);
  EXPECT_FALSE(calibrated.scope_score);
  for (std::size_t i = 1; i < plain.probabilities.size(); ++i) {
    EXPECT_NEAR(std::log(calibrated.probabilities[0] / calibrated.probabilities[i]),
                std::log(plain.probabilities[0] / plain.probabilities[i]) / 4, 1e-9);
  }
}

TEST(Decision, EvaluateMeasuresCalibratedProbabilities) {
  const Workshop shop;
  (void)shop.adapt(Workshop::config());
  report::Decision decision;
  decision.temperature = 100;
  write_file(shop.path() / "out/checkpoint/decision.json", report::to_json(decision));
  runs::EvaluateOptions options;
  options.model.checkpoint = shop.path() / "out";
  options.model.threads = 1;
  options.data = shop.path() / "test.csv";
  options.label_column = "intent";
  const double hot = Json::parse(runs::evaluate(options).json)["log_loss"];
  EXPECT_NEAR(hot, std::log(3.0), 0.05) << "nearly uniform";
  options.model.calibrate = false;
  EXPECT_NE(Json::parse(runs::evaluate(options).json)["log_loss"].get<double>(), hot);
}

TEST(Decision, ThatCannotBeUsedIsNamed) {
  const Workshop shop;
  (void)shop.adapt(Workshop::config());
  const fs::path file = shop.path() / "out/checkpoint/decision.json";
  const auto error = [&] { return error_of([&] { runs::Predictor predictor(rejecting(shop)); }); };
  EXPECT_TRUE(error().starts_with(concat("4: ", file.string(), ": /threshold: found null"))) << error();
  write_file(file, "{\"temperature\": 1");
  EXPECT_TRUE(error().starts_with(concat("4: ", file.string(), ": "))) << error();
  EXPECT_TRUE(holds(error_of([&] { (void)shop.predictor(); }), "not JSON")) << "also without --reject";
  fs::remove(file);
  EXPECT_TRUE(error().starts_with(concat("4: ", file.string(), ": no such file"))) << error();
  EXPECT_EQ(error_of([&] { (void)shop.predictor(); }), "");
}

/// Texts of two labels in three dimensions, and what each score needs of them.
struct References {
  References() {
    const evaluation::ReferenceTexts texts{3, {1, 0, 0, 0.9F, 0.1F, 0, 0, 1, 0, 0, 0.8F, 0.3F}, {0, 0, 1, 1}};
    reference = {evaluation::fit_class_gaussians(texts), evaluation::make_neighbourhood(texts, 2)};
  }
  runs::ScopeReference reference;
};

TEST(Decision, ItsReferenceSurvivesTheCheckpoint) {
  const tests::TemporaryDirectory directory;
  const References given;
  const at::Tensor features = at::tensor({0.5, 0.4, -0.2, 0.0, 0.1, 0.9}, at::kFloat).view({2, 3});
  for (const ScopeScore score : {ScopeScore::knn, ScopeScore::mahalanobis}) {
    report::Decision decision;
    decision.score = score;
    decision.neighbours = score == ScopeScore::knn ? 2 : 0;
    runs::write_decision(directory.path(), decision, given.reference);
    const runs::ScopeReference read = runs::read_reference(directory.path(), *runs::read_decision(directory.path()), 3);
    EXPECT_EQ(runs::score_texts(score, {}, features, 1, read),
              runs::score_texts(score, {}, features, 1, given.reference));
    EXPECT_NE(error_of([&] { (void)runs::read_reference(directory.path(), decision, 4); }), "") << "another encoder";
  }
}

TEST(Decision, AReferenceThatDoesNotFitIsNamed) {
  const tests::TemporaryDirectory directory;
  const fs::path file = directory.path() / "decision.safetensors";
  report::Decision decision;
  decision.score = ScopeScore::knn;
  decision.neighbours = 1;
  const auto error = [&] { return error_of([&] { (void)runs::read_reference(directory.path(), decision, 3); }); };
  EXPECT_TRUE(error().starts_with("4: ") && holds(error(), file.string())) << "missing: " << error();
  for (const at::Tensor& texts : {at::zeros({2, 4}), at::zeros({0, 3}), at::zeros({3}), at::zeros({2, 3}, at::kDouble),
                                  at::full({2, 3}, std::nan(""))}) {
    checkpoint::write_safetensors(file, {{"texts", texts}});
    EXPECT_TRUE(error().starts_with(concat("4: ", file.string(), ": expected a tensor \"texts\""))) << error();
  }
  checkpoint::write_safetensors(file, {{"rows", at::zeros({2, 3})}});
  EXPECT_TRUE(holds(error(), "expected a tensor \"texts\" of finite Float values and shape [any, 3]"));
  checkpoint::write_safetensors(file, {{"texts", at::ones({2, 3})}});
  EXPECT_EQ(error(), "");
}

}  // namespace
