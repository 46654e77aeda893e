#include "runs/decision.hpp"
#include "runs/stage_data.hpp"

#include "runs/workshop.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace tt;
using tests::error_of;
using tests::holds;
using tests::Json;
using tests::Workshop;

/// The channel stands for the language.
Json by_channel(const std::string& policy = "frozen") {
  Json config = Workshop::held_out_config(policy);
  config["target"]["language_column"] = "channel";
  return config;
}

TEST(Languages, StandInTheReportOfEveryRun) {
  const Workshop shop;
  const Json report = shop.adapt(by_channel());
  const Json& languages = report["test"]["languages"];
  EXPECT_EQ(languages["column"], "channel");
  ASSERT_EQ(languages["by_language"].size(), 2U);
  EXPECT_EQ(languages["by_language"][0]["language"], "app");
  EXPECT_EQ(languages["by_language"][0]["texts"], 6);
  EXPECT_EQ(languages["by_language"][0]["trained_texts"], 12);
  EXPECT_FALSE(languages["by_language"][0]["kept"].is_null()) << "a threshold was chosen";
  EXPECT_TRUE(languages["zero_shot"].is_null());
  EXPECT_EQ(languages["trained"]["languages"], 2);
  EXPECT_EQ(report["data"]["languages"]["counts"][1],
            (Json{{"language", "web"}, {"train", 12}, {"validation", 0}, {"test", 6}, {"unlabelled", 0}}));
  EXPECT_EQ(report["calibration"]["languages"].size(), 2U);
  EXPECT_EQ(report["out_of_scope"]["languages"].size(), 2U);
  EXPECT_EQ(shop.predictions()[1]["language"], "web");
  EXPECT_TRUE(holds(shop.read("out/report.html"), "id=\"languages\""));
  const Json decision = Json::parse(shop.read("out/checkpoint/decision.json"));
  EXPECT_EQ(decision["language_column"], "channel");
  EXPECT_EQ(decision["languages"][0]["training_texts"], 12);
}

TEST(Languages, OneFileTrainsInSomeAndTestsInOthers) {
  const Workshop shop;
  Json config = by_channel();
  config["target"]["languages"] = {"web"};
  config["target"].erase("test");
  config["target"]["id_column"] = "id";
  const Json report = shop.adapt(config);
  EXPECT_EQ(report["training"]["examples"], 12);
  EXPECT_EQ(report["data"]["train"]["examples"], 24);
  EXPECT_EQ(report["data"]["train"]["used"], 12);
  EXPECT_EQ(report["data"]["languages"]["trained_on"], Json({"web"}));
  EXPECT_EQ(report["data"]["languages"]["left_out"], 12);
  EXPECT_TRUE(
      holds(report["data"]["warnings"].dump(), "the figures are of the 12 texts of the training file in other"));
  EXPECT_EQ(report["test"]["examples"], 12);
  EXPECT_EQ(report["test"]["languages"]["zero_shot"]["languages"], 1);
  EXPECT_TRUE(report["test"]["languages"]["trained"].is_null());
  EXPECT_EQ(report["test"]["languages"]["by_language"][0]["trained_texts"], 0);
  const std::vector<Json> lines = shop.predictions();
  ASSERT_EQ(lines.size(), 12U);
  for (const Json& line : lines) {
    EXPECT_EQ(line["language"], "app");
    EXPECT_EQ(line["id"], concat("t", line["index"].get<int>())) << "its place in the file";
  }

  config["target"]["test"] = "test.csv";
  const Json both = shop.adapt(config)["test"]["languages"];
  EXPECT_EQ(both["trained"]["languages"], 1);
  EXPECT_EQ(both["zero_shot"]["languages"], 1);
}

