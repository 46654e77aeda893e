#include "runs/workshop.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/data/dataset.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace tt;
using tests::error_of;
using tests::holds;
using tests::Json;
using tests::Workshop;

Json suggesting() {
  Json config = Workshop::config();
  config["target"]["unlabelled"] = "pool.csv";
  return config;
}

std::vector<runs::Suggestion> suggest(const Workshop& shop, const Json& config, std::size_t count) {
  return runs::suggest(shop.load(config), {.pool = {}, .count = count, .cache = true, .progress = {}});
}

std::set<std::string> texts_of(const std::vector<runs::Suggestion>& suggestions) {
  std::set<std::string> texts;
  for (const runs::Suggestion& suggestion : suggestions) texts.insert(suggestion.text);
  return texts;
}

TEST(Suggest, NeedsNoLabelledText) {
  const Workshop shop;
  shop.write("pool.csv", "text\nmy card is lost\nmy card is lost now\nsend money to a friend\nplease send money\n");
  Json config = suggesting();
  config["target"]["train"] = "later.csv";
  std::string warned;
  const int observer = add_log_observer([&](LogLevel level, std::string_view line) {
    if (level == LogLevel::warning) warned += line;
  });
  const auto chosen = suggest(shop, config, 2);
  remove_log_observer(observer);
  ASSERT_EQ(chosen.size(), 2U);
  EXPECT_FALSE(chosen[0].label.has_value());
  EXPECT_FALSE(chosen[0].margin.has_value());
  EXPECT_EQ(chosen[0].stands_for + chosen[1].stands_for, 4U);
  EXPECT_NE(holds(chosen[0].text, "card"), holds(chosen[1].text, "card"));
  EXPECT_TRUE(holds(warned, "later.csv does not exist: nothing counts as labelled yet")) << warned;
}

TEST(Suggest, WithoutATrainingFileTheDescriptionsAnswer) {
  const Workshop shop;
  shop.write("pool.csv", "text\nmy card is lost\nmy card is lost now\nsend money to a friend\nplease send money\n");
  shop.write("texts.json", R"({"card_lost": "my card is lost", "transfer": "send money to a friend"})");
  Json config = suggesting();
  config["target"].erase("train");
  config["target"]["label_descriptions"] = "texts.json";
  for (const runs::Suggestion& suggestion : suggest(shop, config, 2)) {
    EXPECT_TRUE(suggestion.margin.has_value());
    EXPECT_TRUE(suggestion.label == "card_lost" || suggestion.label == "transfer") << suggestion.label.value_or("");
  }
}

TEST(Suggest, LeavesOutWhatTheConfigNamesAndWhatComesTwice) {
  const Workshop shop;
  const auto rows = [&](const char* name) { return shop.read(name).substr(shop.read(name).find('\n') + 1); };
  shop.write("others.csv", "text\nhow are you\n");
  shop.write("pool.csv", "text,intent,id,channel\n" + rows("train.csv") + rows("test.csv") +
                             "new card,,,\nNew card!,,,\nhow are you,,,\npayment not working,,,\n");
  Json config = suggesting();
  config["evaluation"]["out_of_scope"]["test"] = "others.csv";
  const auto chosen = suggest(shop, config, 100);
  EXPECT_EQ(texts_of(chosen), (std::set<std::string>{"new card", "payment not working"}));
  for (const runs::Suggestion& suggestion : chosen) {
    EXPECT_EQ(suggestion.line, suggestion.text == "new card" ? 38U : 41U);
  }
}

TEST(Suggest, SaysWhatAFrozenRunWouldAnswer) {
  const Workshop shop;
  shop.write("pool.csv", Workshop::csv(tests::kBanking, 6, "thanks"));
  const auto chosen = suggest(shop, suggesting(), 18);
  ASSERT_EQ(chosen.size(), 18U);
  Json frozen = Workshop::config();
  frozen["transfer"]["policy"] = "frozen";
  (void)shop.adapt(frozen);
  runs::ModelOptions options;
  options.checkpoint = shop.path() / "out";
  options.calibrate = false;
  runs::Predictor predictor(options);
  for (const runs::Suggestion& suggestion : chosen) {
    const runs::Prediction answer = predictor.predict({suggestion.text}).front();
    EXPECT_EQ(suggestion.label, predictor.labels()[answer.label.value()]) << suggestion.text;
    std::vector<double> probabilities = answer.probabilities;
    std::ranges::sort(probabilities, std::greater<>());
    EXPECT_NEAR(suggestion.margin.value(), probabilities[0] - probabilities[1], 1e-3) << suggestion.text;
  }
}

