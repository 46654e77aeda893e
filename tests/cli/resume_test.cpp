#include "cli/workplace.hpp"
#include "support/messages.hpp"
#include "support/run_outputs.hpp"
#include "transfer_tune/core/random.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>

namespace fs = std::filesystem;
using namespace tt;
using namespace tt::tests;
using Json = Workplace::Json;

namespace {

std::map<std::string, std::string> outputs(const fs::path& out) {
  return steady_outputs(out, {"train_seconds", "total_seconds", "latency", "cost", "peak_rss_bytes"});
}

struct Kind {
  std::string name;
  Json changes;
};

Json config_of(const Kind& kind) {
  Json json = Workplace::config();
  json["training"]["save_steps"] = 1;
  json["training"]["epochs"] = 6;
  json["evaluation"] = {{"latency", false}};
  json.merge_patch(kind.changes);
  return json;
}

class KilledRun : public ::testing::TestWithParam<Kind> {};

/// Ten random moments each, one after another in the same run: fifty in all.
TEST_P(KilledRun, IsResumedBitForBit) {
  using Clock = std::chrono::steady_clock;
  const Json config = config_of(GetParam());
  const std::vector<std::string> run{config.contains("compare") ? "compare" : "run", "--config", "run.json",
                                     "--resume"};
  const Workplace whole;
  write_file(whole.path() / "run.json", config.dump());
  const auto start = Clock::now();
  Launch first{{run.begin(), run.end()}};
  if (run[0] == "compare") first.arguments.pop_back();
  const Outcome expected = whole.run(first);
  const auto duration = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
  ASSERT_EQ(expected.code, 0) << expected.err;

  constexpr int kKills = 10;
  const Workplace place;
  write_file(place.path() / "run.json", config.dump());
  RandomStream random(11);
  int kills = 0;
  for (int finished = 0; kills < kKills || finished == 0;) {
    Launch launch{run};
    // A comparison goes on in a directory that is there.
    if (run[0] == "compare" && !fs::exists(place.path() / "out")) launch.arguments.pop_back();
    if (kills < kKills) {
      launch.signal_number = SIGKILL;
      launch.signal_delay = std::chrono::milliseconds(random.below(static_cast<std::uint32_t>(duration.count()) + 1));
    }
    const Outcome outcome = place.run(launch);
    const bool was_killed = outcome.code == 1000 + SIGKILL;
    if (was_killed) ++kills;
    // It may have been killed between the last rename and its end.
    if (was_killed && (run[0] == "compare" || !fs::exists(place.path() / "out"))) continue;
    ASSERT_TRUE(was_killed || outcome.code == 0) << outcome.err;
    ++finished;
    const auto files = outputs(place.path() / "out");
    const auto wanted = outputs(whole.path() / "out");
    ASSERT_EQ(files.size(), wanted.size());
    for (const auto& [name, content] : wanted) {
      std::string found = files.at(name);
      for (std::size_t at = 0; (at = found.find(place.path().string(), at)) != std::string::npos;) {
        found.replace(at, place.path().string().size(), whole.path().string());
      }
      EXPECT_TRUE(found == content) << name << " after " << kills << " kills";
    }
    EXPECT_FALSE(fs::exists(place.path() / "out.partial"));
    fs::remove_all(place.path() / "out");
    fs::remove_all(place.path() / "cache");
  }
}

const Json kByFolds = Json::parse(R"({"training": {"metric_for_best_model": "log_loss", "epochs": 2}})");
const Json kAutomatic = Json::parse(R"({"transfer": {"policy": "auto"}, "target": {"test": null}})");
const Json kSource = Json::parse(R"({"source": {"train": "train.csv", "label_column": "intent", "policy": "full",
                                                "training": {"batch_size": 8, "epochs": 4}}})");
const Json kSearch = Json::parse(R"({"search": {"settings": {"training.learning_rate": [0.001]}}})");
const Json kCompare =
    Json::parse(R"({"compare": {"arms": {"full": {}, "bitfit": {"transfer.policy": "bitfit"}}, "seeds": [1]}})");

INSTANTIATE_TEST_SUITE_P(Runs, KilledRun,
                         ::testing::Values(Kind{"by_folds", kByFolds}, Kind{"auto", kAutomatic},
                                           Kind{"source", kSource}, Kind{"search", kSearch}, Kind{"compare", kCompare}),
                         [](const auto& test) { return test.param.name; });

class Interrupted : public ::testing::TestWithParam<int> {};

TEST_P(Interrupted, SavesAndSaysHowToGoOn) {
  const Workplace place;
  Launch launch{{"--config", "run.json", "--set", "training.epochs=2000", "--set", "training.save_steps=1000000"}};
  launch.signal_after = "training texts";
  launch.signal_number = GetParam();
  const Outcome outcome = place.run(launch);
  EXPECT_EQ(outcome.code, 128 + GetParam()) << outcome.err;
  EXPECT_TRUE(holds(outcome.err, "--resume goes on from there")) << outcome.err;
  launch.arguments.emplace_back("--resume");
  launch.signal_after = "resuming: ";
  const Outcome again = place.run(launch);
  EXPECT_EQ(again.code, 128 + GetParam()) << again.err;
  EXPECT_TRUE(holds(again.err, ": goes on in epoch ")) << again.err;
}

INSTANTIATE_TEST_SUITE_P(Run, Interrupted, ::testing::Values(SIGINT, SIGTERM));

}  // namespace