TEST(Languages, TranslationsAreHeldOutTogether) {
  training::EncodedSet set;
  for (std::int32_t i = 0; i < 90; ++i) {
    set.sequences.append(std::vector<std::int32_t>{i});
    set.labels.push_back(i % 30 % 4);
    set.languages.push_back(i / 30);
    set.sentences.push_back(i % 30);
  }
  std::map<std::size_t, std::size_t> times;
  for (const data::Split& fold : runs::usable_folds(set, 5, 7)) {
    std::map<std::int32_t, int> sentences;
    for (const std::size_t i : fold.held_out) {
      ++sentences[set.sentences[i]];
      ++times[i];
    }
    for (const auto& [sentence, texts] : sentences) EXPECT_EQ(texts, 3) << sentence;
    EXPECT_EQ(fold.held_out.size() + fold.train.size(), set.size());
  }
  EXPECT_EQ(times.size(), set.size());
  EXPECT_EQ(runs::cross_validated_texts(set).size(), set.size());

  runs::StageData stage;
  stage.train = set;
  config::DataConfig config;
  config.validation_fraction = 0.1;
  runs::choose_selection(stage, config, 7);
  EXPECT_EQ(stage.report.validation_strategy, report::Validation::cross_validation) << "30 sentences are too few";

  // A label with one sentence alone is not held out, in however many languages that is.
  for (const std::size_t i : {0U, 30U, 60U}) set.labels[i] = 9;
  for (const std::size_t i : runs::cross_validated_texts(set)) EXPECT_NE(set.labels[i], 9);
}

class LanguageNeutral : public testing::TestWithParam<std::string> {};

TEST_P(LanguageNeutral, IsTheHeadWhereUnlabelledTextsAreOfOtherLanguages) {
  const Workshop shop;
  shop.write("pool.csv", Workshop::csv(tests::kBanking, 12, "thanks"));
  Json config = by_channel(GetParam());
  config["target"]["unlabelled"] = "pool.csv";
  config["target"]["languages"] = {"web"};
  const Json report = shop.adapt(config);
  const Json& learnt = report["training"]["self_training"];
  EXPECT_EQ(learnt["candidates"].size(), 2U) << "the texts held out only say what it costs";
  EXPECT_EQ(learnt["balance"], 0.5) << learnt["reason"];
  EXPECT_TRUE(holds(learnt["reason"].get<std::string>(), "no training text is of"));
  const Json& neutral = report["training"]["language_neutral"];
  EXPECT_EQ(neutral["untrained"], Json({"app"}));
  EXPECT_EQ(neutral["directions"], 1);
  EXPECT_EQ(neutral["used"], true) << neutral["reason"];
  EXPECT_TRUE(neutral["accuracy_with"].is_number());
  EXPECT_TRUE(neutral["accuracy_without"].is_number());
  EXPECT_TRUE(holds(shop.read("out/report.html"), "The head lies outside of the 1 direction in which"));
  const std::vector<Json> with = shop.predictions();

  config["target"]["language_neutral"] = false;
  EXPECT_TRUE(shop.adapt(config)["training"]["language_neutral"].is_null());
  EXPECT_NE(shop.predictions(), with);
}

INSTANTIATE_TEST_SUITE_P(Each, LanguageNeutral, testing::Values("frozen", "full"),
                         [](const auto& policy) { return policy.param; });

TEST(Languages, AskedForANeutralHeadTheTrainedOnesGiveTheDirections) {
  const Workshop shop;
  Json config = by_channel();
  EXPECT_TRUE(shop.adapt(config)["training"]["language_neutral"].is_null());
  config["target"]["language_neutral"] = true;
  const Json neutral = shop.adapt(config)["training"]["language_neutral"];
  EXPECT_EQ(neutral["directions"], 1);
  EXPECT_EQ(neutral["used"], true);
  EXPECT_EQ(neutral["untrained"], Json::array());

  config["target"].erase("language_column");
  EXPECT_TRUE(holds(error_of([&] { (void)shop.adapt(config); }), "which goes with a language_column alone"));
}

