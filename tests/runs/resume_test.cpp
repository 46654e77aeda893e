#include "runs/workshop.hpp"
#include "support/run_outputs.hpp"

#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/log.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <map>
#include <memory>

namespace {

namespace fs = std::filesystem;
using namespace tt;
using tests::error_of;
using tests::holds;
using tests::Json;
using tests::Workshop;

std::map<std::string, std::string> outputs(const fs::path& out) {
  return tests::steady_outputs(out, {"config_path", "output_dir"});
}

Json saving(Json json) {
  json["training"]["save_steps"] = 1;
  json["training"]["save_minutes"] = 0;
  return json;
}

struct Sitting {
  bool finished = false;
  std::string message;
  int calls = 0;  ///< of the progress callback
};

/// A run that is asked to stop when it tells its progress, or its loss after a step, for the `stop`th time; 0: never.
Sitting sit(const config::RunConfig& config, int stop, runs::Resume resume, bool after_step = false) {
  const std::shared_ptr<void> reset(nullptr, [](void*) { request_interrupt(0); });
  Sitting out;
  const auto progress = [&](const Progress& told) {
    if (after_step && std::isnan(told.loss)) return;
    if (++out.calls == stop) request_interrupt(SIGINT);
  };
  try {
    (void)runs::adapt(config, {.overwrite = false, .cache = true, .progress = progress, .resume = resume});
    out.finished = true;
  } catch (const InterruptedError& error) {
    out.message = error.what();
  }
  return out;
}

struct Kind {
  std::string name;
  Json changes;
};

class ResumedRun : public ::testing::TestWithParam<Kind> {
 protected:
  [[nodiscard]] static Json config() {
    Json json = saving(Workshop::config());
    json.merge_patch(GetParam().changes);
    json["training"]["epochs"] = 2;
    return json;
  }
};

TEST_P(ResumedRun, IsBitForBitTheSameWhereverItWasStopped) {
  const Workshop shop;
  const int calls = sit(shop.load(config()), 0, runs::Resume::no).calls;
  ASSERT_GT(calls, 10);
  const std::map<std::string, std::string> expected = outputs(shop.path() / "out");
  const auto begin_anew = [&] {
    fs::remove_all(shop.path() / "out");
    fs::remove_all(shop.path() / "cache");
  };
  begin_anew();
  const auto expect_same = [&](const std::string& when) {
    const auto written = outputs(shop.path() / "out");
    ASSERT_EQ(written.size(), expected.size()) << when;
    for (const auto& [name, content] : expected) {
      EXPECT_TRUE(written.at(name) == content) << name << ' ' << when;
    }
    EXPECT_FALSE(fs::exists(shop.path() / "out.partial"));
    EXPECT_FALSE(fs::exists(shop.path() / "out/state"));
    begin_anew();
  };
  for (int stop = 1; stop < calls; stop += std::max(1, calls / 8)) {
    const Sitting first = sit(shop.load(config()), stop, runs::Resume::no);
    ASSERT_FALSE(first.finished);
    ASSERT_TRUE(sit(shop.load(config()), 0, runs::Resume::yes).finished);
    expect_same(concat("stopped at ", stop, " of ", calls));
  }
  // Again and again, as far as it comes in so many calls.
  int sittings = 0;
  for (int stop = std::max(8, calls / 4); !sit(shop.load(config()), stop, runs::Resume::yes).finished; stop += 2)
    ++sittings;
  EXPECT_GT(sittings, 0);
  expect_same("stopped many times");
}

INSTANTIATE_TEST_SUITE_P(
    Runs, ResumedRun,
    ::testing::Values(
        Kind{"full", Json::object()}, Kind{"held_out", {{"target", {{"validation_fraction", 0.25}}}}},
        Kind{"epochs_by_folds",
             {{"training", {{"metric_for_best_model", "log_loss"}, {"early_stopping_patience", 1}}},
              {"target", {{"validation_fraction", 0.25}}}}},
        Kind{"no_test", {{"target", {{"test", nullptr}}}}},
        Kind{"no_refit_no_test",
             {{"target", {{"test", nullptr}, {"validation", "test.csv"}}},
              {"training", {{"metric_for_best_model", "accuracy"}}}}},
        Kind{"auto", {{"transfer", {{"policy", "auto"}}}, {"target", {{"validation_fraction", 0.25}}}}},
        Kind{"gradual", {{"transfer", {{"policy", "gradual"}}}, {"training", {{"l2_sp", 0.1}}}}},
        Kind{"lora", {{"transfer", {{"policy", "lora"}}}, {"training", {{"gradient_accumulation_steps", 2}}}}},
        Kind{"source",
             {{"source", {{"train", "retail.csv"}, {"label_column", "intent"}, {"training", {{"batch_size", 8}}}}}}},
        Kind{"unlabelled", {{"target", {{"unlabelled", "retail.csv"}, {"validation_fraction", 0.25}}}}},
        Kind{"search", {{"search", {{"settings", {{"training.learning_rate", {1e-3}}}}}}}}),
    [](const auto& test) { return test.param.name; });

class SavedRun : public ::testing::Test {
 protected:
  /// Leaves a state.
  void SetUp() override {
    const Sitting first = sit(shop_.load(json_), 5, runs::Resume::no, true);
    ASSERT_FALSE(first.finished);
    ASSERT_TRUE(holds(first.message, "--resume goes on from there")) << first.message;
  }
  [[nodiscard]] std::string resumed(const Json& json, runs::Resume resume = runs::Resume::yes) const {
    return error_of([&] {
      (void)runs::adapt(shop_.load(json), {.overwrite = false, .cache = true, .progress = {}, .resume = resume});
    });
  }

