#include "runs/label_texts.hpp"
#include "runs/workshop.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace {

using namespace tt;
using tests::error_of;
using tests::holds;
using tests::Intents;
using tests::Json;
using tests::Workshop;

/// What the labels are called says nothing; what describes them says all.
const Intents kNumbered{{"intent_1", "my card is lost"}, {"intent_2", "what is my account balance"}};
constexpr const char* kDescriptions =
    R"({"intent_1": ["my card is lost", "card lost please"], "intent_2": "what is my account balance"})";

/// Numbered intents with `train`, and what describes them.
Json described(const Workshop& shop, const std::string& train) {
  shop.write("train.csv", train);
  shop.write("test.csv", Workshop::csv(kNumbered, 4, "now"));
  shop.write("texts.json", kDescriptions);
  Json config = Workshop::held_out_config("frozen");
  config["target"]["label_descriptions"] = "texts.json";
  return config;
}

TEST(LabelTexts, AreReadableNamesWhereNothingDescribesThem) {
  const Workshop shop;
  shop.write("texts.json", R"({"cardLost": "a card that is gone"})");
  Json config = Workshop::config();
  config["target"]["label_descriptions"] = "texts.json";
  const data::LabelMap labels(std::vector<std::string>{"cardLost", "top_up-failed"});
  const data::Dataset texts = runs::read_label_texts(shop.load(config).target, labels, true);
  ASSERT_EQ(texts.examples.size(), 2U);
  EXPECT_EQ(texts.examples[0].text, "a card that is gone");
  EXPECT_EQ(texts.examples[1].text, "top up failed");
  EXPECT_EQ(texts.examples[1].label, "top_up-failed");
}

TEST(LabelTexts, AreTakenFromALabelledFileToo) {
  const Workshop shop;
  shop.write("texts.csv", "text,intent\nmy card is lost,card_lost\na lost card,card_lost\n");
  Json config = Workshop::config();
  config["target"]["label_descriptions"] = "texts.csv";
  const data::LabelMap labels(std::vector<std::string>{"card_lost"});
  EXPECT_EQ(runs::read_label_texts(shop.load(config).target, labels, true).examples.size(), 2U);
}

TEST(LabelTexts, FaultyDescriptionsAreNamed) {
  const Workshop shop;
  Json config = Workshop::held_out_config("frozen");
  config["target"]["label_descriptions"] = "texts.json";
  const auto error = [&](const char* text) {
    shop.write("texts.json", text);
    return error_of([&] { (void)shop.adapt(config); });
  };
  EXPECT_TRUE(holds(error(R"({"balance": "x", "card_lots": "y"})"), "\"card_lots\" is not among the training labels"));
  EXPECT_TRUE(holds(error(R"({"card_lots": "y"})"), "did you mean \"card_lost\"?"));
  EXPECT_TRUE(holds(error(R"({"balance": 3})"), "/balance"));
  EXPECT_TRUE(holds(error(R"({"balance": ["x", " "]})"), "/balance/1: found an empty text"));
  EXPECT_TRUE(holds(error("{"), "texts.json: line 1"));
}

TEST(LabelTexts, CountWhereTheTextsHeldOutAreAnsweredBetter) {
  const Workshop shop;
  Json config = described(shop, Workshop::csv(kNumbered, 2, "please"));
  const Json used = shop.adapt(config)["training"]["label_texts"];
  EXPECT_EQ(used["texts"], 3);
  EXPECT_EQ(used["described"], true);
  EXPECT_EQ(used["used"], used["accuracy_with"] > used["accuracy_without"]) << used;
  config["target"]["label_names"] = true;
  EXPECT_EQ(shop.adapt(config)["training"]["label_texts"]["used"], true);
  config["target"]["label_names"] = false;
  EXPECT_TRUE(shop.adapt(config)["training"]["label_texts"].is_null());
}