TEST(Languages, ThatAreNotThereAreNamedTogether) {
  const Workshop shop;
  Json config = by_channel();
  config["target"]["languages"] = {"webb", "app", "fr"};
  const std::string error = error_of([&] { (void)shop.adapt(config); });
  EXPECT_TRUE(error.starts_with("3: ")) << error;
  EXPECT_TRUE(holds(error,
                    "train.csv: no text is of the language \"webb\" (target.languages); found: \"app\", \"web\"; did "
                    "you mean \"web\"?"))
      << error;
  EXPECT_TRUE(holds(error, "no text is of the language \"fr\"")) << error;
  config = by_channel();
  shop.write("test.csv", "text,intent\nmy card,card_lost\n");
  EXPECT_TRUE(holds(error_of([&] { (void)shop.adapt(config); }), "no column \"channel\" (language_column)"));
}

TEST(Languages, WhatLooksWrongWithTheColumnIsSaid) {
  const Workshop shop;
  shop.write("test.csv", "text,intent,channel\nmy card,card_lost,\nmy card is lost,card_lost,App\n");
  const std::string warnings = shop.adapt(by_channel())["data"]["warnings"].dump();
  EXPECT_TRUE(holds(warnings, "1 of 2 texts have nothing in the column"));
  EXPECT_TRUE(holds(warnings, "languages that differ in spelling alone count as different: \\\"App\\\", \\\"app\\\""));
}

TEST(Languages, EvaluateKnowsWhatWasTrainedOn) {
  const Workshop shop;
  Json config = by_channel();
  config["target"]["languages"] = {"web"};
  const Json report = shop.adapt(config);
  runs::EvaluateOptions options;
  options.model.checkpoint = shop.path() / "out";
  options.model.threads = 1;
  options.data = shop.path() / "test.csv";
  options.label_column = "intent";
  EXPECT_TRUE(Json::parse(runs::evaluate(options).json)["languages"].is_null());
  options.language_column = "channel";
  const Json again = Json::parse(runs::evaluate(options).json);
  for (const char* mean : {"mean", "trained", "zero_shot"}) {
    EXPECT_EQ(again["languages"][mean]["accuracy"], report["test"]["languages"][mean]["accuracy"]) << mean;
  }
  EXPECT_NEAR(again["ece"].get<double>(), report["test"]["ece"].get<double>(), 1e-5);
}

TEST(Languages, DecideAboutProbabilitiesAndRejection) {
  const Workshop shop;
  Json config = by_channel();
  config["head"]["C"] = 1;
  (void)shop.adapt(config);
  Json decision = Json::parse(shop.read("out/checkpoint/decision.json"));
  const double common = decision["temperature"].get<double>();
  decision["languages"][1]["temperature"] = 4 * common;
  decision["languages"][1]["threshold"] = 1e6;
  shop.write("out/checkpoint/decision.json", decision.dump());
  runs::ModelOptions options;
  options.checkpoint = shop.path() / "out";
  options.threads = 1;
  options.reject = true;
  runs::Predictor predictor(options);
  EXPECT_EQ(predictor.language_column(), "channel");
  const std::vector<std::string_view> texts(3, "my card is lost");
  const auto answers = predictor.predict(texts, {}, {"app", "web", "elsewhere"});
  EXPECT_EQ(answers[0].logits, answers[1].logits) << "they stay what they are";
  EXPECT_EQ(answers[0].probabilities, answers[2].probabilities);
  const auto surest = [&](std::size_t i) { return answers[i].probabilities[*answers[i].label]; };
  EXPECT_LT(surest(1), surest(0));
  EXPECT_EQ(answers[0].scope_score, answers[1].scope_score);
  EXPECT_TRUE(answers[1].out_of_scope);
  EXPECT_FALSE(answers[0].out_of_scope);
  EXPECT_NEAR(predictor.predict({texts[0]})[0].probabilities[0], answers[0].probabilities[0], 1e-5);
  EXPECT_TRUE(holds(error_of([&] { (void)predictor.predict(texts, {}, {"app"}); }), "1 languages of 3 texts"));
  options.calibrate = false;
  runs::Predictor plain(options);
  EXPECT_EQ(plain.predict(texts, {}, {"app", "web", ""})[0].probabilities,
            plain.predict(texts, {}, {"app", "web", ""})[1].probabilities);
}

