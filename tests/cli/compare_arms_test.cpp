#include "cli/workplace.hpp"
#include "support/messages.hpp"
#include "transfer_tune/core/owned_files.hpp"

#include <gtest/gtest.h>

namespace fs = std::filesystem;
using namespace tt;
using namespace tt::tests;
using Json = Workplace::Json;

namespace {

/// A config of two arms, two seeds and two numbers of texts, in a workplace of its own.
class CompareArms : public ::testing::Test {
 protected:
  CompareArms() {
    config_ = Workplace::config();
    config_["training"]["epochs"] = 1;
    config_["compare"] = Json::parse(R"({
      "arms": {"frozen": {"transfer.policy": "frozen"}, "full": {}}, "seeds": [1, 2], "shots": ["all", 2]})");
  }

  [[nodiscard]] Outcome compare(std::vector<std::string> more = {}) {
    write_file(place_.path() / "compare.json", config_.dump());
    std::vector<std::string> arguments{"compare", "--config", "compare.json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return place_.run(arguments);
  }
  [[nodiscard]] Json written() const { return Json::parse(place_.read("out/compare.json")); }

  Workplace place_;
  Json config_;
};

TEST_F(CompareArms, TrainsEachUnderEverySeedAndNumberOfTexts) {
  config_["compare"]["gates"] = {"arms[*].accuracy.mean>=0"};
  const Outcome outcome = compare({"--gate", "arms['full'].texts==6"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(holds(outcome.out, "Texts per label"));
  EXPECT_TRUE(holds(outcome.out, "out/compare.html\nPASS arms[*].accuracy.mean >= 0: "));
  EXPECT_TRUE(holds(place_.read("out/junit.xml"), "tests=\"2\" failures=\"0\"")) << outcome.out;
  EXPECT_TRUE(holds(outcome.err, "compare 8 of 8: full, all texts, seed 2"));
  EXPECT_EQ(place_.read("out/compare.md").rfind("# Comparison of 2 arms", 0), 0U);

  const Json json = written();
  ASSERT_EQ(json["arms"].size(), 2U);
  EXPECT_EQ(json["arms"][0]["name"], "frozen");
  EXPECT_EQ(json["arms"][0]["policy"], "frozen");
  EXPECT_EQ(json["arms"][1]["policy"], "full");
  EXPECT_EQ(json["arms"][1]["runs"].size(), 2U);
  ASSERT_EQ(json["learning_curve"].size(), 4U);
  EXPECT_EQ(json["learning_curve"][0]["shots"], 2) << "the fewest first";
  EXPECT_TRUE(json["learning_curve"][2]["shots"].is_null());
  EXPECT_EQ(json["learning_curve"][3]["accuracy"], json["arms"][1]["accuracy"]) << "judged with all texts";

  const Json run = Json::parse(place_.read("out/runs/full/shots2/seed2/report.json"));
  EXPECT_EQ(run["data"]["shots"], 2);
  EXPECT_EQ(run["environment"]["seed"], 2);
  EXPECT_EQ(json["learning_curve"][1]["accuracy"]["per_seed"][1], run["test"]["accuracy"]);
}

TEST_F(CompareArms, LeaveTextsOutOfAllThatTheyWrite) {
  config_["output"]["texts"] = false;
  config_["compare"]["seeds"] = {1};
  config_["compare"].erase("shots");
  const Outcome outcome = compare();
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_FALSE(holds(outcome.out + outcome.err, "my card is lost")) << outcome.err;
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(place_.path() / "out")) {
    if (!entry.is_regular_file()) continue;
    ++files;
    EXPECT_FALSE(holds(read_file(entry.path(), ErrorKind::internal), "my card is lost")) << entry.path();
  }
  EXPECT_GT(files, 20U);
  EXPECT_TRUE(written()["pairs"][0]["paired"].get<bool>());
}

TEST_F(CompareArms, GoesOnWhereItStopped) {
  config_["compare"]["shots"] = {"all"};
  ASSERT_EQ(compare().code, 0);
  const Outcome again = compare();
  EXPECT_EQ(again.code, 5);
  EXPECT_TRUE(holds(again.err, "--resume"));

  const fs::path kept = place_.path() / "out/runs/frozen/all/seed1/report.json";
  const fs::path lost = place_.path() / "out/runs/full/all/seed2";
  const auto written_at = fs::last_write_time(kept);
  fs::remove_all(lost);
  config_["compare"]["arms"]["slow"] = {{"training.learning_rate", 1e-6}};
  const Outcome resumed = compare({"--resume"});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(fs::last_write_time(kept), written_at);
  EXPECT_TRUE(fs::exists(lost / "report.json"));
  EXPECT_EQ(written()["arms"].size(), 3U);

  // Other settings: nothing that is there will do.
  config_["training"]["batch_size"] = 4;
  ASSERT_EQ(compare({"--resume"}).code, 0);
  EXPECT_GT(fs::last_write_time(kept), written_at);
}

TEST_F(CompareArms, TakesNothingForFinishedThatWouldComeOutOtherwise) {
  config_["compare"]["shots"] = {"all"};
  config_["compare"]["seeds"] = {1};
  ASSERT_EQ(compare().code, 0);
  const auto resumed = [&](int kept, const std::string& why, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"--resume"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = compare(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    int found = 0;
    const std::string words = "finished before";
    for (std::size_t at = 0; (at = outcome.err.find(words, at)) != std::string::npos; ++at) ++found;
    EXPECT_EQ(found, kept) << why << outcome.err;
    EXPECT_TRUE(holds(outcome.err, why));
  };
  resumed(2, "");
  resumed(2, "", {"--set", "training.cache_disk_mb=1"});
  resumed(2, "full, all texts, seed 1: finished before, with training.threads 1 where 2 is asked", {"--threads", "2"});
  resumed(0, "/training/label_smoothing_factor has changed", {"--set", "training.label_smoothing_factor=0.1"});
  ASSERT_EQ(compare({"--overwrite"}).code, 0);

  std::string labels = place_.read("train.csv");
  labels.replace(labels.find(",balance"), 8, ",transfer");
  write_file(place_.path() / "train.csv", labels);
  resumed(0, "train.csv has changed");
  write_file(place_.path() / "test.csv", Workplace::csv(1, "now"));
  resumed(0, "test.csv has changed");
  EXPECT_EQ(written()["arms"][0]["texts"], 3);
  const fs::path encoder = place_.path() / "encoder";
  for (const char* name : {"config.json", "tokenizer_config.json", "model.safetensors"}) {
    const std::string old = read_file(encoder / name, ErrorKind::internal);
    std::string content = old;
    const bool is_json = content[0] == '{';
    if (is_json) content.insert(1, "\"note\": 1, ");
    if (!is_json) content.back() = static_cast<char>(content.back() ^ 1);
    write_file(encoder / name, content);
    resumed(0, concat(name, " has changed"));
  }
  resumed(2, "");

  const fs::path run = place_.path() / "out/runs/full/all/seed1";
  fs::remove(run / "predictions.jsonl");
  resumed(1, "predictions.jsonl is missing");
  EXPECT_TRUE(fs::exists(run / "predictions.jsonl"));
  fs::resize_file(run / "report.json", 100);
  resumed(1, "report.json has changed");
  fs::remove_all(run / "checkpoint");
  resumed(1, "is missing");
  fs::remove(run / kManifestName);
  resumed(1, "an older version made it");
  resumed(2, "");
}

TEST_F(CompareArms, AnArmThatCannotBeTrainedIsNamedAndTheOthersFinish) {
  config_["compare"]["shots"] = {"all"};
  config_["compare"]["arms"]["other"] = {{"encoder.path", "no-such-encoder"}};
  const Outcome outcome = compare();
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json json = written();
  EXPECT_EQ(json["arms"].size(), 2U);
  ASSERT_EQ(json["failed"].size(), 2U);
  EXPECT_EQ(json["failed"][0]["arm"], "other");
  EXPECT_TRUE(holds(json["failed"][0]["reason"].get<std::string>(), "no-such-encoder")) << json["failed"];
  EXPECT_TRUE(holds(outcome.out, "left out: "));
}

TEST_F(CompareArms, TellsWhatTransferSavesAndForecasts) {
  config_["compare"] = Json::parse(R"({"arms": {"frozen": {"transfer.policy": "frozen"},
    "scratch": {"transfer.policy": "frozen", "encoder.weights": "random"}},
    "seeds": [1, 2], "shots": [1, 2, "all"], "target_accuracy": 0.9})");
  const Outcome outcome = compare();
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json json = written();
  EXPECT_EQ(json["baseline_arm"], "scratch");
  ASSERT_EQ(json["savings"].size(), 3U);
  EXPECT_EQ(json["savings"][0]["labels"], 1.0);
  ASSERT_EQ(json["forecasts"].size(), 2U);
  EXPECT_EQ(json["forecasts"][0]["target_accuracy"], 0.9);
  EXPECT_GT(json["arms"][0]["cost"]["latency"]["median_seconds"], 0.0);
  EXPECT_TRUE(holds(outcome.out, "scratch needs"));
  const Json run = Json::parse(place_.read("out/runs/scratch/all/seed1/report.json"));
  EXPECT_EQ(run["encoder"]["random_weights"], true);

  config_["compare"]["baseline_arm"] = "frozn";
  const Outcome misnamed = compare({"--resume"});
  EXPECT_EQ(misnamed.code, 2);
  EXPECT_TRUE(
      holds(misnamed.err, "/compare/baseline_arm: found \"frozn\", expected one of the arms (frozen, scratch)"));
}

TEST_F(CompareArms, SaysAllThatIsWrongBeforeItTrains) {
  config_["compare"]["arms"]["fast"] = {{"training.lerning_rate", 1}};
  config_["compare"]["arms"]["odd"] = {{"training.epochs", -1}};
  for (const Outcome& outcome : {compare(), place_.run({"validate", "--config", "compare.json"})}) {
    EXPECT_EQ(outcome.code, 2);
    EXPECT_TRUE(holds(outcome.err, "arm fast: compare.arms: /training/lerning_rate"));
    EXPECT_TRUE(holds(outcome.err, "arm odd: compare.arms: /training/epochs"));
    EXPECT_FALSE(fs::exists(place_.path() / "out"));
  }

  config_.erase("compare");
  const Outcome without = compare();
  EXPECT_EQ(without.code, 2);
  EXPECT_TRUE(holds(without.err, "/compare/arms: found 0 arms"));
  EXPECT_EQ(place_.run({"compare"}).code, 2);
}

}  // namespace
