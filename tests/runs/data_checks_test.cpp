#include "runs/workshop.hpp"

#include <gtest/gtest.h>

namespace {

using namespace tt;
using tests::holds;
using tests::Json;
using tests::Workshop;

/// The lines of suspects.jsonl of one kind.
std::vector<Json> suspects(const Workshop& shop, const std::string& kind) {
  std::vector<Json> out;
  for (Json& line : tests::json_lines(shop.read("out/suspects.jsonl"))) {
    if (line["kind"] == kind) out.push_back(std::move(line));
  }
  return out;
}

Json frozen() {
  Json config = Workshop::config();
  config["transfer"]["policy"] = "frozen";
  return config;
}

TEST(DataChecks, NameTheRecordsThatTheyDoubt) {
  const Workshop shop;
  std::string rows = Workshop::csv(tests::kBanking, 48, "please");
  // Two labels made wrong, of texts that others repeat.
  for (const char* id : {"t31,", "t77,"}) {
    const std::size_t end = rows.find(id) - 1;
    const std::size_t begin = rows.rfind(',', end - 1) + 1;
    rows.replace(begin, end - begin, rows.compare(begin, 7, "balance") == 0 ? "transfer" : "balance");
  }
  shop.write("train.csv", rows);
  const Json report = shop.adapt(frozen());
  const Json& checks = report["data_checks"];
  EXPECT_TRUE(checks["encoded"]);
  EXPECT_EQ(checks["checked_labels"], 144);
  EXPECT_EQ(checks["checked_intents"], 3);
  EXPECT_FALSE(checks["similar_intents_told"]);
  EXPECT_GE(checks["label_errors_precision"], 0.9);
  EXPECT_GT(checks["label_errors_recall"], 0);
  const std::vector<Json> lines = suspects(shop, "label_error");
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(checks["label_errors_found"], lines.size());
  const std::string file = shop.read("train.csv");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Json& line = lines[i];
    const Json& listed = checks["label_errors"].at(i);
    for (const char* key : {"file", "line", "text", "label", "suggestion", "score"}) EXPECT_EQ(listed[key], line[key]);
    EXPECT_EQ(line["file"], (shop.path() / "train.csv").string());
    std::size_t begin = 0;
    for (int n = 1; n < line["line"]; ++n) begin = file.find('\n', begin) + 1;
    const std::string record = concat(line["text"].get<std::string>(), ",", line["label"].get<std::string>(), ",");
    EXPECT_EQ(file.substr(begin, record.size()), record);
    EXPECT_NE(line["suggestion"], line["label"]);
    EXPECT_GE(line["score"], 0.8);
    EXPECT_LE(line["score"], i == 0 ? Json(1) : lines[i - 1]["score"]);
    EXPECT_GT(listed["suggestion_probability"], listed["label_probability"]);
  }
  EXPECT_TRUE(holds(shop.read("out/report.md"), "Labels that are probably wrong"));
}

TEST(DataChecks, DependOnTheDataAloneAndAreKept) {
  const Workshop shop;
  Json config = frozen();
  (void)shop.adapt(config);
  const std::string first = shop.read("out/suspects.jsonl");
  const Json checks = shop.report()["data_checks"];
  config["training"]["seed"] = 99;
  config["head"]["C"] = 1;
  Json again = shop.adapt(config)["data_checks"];
  EXPECT_EQ(shop.read("out/suspects.jsonl"), first);
  // The vectors of test and training texts and of the labels' names, and the out-of-fold answers.
  const std::string log = shop.read("out/log.jsonl");
  std::size_t reused = 0;
  for (std::size_t at = log.find("activations: reusing"); at != std::string::npos; ++reused) {
    at = log.find("activations: reusing", at + 1);
  }
  EXPECT_EQ(reused, 4U);
  again["seconds"] = checks["seconds"];
  EXPECT_EQ(again, checks);
  // Another policy too is judged by the encoder as it came.
  config["transfer"]["policy"] = "full";
  again = shop.adapt(config)["data_checks"];
  EXPECT_EQ(shop.read("out/suspects.jsonl"), first);
}

TEST(DataChecks, FindConflictsAcrossFiles) {
  const Workshop shop;
  shop.write("train.csv",
             Workshop::csv(tests::kBanking, 8, "please") + "Please MY card is lost - please!,balance,x,app\n");
  shop.write("test.csv",
             Workshop::csv(tests::kBanking, 4, "now") + "please send money to a friend please,balance,y,app\n");
  const Json checks = shop.adapt(frozen())["data_checks"];
  EXPECT_EQ(checks["conflicts_found"], 2);
  const Json& places = checks["conflicts"][0]["places"];
  ASSERT_EQ(places.size(), 2U);
  EXPECT_EQ(places[0]["label"], "card_lost");
  EXPECT_EQ(places[1]["label"], "balance");
  EXPECT_EQ(places[1]["line"], 26);
  EXPECT_EQ(checks["conflicts"][1]["places"][1]["part"], "test");
  EXPECT_EQ(suspects(shop, "conflicting_duplicate").size(), 4U);
}

