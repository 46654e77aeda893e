#include "cli/workplace.hpp"
#include "support/messages.hpp"

#include <gtest/gtest.h>

namespace fs = std::filesystem;
using namespace tt;
using namespace tt::tests;
using Json = nlohmann::json;

namespace {

/// Finished runs that the tests below compare: `frozen`, and `full` under two seeds.
class Compare : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    workplace_ = new Workplace;
    train("frozen", R"({"policy": "frozen"})", 1);
    train("full", R"({"policy": "full"})", 1);
    train("full_2", R"({"policy": "full"})", 2);
  }
  static void TearDownTestSuite() { delete workplace_; }

  static void train(const std::string& out, const std::string& transfer, int seed) {
    const Outcome outcome = workplace_->run({"--config", "run.json", "--quiet", "--set", "output.dir=" + out, "--set",
                                             "transfer=" + transfer, "--set", concat("training.seed=", seed)});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }

  /// A copy of a finished run, to be spoiled.
  static fs::path copy(const std::string& of, const std::string& name) {
    fs::remove_all(workplace_->path() / name);
    fs::copy(workplace_->path() / of, workplace_->path() / name, fs::copy_options::recursive);
    return workplace_->path() / name;
  }

  static Json compared(std::vector<std::string> runs) {
    std::vector<std::string> arguments{"compare", "--json", "--runs"};
    arguments.insert(arguments.end(), runs.begin(), runs.end());
    const Outcome outcome = workplace_->run(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return Json::parse(outcome.out);
  }

  inline static const Workplace* workplace_ = nullptr;
};

}  // namespace