TEST(LabelTexts, OfLoneTextsCountWhereTheyTellThemApart) {
  const Workshop shop;
  const Json config = described(shop, "text,intent\nmy card is lost,intent_1\nwhat is my account balance,intent_2\n");
  const Json right = shop.adapt(config)["training"]["label_texts"];
  EXPECT_EQ(right["accuracy_nearest"], 1.0);
  EXPECT_EQ(right["area_nearest"], 1.0);
  EXPECT_EQ(right["used"], true);
  EXPECT_TRUE(right["accuracy_without"].is_null());
  shop.write("texts.json", R"({"intent_1": "what is my account balance", "intent_2": "my card is lost"})");
  const Json wrong = shop.adapt(config)["training"]["label_texts"];
  EXPECT_EQ(wrong["accuracy_nearest"], 0.0);
  EXPECT_EQ(wrong["area_nearest"], 0.0);
  EXPECT_EQ(wrong["used"], false);
}

TEST(LabelTexts, ChangeWhatATunedEncoderLearns) {
  const Workshop shop;
  Json config = Workshop::held_out_config("full");
  config["target"]["label_names"] = true;
  (void)shop.adapt(config);
  EXPECT_EQ(shop.report()["training"]["label_texts"]["used"], true);
  config["target"]["label_names"] = false;
  const auto with = shop.written_encoder();
  (void)shop.adapt(config);
  const auto plain = shop.written_encoder();
  bool differs = false;
  for (const auto& [name, value] : with) differs = differs || !at::equal(value, plain.at(name));
  EXPECT_TRUE(differs);
}

class Unlabelled : public testing::TestWithParam<std::string> {};

TEST_P(Unlabelled, TextsAreLearntFromWithoutThoseOfTheTestFile) {
  const Workshop shop;
  shop.write("train.csv", Workshop::csv(tests::kBanking, 3, "please"));
  shop.write("pool.csv", Workshop::csv(tests::kBanking, 8, "thanks"));
  const std::string test = shop.read("test.csv");
  shop.write("leaky.csv", shop.read("pool.csv") + test.substr(test.find('\n') + 1));
  Json config = Workshop::held_out_config(GetParam());
  config["target"]["unlabelled"] = "leaky.csv";
  config["self_training"]["balance"] = 0.5;
  const Json report = shop.adapt(config);
  EXPECT_EQ(report["data"]["unlabelled"]["examples"], 36);
  EXPECT_EQ(report["data"]["unlabelled"]["used"], 24);
  EXPECT_TRUE(holds(report["data"]["warnings"].dump(), "12 unlabelled texts are test texts too (test.csv)"));
  const Json& learnt = report["training"]["self_training"];
  EXPECT_EQ(learnt["texts"], 24);
  EXPECT_EQ(learnt["balance"], 0.5);
  EXPECT_EQ(learnt["candidates"].size(), 2U);

  // Those that were left out changed nothing; the others did.
  const std::vector<Json> leaky = shop.predictions();
  config["target"]["unlabelled"] = "pool.csv";
  (void)shop.adapt(config);
  EXPECT_EQ(shop.predictions(), leaky);
  config["target"]["unlabelled"] = nullptr;
  (void)shop.adapt(config);
  EXPECT_NE(shop.predictions(), leaky);
}

INSTANTIATE_TEST_SUITE_P(Each, Unlabelled, testing::Values("frozen", "full"),
                         [](const auto& policy) { return policy.param; });

TEST(UnlabelledTexts, AreTakenInTheWayThatHeldOutTextsChoose) {
  const Workshop shop;
  shop.write("pool.csv", Workshop::csv(tests::kBanking, 8, "thanks"));
  Json config = Workshop::held_out_config("frozen");
  config["target"]["unlabelled"] = "pool.csv";
  config["self_training"]["max_texts"] = 10;
  const Json learnt = shop.adapt(config)["training"]["self_training"];
  EXPECT_EQ(learnt["texts"], 10);
  ASSERT_EQ(learnt["candidates"].size(), 4U);
  EXPECT_TRUE(learnt["candidates"][0]["balance"].is_null());
  for (const Json& candidate : learnt["candidates"]) {
    if (candidate["balance"] != learnt["balance"]) continue;
    for (const Json& other : learnt["candidates"]) EXPECT_LE(other["accuracy"], candidate["accuracy"]);
  }
}