  Workshop shop_;
  Json json_ = saving(Workshop::config());
};

TEST_F(SavedRun, IsNotThrownAwayUnasked) {
  const std::string refused = resumed(json_, runs::Resume::no);
  EXPECT_TRUE(refused.starts_with("5: ")) << refused;
  EXPECT_TRUE(holds(refused, "pass --resume to go on from there, --overwrite to begin anew"));
  (void)shop_.adapt(json_);
  EXPECT_EQ(shop_.report()["timing"]["resumed"].size(), 0U);
}

TEST_F(SavedRun, NamesAllThatDiffersAtOnce) {
  Json other = json_;
  other["training"]["learning_rate"] = 0.002;
  other["training"]["epochs"] = 4;
  other["training"]["threads"] = 2;
  shop_.write("train.csv", Workshop::csv(tests::kBanking, 7, "please"));
  const std::string refused = resumed(other);
  EXPECT_TRUE(refused.starts_with("2: ")) << refused;
  for (const char* part : {"/training/learning_rate was ", "/training/epochs was 3, and is 4", "train.csv has changed",
                           "threads was 1, and is 2", "--overwrite without --resume"}) {
    EXPECT_TRUE(holds(refused, part)) << part << "\n" << refused;
  }
  EXPECT_TRUE(holds(resumed(other, runs::Resume::elsewhere), "train.csv has changed"));
}

TEST_F(SavedRun, GoesOnElsewhereWhenAsked) {
  Json other = json_;
  other["training"]["threads"] = 2;
  other["training"]["cache_disk_mb"] = 1;
  EXPECT_TRUE(holds(resumed(other), "pass --resume-elsewhere"));
  EXPECT_EQ(resumed(other, runs::Resume::elsewhere), "");
  const Json timing = shop_.report()["timing"];
  ASSERT_EQ(timing["resumed"].size(), 1U);
  EXPECT_EQ(timing["resumed"][0]["fit"], "target 1");
  EXPECT_GT(timing["earlier_seconds"], 0);
}

TEST_F(SavedRun, OfADamagedStateTheOneBeforeIsTaken) {
  const fs::path state = shop_.path() / "out.partial/state";
  ASSERT_TRUE(fs::exists(state / "0.json"));
  ASSERT_TRUE(fs::exists(state / "1.json"));
  EXPECT_FALSE(fs::exists(state / "2.json")) << "as many as are kept, and one that is written";
  const auto number = [&](const char* file) {
    return Json::parse(read_file(state / file, ErrorKind::internal))["state"]["number"].get<int>();
  };
  const std::string last = number("0.json") > number("1.json") ? "0" : "1";
  std::string bytes = read_file(state / (last + ".safetensors"), ErrorKind::internal);
  bytes[bytes.size() / 2] ^= 1;
  write_file(state / (last + ".safetensors"), bytes);
  std::vector<std::string> warnings;
  const int observer = add_log_observer([&](LogLevel level, std::string_view text) {
    if (level == LogLevel::warning) warnings.emplace_back(text);
  });
  EXPECT_EQ(resumed(json_), "");
  remove_log_observer(observer);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_TRUE(holds(warnings[0], last + ".json: this saved state is left aside: its safetensors file has changed"));
  EXPECT_EQ(shop_.report()["timing"]["resumed"].size(), 1U);
}

TEST_F(SavedRun, OfHostileStatesNoneIsTaken) {
  const fs::path state = shop_.path() / "out.partial/state";
  write_file(state / "0.json", "{\"state\": {\"number\": -1e99}, \"sha256\": 4}");
  write_file(state / "1.json", std::string(100000, '['));
  EXPECT_EQ(resumed(json_), "");
  EXPECT_EQ(shop_.report()["timing"]["resumed"].size(), 0U);
}

/// Nothing that a fit holds may be left out of its state.
TEST(SavedState, IsBoundedAsValidateSays) {
  const Workshop shop;
  const Json json = saving(Workshop::config());
  const double most = runs::validate(shop.load(json)).most_state_bytes;
  (void)sit(shop.load(json), 7, runs::Resume::no, true);
  double bytes = 0;
  for (const auto& entry : fs::directory_iterator(shop.path() / "out.partial/state")) {
    if (entry.path().extension() == ".safetensors") bytes += static_cast<double>(entry.file_size());
  }
  EXPECT_GT(bytes, 0);
  EXPECT_LE(bytes, most);
  Json off = json;
  off["training"]["save_steps"] = 0;
  EXPECT_EQ(runs::validate(shop.load(off), true).most_state_bytes, 0);
}

}  // namespace
