#include "cli/workplace.hpp"
#include "support/json_lines.hpp"
#include "support/messages.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace fs = std::filesystem;
using namespace tt;
using namespace tt::tests;
using Json = nlohmann::json;

namespace {

/// One finished run that the tests below read from.
class FinishedRun : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    workplace_ = new Workplace;
    outcome_ = new Outcome(workplace_->run({"--config", "run.json"}));
    ASSERT_EQ(outcome_->code, 0) << outcome_->err;
  }
  static void TearDownTestSuite() {
    delete outcome_;
    delete workplace_;
  }

  inline static const Workplace* workplace_ = nullptr;
  inline static const Outcome* outcome_ = nullptr;
};

}  // namespace

TEST_F(FinishedRun, LeavesTheWholeOutput) {
  for (const char* name : {"checkpoint", "report.json", "report.md", "report.html", "predictions.jsonl",
                           "config.resolved.json", "log.jsonl"}) {
    EXPECT_TRUE(fs::exists(workplace_->path() / "out" / name)) << name;
  }
  EXPECT_FALSE(fs::exists(workplace_->path() / "out.partial"));
  EXPECT_EQ(json_lines(workplace_->read("out/predictions.jsonl")).size(), 6U);
  const Json report = Json::parse(workplace_->read("out/report.json"));
  EXPECT_TRUE(report["test"].contains("accuracy"));
}

TEST_F(FinishedRun, SaysWhatCameOutOnStandardOutputAndLogsOnStandardError) {
  EXPECT_EQ(outcome_->out.rfind("target: accuracy ", 0), 0U) << outcome_->out;
  EXPECT_TRUE(holds(outcome_->out, "floor, majority class: accuracy 0.333"));
  EXPECT_TRUE(holds(outcome_->out, "out/report.html"));
  EXPECT_TRUE(holds(outcome_->err, " info "));
  // Standard error is no terminal here.
  EXPECT_FALSE(holds(outcome_->err, "\x1b"));
  EXPECT_FALSE(holds(outcome_->err, "\r"));
}

TEST(Run, CountsItsSecondsFromTheProgramsOwnStart) {
  const Workplace workplace;
  // As scripts/quickstart does, whose shell builds first.
  const auto started = std::chrono::steady_clock::now();
  const Outcome outcome = workplace.run(Launch{.arguments = {"--config", "run.json"}, .shell_first = "sleep 1"});
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json timing = Json::parse(workplace.read("out/report.json"))["timing"];
  EXPECT_LT(timing["total_seconds"], seconds - 1);
  EXPECT_LT(timing["seconds_to_first_forward"], timing["total_seconds"]);
  EXPECT_GT(timing["seconds_to_first_forward"], 0);
}

TEST_F(FinishedRun, IsNotOverwrittenUnasked) {
  const std::string before = workplace_->read("out/report.json");
  const Outcome outcome = workplace_->run({"run", "--config", "run.json"});
  EXPECT_EQ(outcome.code, 5);
  EXPECT_TRUE(holds(outcome.err, "--overwrite"));
  EXPECT_EQ(workplace_->read("out/report.json"), before);
}