TEST(DataChecks, FindATestTextFromElsewhere) {
  const Workshop shop;
  // Every training text stands there twice, so that what is near one is very near.
  const std::string texts = Workshop::csv(tests::kBanking, 16, "please");
  shop.write("train.csv", texts + texts.substr(texts.find('\n') + 1));
  shop.write("test.csv", Workshop::csv(tests::kBanking, 4, "please") + "9 0 9 0 9 0 1,balance,y,app\n");
  const Json checks = shop.adapt(frozen())["data_checks"];
  ASSERT_GE(checks["unlike_found"], 1);
  EXPECT_EQ(checks["unlike"][0]["text"], "9 0 9 0 9 0 1");
  EXPECT_EQ(checks["unlike"][0]["line"], 14);
  EXPECT_GT(checks["unlike"][0]["distance"], checks["unlike_limit"]);
}

TEST(DataChecks, CopeWithLabelsOfOneText) {
  const Workshop shop;
  shop.write("train.csv", Workshop::csv(tests::kBanking, 1, "please"));
  const Json checks = shop.adapt(frozen())["data_checks"];
  EXPECT_EQ(checks["checked_labels"], 0);
  EXPECT_TRUE(checks["out_of_fold_accuracy"].is_null());
  EXPECT_EQ(checks["label_errors_found"], 0);
  EXPECT_TRUE(checks["label_errors_precision"].is_null());
  EXPECT_TRUE(checks["label_errors_recall"].is_null());
  EXPECT_EQ(checks["few_texts_found"], 3);
  EXPECT_EQ(checks["few_texts_limit"], 5);
}

TEST(DataChecks, FewTextsThatWereAskedForAreNoFinding) {
  const Workshop shop;
  Json config = frozen();
  config["target"]["shots"] = 2;
  const Json checks = shop.adapt(config)["data_checks"];
  EXPECT_EQ(checks["few_texts_found"], 0);
  EXPECT_EQ(checks["few_texts_limit"], 2);
}

TEST(DataChecks, AreDoneAsConfigured) {
  const Workshop shop;
  Json config = frozen();
  config["evaluation"]["data_checks"] = false;
  EXPECT_TRUE(shop.adapt(config)["data_checks"].is_null());
  EXPECT_FALSE(std::filesystem::exists(shop.path() / "out/suspects.jsonl"));
  EXPECT_FALSE(holds(shop.read("out/report.md"), "What looks wrong"));
}

TEST(DataChecks, LeaveManyTextsUnencodedWhereTheyTrainTheEncoder) {
  const Workshop shop;
  Json config = Workshop::config();
  config["training"]["epochs"] = 1;
  config["training"]["batch_size"] = 256;
  shop.write("train.csv", Workshop::csv(tests::kBanking, 1001, "please"));
  const Json checks = shop.adapt(config)["data_checks"];
  EXPECT_FALSE(checks["encoded"]);
  EXPECT_TRUE(holds(checks["left_out"].get<std::string>(), "Set evaluation.data_checks to true"));
  EXPECT_EQ(checks["checked_labels"], 0);
}

TEST(DataChecks, AskWhatIsTrainedAndNotWhatThePolicyIsCalled) {
  const Workshop shop;
  Json config = Workshop::config();
  config["transfer"] = {{"phases", {{{"epochs", 1}, {"train", {"head"}}}}}};
  shop.write("train.csv", Workshop::csv(tests::kBanking, 1001, "please"));
  EXPECT_TRUE(shop.adapt(config)["data_checks"]["encoded"]);
}

TEST(Tensorboard, IsWrittenOnRequest) {
  const Workshop shop;
  Json config = Workshop::config();
  (void)shop.adapt(config);
  EXPECT_FALSE(std::filesystem::exists(shop.path() / "out/tensorboard"));
  config["training"]["tensorboard"] = true;
  (void)shop.adapt(config);
  const std::string file = shop.read("out/tensorboard/events.out.tfevents.transfer-tune");
  for (const char* tag : {"training/loss", "training/learning_rate", "test/accuracy"}) EXPECT_TRUE(holds(file, tag));
}

TEST(ModelCard, LiesInTheCheckpoint) {
  const Workshop shop;
  Json config = Workshop::config();
  config["evaluation"]["gates"] = {"test.accuracy>=0"};
  const Json report = shop.adapt(config);
  const std::string card = shop.read("out/checkpoint/README.md");
  EXPECT_TRUE(card.starts_with("---\nlibrary_name: sentence-transformers\n"));
  EXPECT_TRUE(holds(card, "| card\\_lost |"));
  EXPECT_TRUE(holds(card, "test.accuracy"));
}

}  // namespace