TEST_F(Compare, JudgesGatesByCompareJson) {
  const Outcome outcome =
      workplace_->run({"compare", "--runs", "frozen", "full", "--out", "gated", "--summary", "summary.md", "--gate",
                       "arms['full'].accuracy.mean>=0", "--gate", "arms['full'].accuracy.mean>1"});
  EXPECT_EQ(outcome.code, 7) << outcome.err;
  EXPECT_TRUE(holds(outcome.out, "\nPASS arms[\"full\"].accuracy.mean >= 0: "));
  EXPECT_TRUE(holds(outcome.err, "1 of 2 quality gates failed"));
  EXPECT_EQ(Json::parse(workplace_->read("gated/compare.json"))["gates"].size(), 2U);
  EXPECT_TRUE(holds(workplace_->read("gated/junit.xml"), "failures=\"1\""));
  EXPECT_TRUE(workplace_->read("summary.md").starts_with("## Comparison of 2 arms: 1 of 2 quality gates failed\n"));

  const Outcome unknown = workplace_->run({"compare", "--runs", "frozen", "full", "--gate", "arms[*].acuracy.mean>0"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_TRUE(holds(unknown.err, "(nearest: arms[*].accuracy)"));
}

TEST_F(Compare, PutsRunsSideBySide) {
  const Json json = compared({"frozen", "full"});
  ASSERT_EQ(json["arms"].size(), 2U);
  const Json report = Json::parse(workplace_->read("full/report.json"));
  EXPECT_EQ(json["arms"][1]["name"], "full");
  EXPECT_EQ(json["arms"][1]["policy"], "full");
  EXPECT_EQ(json["arms"][1]["accuracy"]["mean"], report["test"]["accuracy"]);
  EXPECT_EQ(json["arms"][1]["macro_f1"]["per_seed"][0], report["test"]["macro_f1"]);
  EXPECT_EQ(json["arms"][1]["cost"]["train_seconds"].get<double>(),
            report["training"]["seconds"].get<double>() + report["training"]["reused_seconds"].get<double>());
  EXPECT_EQ(json["arms"][1]["cost"]["trainable_parameters"], report["policy"]["trainable_parameters"]);
  EXPECT_GT(json["arms"][1]["cost"]["checkpoint_bytes"], 1000);
  ASSERT_EQ(json["pairs"].size(), 1U);
  EXPECT_EQ(json["pairs"][0]["paired"], true);
  // Six texts are too few for any claim, whatever they were answered.
  EXPECT_TRUE(json["pairs"][0]["p_holm"].is_null() || json["pairs"][0]["p_holm"] >= 0.03) << json["pairs"];
  EXPECT_TRUE(holds(json["verdict"].get<std::string>(), "One seed each"));
}

TEST_F(Compare, GroupsSeedsUnderAName) {
  const Json json = compared({"frozen", "tuned=full,full_2"});
  EXPECT_EQ(json["arms"][1]["name"], "tuned");
  ASSERT_EQ(json["arms"][1]["runs"].size(), 2U);
  EXPECT_EQ(json["arms"][1]["runs"][1]["seed"], 2);
  EXPECT_FALSE(json["arms"][1]["accuracy"]["sd"].is_null());
  EXPECT_EQ(json["pairs"][0]["tests"].size(), 1U) << "the seed in common";
  EXPECT_TRUE(holds(json["verdict"].get<std::string>(), "One seed of frozen"));
}

TEST_F(Compare, ShowsTablesAndTheVerdict) {
  const Outcome outcome = workplace_->run({"compare", "--runs", "frozen", "full/"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out.rfind("Arm     Policy  Seeds", 0), 0U) << outcome.out;
  EXPECT_TRUE(holds(outcome.out, "\nfull    full"));
  EXPECT_TRUE(holds(outcome.out, "One seed each"));
  EXPECT_FALSE(fs::exists(workplace_->path() / "compare.json"));
}

TEST_F(Compare, WritesItsOutputWholeAndReplacesItOnlyWhenAsked) {
  const std::vector<std::string> arguments{"compare", "--runs", "frozen", "full", "--out", "compared"};
  const Outcome outcome = workplace_->run(arguments);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(holds(outcome.out, "report: compared/compare.html"));
  const std::string json = workplace_->read("compared/compare.json");
  EXPECT_EQ(Json::parse(json), compared({"frozen", "full"})) << "the same runs, the same bits";
  EXPECT_EQ(workplace_->read("compared/compare.md").rfind("# Comparison of 2 arms", 0), 0U);
  EXPECT_FALSE(fs::exists(workplace_->path() / "compared.partial"));

  const Outcome again = workplace_->run(arguments);
  EXPECT_EQ(again.code, 5);
  EXPECT_EQ(again.out, "");
  EXPECT_TRUE(holds(again.err, "--overwrite"));
  std::vector<std::string> forced = arguments;
  forced.insert(forced.end(), {"--overwrite", "--seed", "8"});
  ASSERT_EQ(workplace_->run(forced).code, 0);
  EXPECT_EQ(Json::parse(workplace_->read("compared/compare.json"))["seed"], 8);
}

TEST_F(Compare, NeverWritesOverARun) {
  for (const char* out : {"full", ".", "full/../full/"}) {
    const Outcome outcome = workplace_->run({"compare", "--runs", "frozen", "full", "--out", out, "--overwrite"});
    EXPECT_EQ(outcome.code, 2) << out << outcome.err;
    EXPECT_TRUE(fs::exists(workplace_->path() / "full/report.json"));
  }
}

TEST_F(Compare, GoesOnWithoutARunThatCannotBeRead) {
  write_file(copy("full", "broken") / "report.json", "{\"schema_version\": ");
  const Json json = compared({"frozen", "gone", "broken", "full"});
  EXPECT_EQ(json["arms"].size(), 2U);
  ASSERT_EQ(json["failed"].size(), 2U);
  EXPECT_EQ(json["failed"][0]["arm"], "gone");
  EXPECT_EQ(json["failed"][0]["reason"], "gone/report.json: cannot open: No such file or directory");
  EXPECT_EQ(json["failed"][1]["reason"],
            "broken/report.json: the document: found text that is not JSON, expected a JSON object");
  const Outcome outcome = workplace_->run({"compare", "--runs", "frozen", "gone", "full"});
  EXPECT_TRUE(holds(outcome.out, "left out: gone: gone/report.json: cannot open"));
}

TEST_F(Compare, ComparesByIntervalsWhatItCannotPair) {
  const auto reason = [](const std::string& run) {
    const Json json = compared({"frozen", run});
    EXPECT_EQ(json["pairs"][0]["paired"], false);
    EXPECT_TRUE(json["pairs"][0]["p_mcnemar"].is_null());
    EXPECT_FALSE(json["pairs"][0]["ci95"][0].is_null());
    return json["pairs"][0]["reason"].get<std::string>();
  };
  const auto says = [&](const std::string& run, const std::string& part) {
    const std::string text = reason(run);
    EXPECT_TRUE(holds(text, part));
  };
  fs::remove(copy("full", "silent") / "predictions.jsonl");
  says("silent", "silent/predictions.jsonl: cannot open");
  write_file(copy("full", "empty") / "predictions.jsonl", "");
  says("empty", "empty/predictions.jsonl: found 0 of 0 texts answered rightly, expected the ");
  write_file(copy("full", "torn") / "predictions.jsonl", workplace_->read("full/predictions.jsonl").substr(0, 200));
  says("torn", "torn/predictions.jsonl: line 1: the document: found text that is not JSON");

  const fs::path elsewhere = copy("full", "elsewhere");
  Json report = Json::parse(workplace_->read("elsewhere/report.json"));
  report["test"]["data_sha256"] = "0123";
  write_file(elsewhere / "report.json", report.dump());
  says("elsewhere", "they were measured on different files; the difference may lie in the texts");
}

TEST_F(Compare, NeedsTwoUsableArms) {
  const Outcome outcome = workplace_->run({"compare", "--runs", "frozen", "gone", "--out", "unwritten"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(holds(outcome.err, "needs two usable arms, found 1\n  gone: gone/report.json: cannot open"));
  EXPECT_FALSE(fs::exists(workplace_->path() / "unwritten.partial"));

  struct Wrong {
    std::vector<std::string> arguments;
    const char* message;
  };
  for (const auto& [arguments, message] :
       {Wrong{{"compare"}, "expected either --config with a compare block, or --runs"},
        Wrong{{"compare", "--runs", "frozen"}, "expected two or more"},
        Wrong{{"compare", "--runs", "frozen", "full", "./full/"}, "./full/: named twice"},
        Wrong{{"compare", "--runs", "frozen", "a="}, "expected DIR or NAME=DIR,DIR"},
        Wrong{{"compare", "--runs", "frozen", "=full"}, "expected DIR or NAME=DIR,DIR"},
        Wrong{{"compare", "--runs", "frozen", ""}, "expected DIR or NAME=DIR,DIR"},
        Wrong{{"compare", "--runs", "a=frozen", "a=full"}, "two arms are named \"a\""}}) {
    const Outcome wrong = workplace_->run(arguments);
    EXPECT_EQ(wrong.code, 2) << message;
    EXPECT_TRUE(holds(wrong.err, message));
  }
}

TEST_F(Compare, TakesDirectoriesOfAnyName) {
  copy("full", "lr=1e-4,5");
  make_directories(workplace_->path() / "other");
  copy("full_2", "other/frozen");
  const Json json = compared({"frozen", "lr=1e-4,5", "other/frozen"});
  EXPECT_EQ(json["arms"][1]["name"], "lr=1e-4,5");
  EXPECT_EQ(json["arms"][0]["name"], "frozen") << "as it was given";
  EXPECT_EQ(json["arms"][2]["name"], "other/frozen") << "two of one name: by their paths";
}
