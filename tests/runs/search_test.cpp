#include "runs/workshop.hpp"

#include <gtest/gtest.h>

namespace {

using namespace tt;
using tests::Json;
using tests::Workshop;

Json searching(const Json& search) {
  Json json = Workshop::config();
  json["search"] = search;
  json["target"]["label_names"] = false;
  return json;
}

/// The run is the one that its best trial's settings give by themselves, which a second run does not try again.
TEST(SearchRun, GoesOnWithTheBest) {
  const Workshop shop;
  Json json = searching({{"settings", {{"training.learning_rate", {1e-7, 0.01}}, {"training.probe_first", {false}}}}});
  const Json report = shop.adapt(json);
  const Json& search = report["search"];
  ASSERT_EQ(search["trials"].size(), 3U);
  EXPECT_EQ(search["metric"], "accuracy");
  EXPECT_TRUE(search["cross_validated"]);
  EXPECT_EQ(search["held_out"], 24);
  const auto chosen = search["chosen"].get<std::size_t>();
  for (const Json& trial : search["trials"]) {
    EXPECT_LE(trial["accuracy"], search["trials"][chosen]["accuracy"]);
    EXPECT_FALSE(trial["reused"]);
  }
  // A head that starts at random and hardly moves knows nothing.
  EXPECT_LT(search["trials"][1]["accuracy"], search["trials"][0]["accuracy"]);
  EXPECT_TRUE(tests::holds(shop.read("out/report.html"), "training.learning_rate = 1e-07"));
  EXPECT_FALSE(Json::parse(shop.read("out/config.resolved.json")).contains("search"));

  const std::vector<Json> predictions = shop.predictions();
  const Json again = shop.adapt(json)["search"];
  for (const Json& trial : again["trials"]) EXPECT_TRUE(trial["reused"]);
  EXPECT_EQ(again["chosen"], chosen);
  json.erase("search");
  for (const Json& each : search["trials"][chosen]["settings"]) {
    json["training"][each["setting"].get<std::string>().substr(9)] = Json::parse(each["value"].get<std::string>());
  }
  EXPECT_TRUE(shop.adapt(json)["search"].is_null());
  EXPECT_EQ(shop.predictions(), predictions);
}

TEST(SearchRun, LooksAtTheValidationFileAndNeverTheTestFile) {
  const Workshop shop;
  shop.write("validation.csv", Workshop::csv(tests::kBanking, 3, "a"));
  Json json = searching({{"settings", {{"transfer.policy", {"frozen"}}}}, {"metric", "log_loss"}});
  json["target"]["validation"] = "validation.csv";
  const Json first = shop.adapt(json)["search"];
  EXPECT_EQ(first["held_out"], 9);
  EXPECT_FALSE(first["cross_validated"]);
  // Other test texts, the same trials.
  shop.write("test.csv", Workshop::csv(tests::kBanking, 2, "help"));
  const Json second = shop.adapt(json)["search"];
  for (const Json& trial : second["trials"]) EXPECT_TRUE(trial["reused"]);
}

TEST(SearchRun, HalvesOnMoreAndMoreTexts) {
  const Workshop shop;
  shop.write("train.csv", Workshop::csv(tests::kBanking, 12, "please"));
  const Json search = shop.adapt(searching({{"method", "halving"},
                                            {"factor", 2},
                                            {"trials", 3},
                                            {"settings", {{"training.learning_rate", {1e-7, 1e-3, 1e-2}}}}}))["search"];
  std::vector<std::int64_t> shots;
  for (const Json& trial : search["trials"]) shots.push_back(trial["shots"]);
  // Four at 6 texts a label (4 > 2, and 6 is no fewer than 3), half of them on all.
  EXPECT_EQ(shots, (std::vector<std::int64_t>{6, 6, 6, 6, 0, 0}));
  EXPECT_TRUE(search["trials"][4]["settings"].empty());
  EXPECT_GE(search["chosen"], 4);
}

TEST(SearchRun, PassesOverWhatFails) {
  const Workshop shop;
  const Json search = shop.adapt(searching({{"settings", {{"encoder.path", {"nowhere"}}}}}))["search"];
  EXPECT_TRUE(tests::holds(search["trials"][1]["failure"].get<std::string>(), "nowhere"));
  EXPECT_TRUE(search["trials"][1]["accuracy"].is_null());
  EXPECT_EQ(search["chosen"], 0);
}

TEST(SearchRun, NeverWritesOverWhatItTries) {
  const Workshop shop;
  const std::string error = tests::error_of([&] {
    (void)shop.adapt(searching({{"settings", {{"encoder.path", {"./out/checkpoint"}}}}}));
  });
  EXPECT_TRUE(tests::holds(error, "writing there would remove the encoder")) << error;
}

TEST(SearchRun, NeedsTextsToHoldOut) {
  const Workshop shop;
  shop.write("train.csv", Workshop::csv(tests::kBanking, 1, "please"));
  const std::string error = tests::error_of([&] {
    (void)shop.adapt(searching({{"settings", {{"training.epochs", {1}}}}}));
  });
  EXPECT_TRUE(tests::holds(error, "/search: found no text to hold out")) << error;
}

}  // namespace
