#include "runs/workshop.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using namespace tt;
namespace fs = std::filesystem;
using tests::holds;
using tests::Json;
using tests::Workshop;

/// A copy of the tiny encoder as a sentence-transformers directory, in "encoder", for a test to change.
class EncoderWarnings : public testing::Test {
 protected:
  EncoderWarnings() {
    fs::copy(tests::tiny_bert(), shop_.path() / "encoder");
    make_directories(shop_.path() / "encoder/1_Pooling");
    write("modules.json", R"([{"type":"m.Transformer","path":""},{"type":"m.Pooling","path":"1_Pooling"}])");
    pool_by("mean");
  }

  void write(const std::string& name, const std::string& text) const { shop_.write("encoder/" + name, text); }
  void pool_by(const std::string& mode) const { write("1_Pooling/config.json", Json{{"pooling_mode", mode}}.dump()); }
  [[nodiscard]] Json config(const std::string& head = "auto") const {
    Json json = Workshop::config();
    json["encoder"]["path"] = "encoder";
    json["head"]["type"] = head;
    json["transfer"]["policy"] = "frozen";
    return json;
  }
  /// What inspect, validate and the report of a run say of the encoder, which must be the same; "" for nothing.
  [[nodiscard]] std::string said(const Json& json) const {
    const config::RunConfig loaded = shop_.load(json);
    const runs::Inspection inspection = runs::inspect(loaded);
    std::string text = join(inspection.warnings, "\n");
    const runs::Validation validation = runs::validate(loaded, true);
    const Json report = shop_.adapt(json);
    for (const std::string& warning : inspection.warnings) {
      EXPECT_EQ(std::count(validation.warnings.begin(), validation.warnings.end(), warning), 1) << warning;
      EXPECT_EQ(std::count(report["warnings"].begin(), report["warnings"].end(), warning), 1) << warning;
    }
    return text;
  }
  const Workshop shop_;
};

TEST_F(EncoderWarnings, AnEncoderWhoseFilesAgreeHasNone) {
  EXPECT_EQ(said(config()), "");
  EXPECT_TRUE(runs::inspect(shop_.path() / "encoder").warnings.empty());
}

TEST_F(EncoderWarnings, AHeadThatPoolsOtherwiseThanTheEncoderSays) {
  pool_by("cls");
  EXPECT_TRUE(holds(said(config("mean")), "its Pooling module takes its first token"));
  EXPECT_EQ(said(config("cls")), "");
  EXPECT_EQ(said(config("native")), "");
  pool_by("mean");
  EXPECT_TRUE(holds(said(config("cls")), "its Pooling module takes the mean of its tokens"));
}

TEST_F(EncoderWarnings, WhatIsNotSupportedIsNamed) {
  pool_by("max");
  const std::string text = said(config());
  EXPECT_TRUE(holds(text, "says max pooling"));
}

TEST_F(EncoderWarnings, InspectOfADirectoryAndPredictSayThemToo) {
  write("added_tokens.json", R"({"<a>": 60})");
  EXPECT_EQ(runs::inspect(shop_.path() / "encoder").warnings.size(), 1U);
  EXPECT_TRUE(holds(said(config()), "added_tokens.json: adds \"<a>\""));
  EXPECT_TRUE(runs::inspect(shop_.path() / "out").warnings.empty()) << "the checkpoint has no such file any more";
}

TEST_F(EncoderWarnings, TextsThatTheVocabularyBreaksAreCounted) {
  const auto warnings = [&] { return shop_.adapt(config())["data"]["warnings"].dump(); };
  const std::string texts = Workshop::csv(tests::kBanking, 4, "please");
  shop_.write("train.csv", texts + "карта,balance,x,web\n");
  EXPECT_FALSE(holds(warnings(), "fall apart")) << "one in thirteen";
  shop_.write("train.csv", texts + "карта,balance,x,web\nкарта утеряна,balance,y,web\n");
  EXPECT_TRUE(holds(warnings(), "14.3% of the training texts (such as train.csv:14) fall apart"));
}

TEST_F(EncoderWarnings, ALanguageThatTheVocabularyBreaksIsNamedAlsoWhereItIsTestedAlone) {
  shop_.write("test.csv", Workshop::csv(tests::kBanking, 8, "now") + "карта,balance,x,ru\nмоя карта,balance,y,ru\n");
  Json by_language = config();
  by_language["target"]["language_column"] = "channel";
  const std::string warnings = shop_.adapt(by_language)["data"]["warnings"].dump();
  EXPECT_TRUE(holds(warnings, "\"100.0% of those in \\\"ru\\\" (such as test.csv:26) fall apart")) << warnings;
}

TEST_F(EncoderWarnings, PredictSaysSoToo) {
  (void)shop_.adapt(config());
  runs::Predictor predictor = shop_.predictor();
  EXPECT_FALSE(predictor.vocabulary_warning());
  (void)predictor.predict({"my card", "my card", "my card", "my card", "my card", "my card", "my card", "my card"});
  EXPECT_FALSE(predictor.vocabulary_warning());
  (void)predictor.predict({"моя карта"});
  EXPECT_TRUE(holds(predictor.vocabulary_warning().value_or(""), "11.1% of the texts fall apart"));
}

TEST_F(EncoderWarnings, AutoFollowsThePoolingOfTheEncoder) {
  for (const char* mode : {"mean", "cls"}) {
    pool_by(mode);
    const Json followed = shop_.adapt(config());
    EXPECT_EQ(followed["head"]["type"], mode);
    const auto answers = shop_.predictions();
    const Json asked = shop_.adapt(config(mode));
    EXPECT_EQ(asked["head"]["type"], mode);
    EXPECT_EQ(shop_.predictions(), answers);
    // Read back, the checkpoint pools as it was trained.
    const Json& line = answers.front();
    const runs::Prediction again = shop_.predictor().predict({line["text"].get<std::string>()}).front();
    EXPECT_NEAR(*std::max_element(again.probabilities.begin(), again.probabilities.end()),
                line["probability"].get<double>(), 1e-5);
  }
}

TEST_F(EncoderWarnings, TheFirstTokenCanBeTunedAndStartFromASource) {
  Json json = Workshop::source_config();
  json["head"]["type"] = "cls";
  const Json report = shop_.adapt(json);
  EXPECT_EQ(report["head"]["type"], "cls");
  EXPECT_GT(report["test"]["accuracy"], report["baselines"]["majority"]["accuracy"]);
  EXPECT_TRUE(report["source"]["transferability"]["leep"].is_number()) << "the source's head saw the same features";
}

}  // namespace