TEST(UnlabelledTexts, NeedTheSolvedHead) {
  const Workshop shop;
  shop.write("pool.csv", Workshop::csv(tests::kBanking, 8, "thanks"));
  Json config = Workshop::held_out_config("full");
  config["target"]["unlabelled"] = "pool.csv";
  config["training"]["probe_first"] = false;
  const std::string error = error_of([&] { (void)shop.adapt(config); });
  EXPECT_TRUE(holds(error, "2: /training/probe_first: found false, with target.unlabelled")) << error;
}

TEST(UnlabelledTexts, AreNotWrittenOver) {
  const Workshop shop;
  std::filesystem::create_directory(shop.path() / "out");
  shop.write("out/pool.csv", Workshop::csv(tests::kBanking, 8, "thanks"));
  Json config = Workshop::held_out_config("frozen");
  config["target"]["unlabelled"] = "out/pool.csv";
  const std::string error = error_of([&] { (void)shop.adapt(config); });
  EXPECT_TRUE(holds(error, "the unlabelled texts")) << error;
}

TEST(UnlabelledTexts, ThatAreAllLabelledElsewhereAreNamed) {
  const Workshop shop;
  Json config = Workshop::held_out_config("frozen");
  config["target"]["unlabelled"] = "train.csv";
  const std::string error = error_of([&] { (void)shop.adapt(config); });
  EXPECT_TRUE(holds(error, "train.csv: every text is one of the labelled files too")) << error;
}

TEST(NoLabelledText, TheDescriptionsAnswer) {
  const Workshop shop;
  shop.write("test.csv", Workshop::csv(kNumbered, 4, "now"));
  shop.write("pool.csv", Workshop::csv(kNumbered, 8, "thanks"));
  shop.write("texts.json", R"({"intent_1": "my card is lost", "intent_2": "what is my account balance"})");
  Json config = Workshop::held_out_config("auto");
  config["target"].erase("train");
  config["target"]["label_descriptions"] = "texts.json";
  const Json alone = shop.adapt(config);
  EXPECT_EQ(alone["data"]["train"]["examples"], 2);
  EXPECT_EQ(alone["training"]["choice"]["chosen"], "frozen");
  EXPECT_TRUE(holds(alone["data"]["warnings"].dump(), "no training file was given"));
  const std::vector<Json> answers = shop.predictions();
  shop.write("train.csv", "text,intent\nmy card is lost,intent_1\nwhat is my account balance,intent_2\n");
  Json labelled = Workshop::held_out_config("auto");
  labelled["target"]["label_names"] = false;
  (void)shop.adapt(labelled);
  EXPECT_EQ(shop.predictions(), answers);

  config["target"]["unlabelled"] = "pool.csv";
  const Json learnt = shop.adapt(config)["training"]["self_training"];
  EXPECT_EQ(learnt["texts"], 16);
  EXPECT_EQ(learnt["balance"], 0.5);
  EXPECT_EQ(learnt["candidates"].size(), 0U);

  const runs::Validation checked = runs::validate(shop.load(config), true);
  EXPECT_EQ(checked.train_examples, 2U);
  EXPECT_EQ(checked.labels, 2U);
}

TEST(NoLabelledText, NeedsDescriptions) {
  const Workshop shop;
  Json config = Workshop::held_out_config("auto");
  config["target"].erase("train");
  const std::string error = error_of([&] { (void)shop.load(config); });
  EXPECT_TRUE(holds(error, "/target: expected train, or label_descriptions where no text is labelled")) << error;
}

}  // namespace