TEST(Suggest, IsNotStoppedByWhatIsSaidOfLabelsWithoutTexts) {
  const Workshop shop;
  shop.write("pool.csv", Workshop::csv(tests::kBanking, 6, "thanks"));
  shop.write("texts.json", R"({"not_labelled_yet": "a text of it"})");
  Json config = suggesting();
  config["head"] = {{"type", "native"}};  // an untrained one, which is not what is asked
  config["training"]["class_weights"] = {{"not_labelled_yet", 2}};
  config["target"]["label_descriptions"] = "texts.json";
  EXPECT_EQ(suggest(shop, config, 2).size(), 2U);
}

TEST(Suggest, AsksForWhatTheHeadIsUnsureOf) {
  const Workshop shop;
  // Two intents are labelled; texts of the third lie among the pool's others.
  shop.write("train.csv", Workshop::csv({tests::kBanking[0], tests::kBanking[1]}, 8, "please"));
  shop.write("pool.csv", Workshop::csv(tests::kBanking, 8, "thanks"));
  const auto chosen = suggest(shop, suggesting(), 2);
  ASSERT_EQ(chosen.size(), 2U);
  EXPECT_TRUE(holds(chosen[0].text, tests::kBanking[2].second)) << chosen[0].text;
}

TEST(Suggest, OneLabelSoFarMakesNoHead) {
  const Workshop shop;
  shop.write("train.csv", "text,intent\nmy card is lost,card_lost\n");
  shop.write("pool.csv", Workshop::csv(tests::kBanking, 8, "thanks"));
  EXPECT_FALSE(suggest(shop, suggesting(), 3).front().label.has_value());
  // The list of labels makes one, with their names as texts.
  Json config = suggesting();
  config["target"]["labels"] = {"card_lost", "balance", "transfer"};
  EXPECT_TRUE(suggest(shop, config, 3).front().label.has_value());
}

TEST(Suggest, SameSeedGivesTheSameTexts) {
  const Workshop shop;
  shop.write("pool.csv", Workshop::csv(tests::kBanking, 14, "thanks"));
  const auto csv = [&](const Json& config) { return runs::to_csv(suggest(shop, config, 5), shop.load(config)); };
  const std::string first = csv(suggesting());
  EXPECT_EQ(csv(suggesting()), first);
}

TEST(Suggest, TheFilledFileIsATrainingFile) {
  const Workshop shop;
  shop.write("pool.csv", "text\n\"my card is lost; help\"\n\"what is my account balance, please\"\n");
  Json config = suggesting();
  config["target"]["train"] = "filled.csv";
  config["target"]["id_column"] = "key";
  config["target"]["weight_column"] = "counts";
  config["target"].erase("test");
  const std::string csv = runs::to_csv(suggest(shop, config, 9), shop.load(config));
  EXPECT_TRUE(csv.starts_with("text,intent,key,counts,suggested_label,margin,stands_for\n")) << csv;
  shop.write("filled.csv", csv);
  const std::string error = error_of([&] { (void)runs::validate(shop.load(config)); });
  EXPECT_TRUE(holds(error, "filled.csv:2: the label is empty; fill it in or delete the record")) << error;

  std::string filled = csv;
  for (const char* label : {"card_lost", "balance"}) {
    filled.insert(filled.find(",,,1,") + 1, label);
  }
  shop.write("filled.csv", filled);
  config["target"]["unlabelled"] = nullptr;
  EXPECT_EQ(runs::validate(shop.load(config)).train_examples, 2U);
}

TEST(Suggest, NeedsAPool) {
  const Workshop shop;
  const std::string error = error_of([&] { (void)suggest(shop, Workshop::config(), 3); });
  EXPECT_TRUE(holds(error, "2: found no texts to choose from: name a file with --pool")) << error;
  Json config = suggesting();
  config["target"]["unlabelled"] = "train.csv";
  EXPECT_TRUE(holds(error_of([&] { (void)suggest(shop, config, 3); }), "every text is one of the labelled files too"));
}

}  // namespace