TEST_F(FinishedRun, EvaluateFindsTheSameFigures) {
  const Outcome outcome =
      workplace_->run({"evaluate", "--checkpoint", "out", "--data", "test.csv", "--label-column", "intent", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json report = Json::parse(workplace_->read("out/report.json"));
  EXPECT_EQ(Json::parse(outcome.out)["accuracy"], report["test"]["accuracy"]);
  EXPECT_EQ(workplace_->run({"evaluate", "--checkpoint", "out", "--data", "none.csv"}).code, 3);
}

TEST_F(FinishedRun, EvaluateTakesOtherFilesAndLeavesTextsOut) {
  write_file(workplace_->path() / "odd.txt", "text^intent\nmy card w\xFE^balance\nmy card is lost^balance\n");
  const Outcome outcome =
      workplace_->run({"evaluate", "--checkpoint", "out", "--data", "odd.txt", "--label-column", "intent",
                       "--delimiter", "^", "--encoding", "windows-1254", "--no-texts", "--html", "odd.html"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  for (const std::string& text : {outcome.out, outcome.err, workplace_->read("odd.html")}) {
    EXPECT_FALSE(holds(text, "my card"));
  }
  EXPECT_EQ(workplace_->run({"evaluate", "--checkpoint", "out", "--data", "odd.txt", "--delimiter", "^^"}).code, 2);
}

TEST_F(FinishedRun, EvaluateRefusesAFileOfForeignLabels) {
  write_file(workplace_->path() / "foreign.csv", "text,intent\nmy card,CARD_LOST\n");
  const Outcome outcome =
      workplace_->run({"evaluate", "--checkpoint", "out", "--data", "foreign.csv", "--label-column", "intent"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(holds(outcome.err, "meant \"card_lost\"?"));
}

TEST_F(FinishedRun, PredictLeavesTextsOutWhereAsked) {
  const Outcome outcome = workplace_->run({"predict", "--checkpoint", "out", "--no-texts"}, "my card\n\nmy card\n");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(json_lines(outcome.out).size(), 3U);
  EXPECT_FALSE(holds(outcome.out, "my card"));
}

TEST_F(FinishedRun, PredictAnswersLineByLine) {
  const Outcome outcome =
      workplace_->run({"predict", "--checkpoint", "out/checkpoint"}, "my card is lost\n\nwhat is my balance");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto answers = json_lines(outcome.out);
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers[0]["text"], "my card is lost");
  EXPECT_EQ(answers[1]["text"], "");
  EXPECT_TRUE(answers[1]["prediction"].is_null());
  EXPECT_FALSE(answers[0]["prediction"].is_null());
  EXPECT_EQ(answers[2]["index"], 2);
  EXPECT_FALSE(answers[0].contains("logits"));
  EXPECT_EQ(answers[0]["top3"].size(), 3U);
}

TEST_F(FinishedRun, PredictReadsJsonlAndAddsLogits) {
  const Outcome outcome =
      workplace_->run({"predict", "--checkpoint", "out", "--logits"},
                      "{\"text\": \"my card is lost\", \"id\": 17}\n{\"text\": \"{\", \"id\": \"b\"}\n");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto answers = json_lines(outcome.out);
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0]["id"], 17);
  EXPECT_EQ(answers[1]["id"], "b");
  EXPECT_EQ(answers[1]["text"], "{");
  EXPECT_EQ(answers[0]["logits"].size(), 3U);
}

TEST_F(FinishedRun, PredictCarriesIdsThroughAsTheyAreWritten) {
  std::string input;
  const std::vector<std::string> ids{
      "1e23", "18446744073709551616", "-9223372036854775809", "1.10", "7", "\"7\"", "\"\\u00e9\"", "[1, 2]"};
  for (const std::string& id : ids) input += concat("{\"text\": \"my card\", \"id\": ", id, "}\n");
  input += "{\"text\": \"my card\", \"id\": null}\n{\"text\": \"my card\"}\n";
  const Outcome outcome = workplace_->run({"predict", "--checkpoint", "out"}, input);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  std::size_t at = 0;
  for (const std::string& id : ids) {
    const std::string expected = concat("\"id\":", id, ",\"text\"");
    at = outcome.out.find(expected, at);
    ASSERT_NE(at, std::string::npos) << expected << "\n" << outcome.out;
  }
  EXPECT_FALSE(json_lines(outcome.out)[8].contains("id"));
  EXPECT_FALSE(json_lines(outcome.out)[9].contains("id"));
}

TEST_F(FinishedRun, PredictGivesBlankTextsNoPrediction) {
  const auto predict = [&](const std::string& input) {
    std::string out;
    for (const auto& answer : json_lines(workplace_->run({"predict", "--checkpoint", "out"}, input).out)) {
      out += answer["prediction"].is_null() ? '-' : '+';
    }
    return out;
  };
  EXPECT_EQ(predict("\n \nmy card\n\xC2\xA0\nmy card\n\n"), "--+-+-");
  EXPECT_EQ(predict("\n\n"), "--");
  // Between JSON records a blank line is nothing.
  EXPECT_EQ(predict("\n{\"text\": \"my card\"}\n\n{\"text\": \" \", \"id\": 1}\n\n"), "+-");
}

TEST_F(FinishedRun, PredictAnswersWhatCameBeforeABadLine) {
  for (const char* bad : {"{\"text\": 5}", "{\"text\": \"a\", \"text\": \"b\"}", "{\"txt\": \"a\"}", "my card", "[1]",
                          "{\"text\": \"\xff\"}"}) {
    const Outcome outcome =
        workplace_->run({"predict", "--checkpoint", "out"}, concat("{\"text\": \"a\"}\n", bad, '\n'));
    EXPECT_EQ(outcome.code, 3) << bad;
    EXPECT_TRUE(holds(outcome.err, "standard input:2: "));
    EXPECT_EQ(json_lines(outcome.out).size(), 1U) << bad;
  }
}

TEST_F(FinishedRun, PredictStopsWhenItsReaderGoes) {
  Launch launch{{"predict", "--checkpoint", "out"}};
  for (int i = 0; i < 20000; ++i) launch.input += "my card is lost\n";
  launch.reads_output = false;
  const Outcome outcome = workplace_->run(launch);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
}

TEST_F(FinishedRun, ADamagedCheckpointIsRefused) {
  const Workplace other;
  fs::copy(workplace_->path() / "out", other.path() / "out", fs::copy_options::recursive);
  for (const auto& entry : fs::recursive_directory_iterator(other.path() / "out/checkpoint")) {
    if (entry.path().extension() == ".safetensors") fs::resize_file(entry.path(), fs::file_size(entry.path()) - 1);
  }
  const Outcome outcome = other.run({"predict", "--checkpoint", "out"}, "my card\n");
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_EQ(outcome.out, "");
}

TEST(Run, JsonAndQuiet) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"run", "--config", "run.json", "--json", "--quiet", "--threads", "1"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(Json::parse(outcome.out), Json::parse(workplace.read("out/report.json")));
  EXPECT_FALSE(holds(outcome.err, " info "));
  EXPECT_NE(workplace.read("out/log.jsonl"), "");
}

TEST(Run, DrawsProgressAndColoursOnATerminal) {
  const Workplace workplace;
  Launch launch{{"--config", "run.json", "--set", "training.epochs=20"}};
  launch.on_terminal = true;
  launch.environment = {{"TERM", "xterm"}, {"NO_COLOR", ""}};
  const Outcome coloured = workplace.run(launch);
  ASSERT_EQ(coloured.code, 0) << coloured.err;
  EXPECT_TRUE(holds(coloured.err, "\r\x1b[K"));
  EXPECT_TRUE(holds(coloured.err, "  ["));
  EXPECT_TRUE(holds(coloured.err, "\x1b[32m"));

  launch.arguments.emplace_back("--overwrite");
  launch.environment["NO_COLOR"] = "1";
  const Outcome plain = workplace.run(launch);
  ASSERT_EQ(plain.code, 0) << plain.err;
  EXPECT_FALSE(holds(plain.err, "\x1b[32m"));

  launch.arguments.emplace_back("--quiet");
  const Outcome quiet = workplace.run(launch);
  ASSERT_EQ(quiet.code, 0) << quiet.err;
  EXPECT_EQ(quiet.err.find('\r'), quiet.err.find("\r\n"));
}

TEST(Run, OverwriteReplacesTheWholeOutput) {
  const Workplace workplace;
  ASSERT_EQ(workplace.run({"--config", "run.json", "--set", "training.tensorboard=true"}).code, 0);
  EXPECT_TRUE(fs::exists(workplace.path() / "out/tensorboard"));
  EXPECT_EQ(workplace.run({"--config", "run.json"}).code, 5);
  ASSERT_EQ(workplace.run({"--config", "run.json", "--overwrite"}).code, 0);
  EXPECT_FALSE(fs::exists(workplace.path() / "out/tensorboard"));
  EXPECT_FALSE(fs::exists(workplace.path() / "out.replaced"));
  EXPECT_TRUE(fs::exists(workplace.path() / "out/report.json"));
  // Its own copy of the config may be run in its place, as the report says.
  EXPECT_EQ(workplace.run({"--config", "out/config.resolved.json", "--overwrite"}).code, 0);
}

TEST(Run, ValidateChecksWithoutWriting) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"validate", "--config", "run.json", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json validation = Json::parse(outcome.out);
  EXPECT_EQ(validation["labels"], 3);
  EXPECT_EQ(validation["test_examples"], 6);
  EXPECT_FALSE(fs::exists(workplace.path() / "out"));
  EXPECT_FALSE(fs::exists(workplace.path() / "out.partial"));
  const std::string said = workplace.run({"validate", "--config", "run.json"}).out;
  EXPECT_TRUE(holds(said, "the config is valid"));
  EXPECT_EQ(validation["validation_folds"], 5);
  EXPECT_TRUE(holds(said, "texts: 18 to train on, 5 folds of them for validation, 6 to test on"));
}

TEST(Run, LongTextsAreCutCountedAndReported) {
  const Workplace workplace;
  std::string text = Workplace::csv(6);
  for (int i = 0; i < 100; ++i) text += "card ";
  write_file(workplace.path() / "train.csv", text + ",card_lost\n");
  const Outcome outcome = workplace.run({"--config", "run.json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(Json::parse(workplace.read("out/report.json"))["data"]["train"]["truncated"], 1);
}

namespace {

class Stopped : public ::testing::TestWithParam<int> {};

}  // namespace

TEST_P(Stopped, EndsWithItsCodeAndNoHalfOutput) {
  const Workplace workplace;
  Launch launch{{"--config", "run.json", "--set", "training.epochs=100000"}};
  launch.signal_after = " info ";
  launch.signal_number = GetParam();
  const Outcome outcome = workplace.run(launch);
  EXPECT_EQ(outcome.code, 128 + GetParam()) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_FALSE(fs::exists(workplace.path() / "out"));
}

INSTANTIATE_TEST_SUITE_P(Run, Stopped, ::testing::Values(SIGINT, SIGTERM));