TEST(Languages, OneTemperatureStandsForThoseOfAll) {
  report::Decision decision;
  decision.temperature = 2;
  const at::Tensor logits = at::ones({3, 2});
  EXPECT_TRUE(runs::at_one_temperature(logits, decision, {"a", "b", "c"}).equal(logits));
  decision.languages = {{.language = "b", .training_texts = 1, .temperature = 4}, {.language = "c"}};
  EXPECT_TRUE(runs::at_one_temperature(logits, decision, {"a", "b", "c"})
                  .equal(at::tensor({1.0F, 1.0F, 0.5F, 0.5F, 1.0F, 1.0F}).view({3, 2})));
  EXPECT_TRUE(runs::at_one_temperature(logits, decision, {}).equal(logits));
}

TEST(Languages, OfSetsOfLabels) {
  const Workshop shop;
  std::string sets;
  for (int i = 0; i < 40; ++i) {
    const Json labels = i % 4 == 0   ? Json{"card_lost"}
                        : i % 4 == 1 ? Json{"balance"}
                        : i % 4 == 2 ? Json{"card_lost", "balance"}
                                     : Json::array();
    const char* words = i % 4 == 0   ? "my card is lost"
                        : i % 4 == 1 ? "what is my account balance"
                        : i % 4 == 2 ? "my card is lost what is my account balance"
                                     : "send money";
    const Json line{{"text", concat(i < 20 ? "please " : "help ", words)},
                    {"intent", labels},
                    {"channel", i % 8 < 4 ? "app" : "web"}};
    sets += line.dump() + "\n";
  }
  shop.write("sets.jsonl", sets);
  Json config = by_channel();
  config["target"]["train"] = "sets.jsonl";
  config["target"]["test"] = "sets.jsonl";
  const Json test = shop.adapt(config)["test"];
  ASSERT_EQ(test["languages"]["by_language"].size(), 2U);
  EXPECT_EQ(test["languages"]["by_language"][1]["texts"], 20);
  EXPECT_FALSE(test["languages"]["by_language"][0]["micro_f1"].is_null());
}

TEST(Languages, AreHeldOutInProportion) {
  const Workshop shop;
  std::string csv = "text,intent,channel\n";
  for (int i = 0; i < 600; ++i) {
    const auto& [intent, words] = tests::kBanking[static_cast<std::size_t>(i % 3)];
    csv += concat(words, i % 2 == 0 ? " please" : " now", ',', intent, ',', i % 10 == 9 ? "web" : "app", '\n');
  }
  shop.write("train.csv", csv);
  const Json report = shop.adapt(by_channel());
  EXPECT_EQ(report["data"]["validation_examples"], 60);
  std::map<std::string, int> texts;
  for (const Json& language : report["calibration"]["languages"]) texts[language["language"]] = language["texts"];
  EXPECT_EQ(texts["web"] * 9, texts["app"]);
}

TEST(Languages, SuggestionsKeepTheColumn) {
  const Workshop shop;
  shop.write("pool.csv", "text,channel\n\"my card is lost; help\",app\n\"what is my account balance, please\",\n");
  Json config = by_channel();
  config["target"]["unlabelled"] = "pool.csv";
  runs::SuggestOptions options;
  options.count = 2;
  const std::string csv = runs::to_csv(runs::suggest(shop.load(config), options), shop.load(config));
  EXPECT_TRUE(csv.starts_with("text,intent,channel,suggested_label,")) << csv;
  EXPECT_TRUE(holds(csv, "help\",,app,")) << csv;
}

}  // namespace
