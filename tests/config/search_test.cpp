#include "transfer_tune/core/text.hpp"

#include "config/config_file.hpp"

#include <nlohmann/json.hpp>
#include <set>
#include <string>

using namespace tt;
using namespace tt::config;
using namespace tt::tests;

namespace {

std::vector<SearchTrial> trials_of(const std::string& block) {
  return search_trials(ConfigFile(config_text(R"("search": )" + block)).load());
}

}  // namespace

TEST(Search, GridTriesTheConfigItselfThenEveryProduct) {
  const auto trials =
      trials_of(R"({"settings": {"training.epochs": [1, 2], "transfer.policy": ["frozen", "full"], "head.C": [3]}})");
  ASSERT_EQ(trials.size(), 5U);
  EXPECT_TRUE(trials[0].overrides.empty());
  EXPECT_EQ(trials[0].config.training.epochs, 5);
  EXPECT_EQ(trials[2].overrides,
            (Overrides{{"training.epochs", "1"}, {"transfer.policy", "\"full\""}, {"head.C", "3"}}));
  EXPECT_EQ(trials[2].config.training.epochs, 1);
  EXPECT_EQ(trials[2].config.transfer.policy, Policy::full);
  EXPECT_EQ(trials[3].config.transfer.policy, Policy::frozen);
  for (const SearchTrial& trial : trials) EXPECT_FALSE(trial.config.search);
}

TEST(Search, DrawsBetweenNumbersBySeed) {
  const std::string block = R"({"method": "random", "trials": 200, "settings": {
      "training.learning_rate": {"min": 1e-5, "max": 1e-3, "scale": "log"}, "training.epochs": {"min": 1, "max": 3},
      "training.layer_decay": {"min": 0.5, "max": 1.0}}})";
  const auto trials = trials_of(block);
  ASSERT_EQ(trials.size(), 201U);
  std::set<std::int64_t> epochs;
  int below = 0;
  for (std::size_t i = 1; i < trials.size(); ++i) {
    const TrainingConfig& training = trials[i].config.training;
    EXPECT_GE(training.learning_rate, 1e-5);
    EXPECT_LE(training.learning_rate, 1e-3);
    EXPECT_GE(training.layer_decay, 0.5);
    EXPECT_LE(training.layer_decay, 1.0);
    epochs.insert(training.epochs);
    below += training.learning_rate < 1e-4 ? 1 : 0;
  }
  EXPECT_EQ(epochs, (std::set<std::int64_t>{1, 2, 3}));
  EXPECT_NEAR(below, 100, 30);  // evenly in the logarithm; four standard deviations
  const auto again = trials_of(block);
  EXPECT_EQ(again[200].overrides, trials[200].overrides);
}

TEST(Search, DrawsNoTrialTwice) {
  EXPECT_EQ(trials_of(R"({"method": "random", "trials": 50, "settings": {"training.epochs": [1, 2, 3]}})").size(), 4U);
}

TEST(Search, ReadsPathsAndCommandLineLikeTheConfig) {
  const ConfigFile file(config_text(R"("search": {"settings": {"encoder.path": ["./other"]}})"));
  const auto trials = search_trials(file.load({{"training.epochs", "9"}}));
  ASSERT_EQ(trials.size(), 2U);
  EXPECT_EQ(trials[1].config.encoder.path, file.directory() / "other");
  EXPECT_EQ(trials[1].config.training.epochs, 9);
}

TEST(Search, IsAPartOfTheResolvedConfig) {
  const RunConfig config =
      ConfigFile(
          config_text(R"("search": {"method": "random", "settings": {"training.epochs": {"min": 1, "max": 4}}})"))
          .load();
  const auto json = nlohmann::json::parse(resolved_json(config));
  EXPECT_EQ(json["search"]["trials"], 16);
  EXPECT_EQ(json["search"]["settings"]["training.epochs"]["max"], 4);
  EXPECT_TRUE(json["search"]["settings"]["training.epochs"]["max"].is_number_integer());
}

TEST(Search, NamesAllThatIsWrongAtOnce) {
  EXPECT_EQ(error_of(R"("search": {"settings": {"training.epochs": {"min": 3, "max": 1}, "target.test": ["a"]}})"),
            "F: /search/settings/training.epochs: found a range, expected a list of values (the methods random and "
            "halving draw from ranges)\n"
            "F: /search/settings/training.epochs: found min 3 and max 1, expected a min below the max\n"
            "F: /search/settings/target.test: found what says where texts come from, what is measured or what is "
            "written, expected a setting of how to train");
  EXPECT_TRUE(holds(error_of(R"("search": {"settings": {"training.epoch": [1]}})"), "/training/epoch"));
  EXPECT_TRUE(holds(error_of(R"("search": {"settings": {"training.epochs": [1, 0]}})"), "search.settings"));
  EXPECT_TRUE(holds(error_of(R"("search": {"settings": {}})"), "/search/settings"));
  EXPECT_TRUE(holds(error_of(R"("search": {"method": "random", "settings": {"head.C": {"min": 0, "max": 1,
                             "scale": "log"}}})"),
                    "/search/settings/head.C/min: found 0, expected more than 0"));
}
