#include "support/messages.hpp"
#include "transfer_tune/core/output_directory.hpp"

#include "cli/workplace.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>

namespace fs = std::filesystem;
using namespace tt;
using namespace tt::tests;
using Json = Workplace::Json;

namespace {

/// A workplace in which one run has finished, and files of the user's that no command may touch.
class UserFiles : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    finished_ = new Workplace;
    const Outcome outcome = finished_->run({"--config", "run.json", "--quiet"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  static void TearDownTestSuite() { delete finished_; }

  UserFiles() { fs::copy(finished_->path() / "out", place_.path() / "out", fs::copy_options::recursive); }

  void put(const std::string& name, const std::string& text = "mine") const {
    make_directories((place_.path() / name).parent_path());
    write_file(place_.path() / name, text);
  }
  /// All that is there, with its content.
  [[nodiscard]] std::map<std::string, std::string> everything() const {
    std::map<std::string, std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(place_.path())) {
      std::string& content = found[entry.path().lexically_relative(place_.path()).string()];
      if (entry.is_regular_file()) content = read_file(entry.path(), ErrorKind::internal);
    }
    return found;
  }
  /// Runs the program, which must refuse with code 5, name `part` and leave everything as it was.
  void refuses(const std::vector<std::string>& arguments, const std::string& part) const {
    const auto before = everything();
    const Outcome outcome = place_.run(arguments);
    EXPECT_EQ(outcome.code, 5) << join(arguments, " ") << '\n' << outcome.err;
    EXPECT_TRUE(holds(outcome.err, part));
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(everything() == before) << join(arguments, " ");
  }
  void succeeds(const std::vector<std::string>& arguments) const {
    const Outcome outcome = place_.run(arguments);
    EXPECT_EQ(outcome.code, 0) << join(arguments, " ") << '\n' << outcome.err;
  }

  inline static const Workplace* finished_ = nullptr;
  Workplace place_;
  const std::vector<std::string> run_{"--config", "run.json", "--overwrite"};
};

TEST_F(UserFiles, ARunNeverTakesTheFolderOfItsInputs) {
  for (const char* output : {".", "..", "encoder", "encoder/out", "train.csv", "train.csv/out", "run.json"}) {
    std::vector<std::string> arguments = run_;
    arguments.insert(arguments.end(), {"--set", std::string("output.dir=") + output});
    refuses(arguments, place_.path().filename().string());
    arguments[0] = "validate";
    arguments.insert(arguments.begin() + 1, "--config");
    refuses(arguments, place_.path().filename().string());
  }
  refuses(
      {"--config", "run.json", "--overwrite", "--baseline", "out/report.json", "--gate", "not_worse(test.accuracy)"},
      "the baseline");
}

TEST_F(UserFiles, ARunNamesWhatIsInTheWay) {
  for (const char* name : {"out/notes.txt", "out/checkpoint/notes.txt", "out/checkpoint/0_Transformer/own/notes.txt",
                           "out.partial/notes.txt", "out.partial"}) {
    put(name);
    refuses(run_, holds(name, "own") ? "own/" : fs::path(name).filename().string());
    fs::remove_all(place_.path() / (holds(name, "own") ? "out/checkpoint/0_Transformer/own" : name));
    fs::remove_all(place_.path() / "out.partial");
  }
  put("notes/notes.txt");
  refuses({"--config", "run.json", "--overwrite", "--set", "output.dir=notes"}, "notes.txt");
  put("out/report.md", "my comments");
  put("out.replaced/notes.txt");
  put("cache/transfer-tune/notes");
  put("cache/transfer-tune/activations/notes.safetensors");
  put("cache/transfer-tune/source/notes/notes");
  put("elsewhere/config.json");
  fs::create_directory_symlink(place_.path() / "elsewhere", place_.path() / "link");
  std::vector<std::string> with_source = run_;
  with_source.insert(with_source.end(), {"--set", R"(source={"train": "train.csv", "label_column": "intent"})"});
  succeeds(with_source);
  for (const char* name :
       {"out.replaced/notes.txt", "cache/transfer-tune/notes", "elsewhere/config.json",
        "cache/transfer-tune/activations/notes.safetensors", "cache/transfer-tune/source/notes/notes"}) {
    EXPECT_EQ(place_.read(name), "mine");
  }
  EXPECT_EQ(place_.read("out.replaced-2/report.md"), "my comments");
  EXPECT_FALSE(fs::exists(place_.path() / "out.partial"));
}

TEST_F(UserFiles, ValidateRefusesWhatTheRunWould) {
  refuses({"validate", "--config", "run.json"}, "--overwrite");
  succeeds({"validate", "--config", "run.json", "--overwrite"});
  put("out/notes.txt");
  refuses({"validate", "--config", "run.json", "--overwrite"}, "notes.txt");
  refuses({"validate", "--config", "run.json", "--set", "output.dir=/proc/nope/run"}, "/proc/nope");
}

TEST_F(UserFiles, AComparisonOfRunsNamesWhatIsInTheWay) {
  fs::copy(place_.path() / "out", place_.path() / "other", fs::copy_options::recursive);
  const std::vector<std::string> compare{"compare", "--runs", "out", "other", "--overwrite", "--out"};
  const auto into = [&](const std::string& out) {
    std::vector<std::string> arguments = compare;
    arguments.push_back(out);
    return arguments;
  };
  put("compared/notes.txt");
  refuses(into("compared"), "notes.txt");
  put("fresh.partial/notes.txt");
  refuses(into("fresh"), "notes.txt");
  refuses(into("out/compared"), "lies in the run");
  refuses(into("run.json"), "taken by a file");
  succeeds(into("made"));
  put("made/notes.txt");
  refuses(into("made"), "notes.txt");
  fs::remove(place_.path() / "made/notes.txt");
  put("made/compare.md", "my comments");
  succeeds(into("made"));
  EXPECT_EQ(place_.read("made.replaced/compare.md"), "my comments");
}

TEST_F(UserFiles, AComparisonThatTrainsNamesWhatIsInTheWay) {
  Json config = Workplace::config();
  config["training"]["epochs"] = 1;
  config["compare"] = Json::parse(R"({"arms": {"frozen": {"transfer.policy": "frozen"}, "full": {}}, "seeds": [1]})");
  put("compare.json", config.dump());
  const auto compare = [](const std::string& flag, const std::string& out = "compared") {
    return std::vector<std::string>{"compare", "--config", "compare.json", flag, "--set", "output.dir=" + out};
  };
  for (const char* flag : {"--overwrite", "--resume"}) {
    refuses(compare(flag, "."), "the config file");
    put("notes/notes.txt");
    refuses(compare(flag, "notes"), "notes.txt");
    refuses(compare(flag, "out"), "checkpoint/");
    put("fresh.partial/notes.txt");
    fs::create_directory(place_.path() / "fresh");
    refuses(compare(flag, "fresh"), "notes.txt");
    put("own/compare.json");
    refuses(compare(flag, "own"), "compare.json");
    put("own/manifest.sha256");
    refuses(compare(flag, "own"), "compare.json, manifest.sha256");
    fs::remove_all(place_.path() / "own");
  }
  succeeds(compare("--overwrite"));
  EXPECT_FALSE(fs::exists(place_.path() / "compared.partial"));
  succeeds({"validate", "--config", "compare.json", "--set", "output.dir=compared"});
  for (const char* name : {"compared/notes.txt", "compared/runs/full/all/seed1/notes.txt",
                           "compared/runs/full/all/seed1.partial/notes.txt"}) {
    put(name);
    refuses(compare("--overwrite"), "notes.txt");
    fs::remove_all(holds(name, ".partial") ? (place_.path() / name).parent_path() : place_.path() / name);
  }
  put("compared/notes.txt");
  put("compared/runs/notes/notes.txt");
  put("compared/compare.md", "my comments");
  succeeds(compare("--resume"));
  EXPECT_EQ(place_.read("compared/notes.txt"), "mine");
  EXPECT_EQ(place_.read("compared/runs/notes/notes.txt"), "mine");
  EXPECT_EQ(place_.read("compared/compare.md.replaced"), "my comments");
}

TEST_F(UserFiles, AnEvaluationReplacesItsOwnPagesAlone) {
  const auto evaluate = [](const std::string& option, const std::string& file) {
    return std::vector<std::string>{"evaluate",         "--checkpoint",   "out",    "--data",
                                    "test.csv",         "--label-column", "intent", "--gate",
                                    "test.accuracy>=0", option,           file};
  };
  put("notes.html");
  fs::create_symlink("nowhere", place_.path() / "dangling");
  for (const char* option : {"--html", "--junit"}) {
    refuses(evaluate(option, "notes.html"), "did not write it");
    refuses(evaluate(option, "test.csv"), "the data");
    refuses(evaluate(option, "out/report.html"), "part of what a run wrote");
    refuses(evaluate(option, "out"), "is a directory");
    refuses(evaluate(option, "dangling"), "leads nowhere");
    refuses(evaluate(option, "none/page"), "no directory");
    for (int i = 0; i < 2; ++i) succeeds(evaluate(option, std::string("out/page") + option));
    succeeds(evaluate(option, "/dev/null"));
  }
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  for (const char* file : {"test.csv", "out/report.md", "out/checkpoint/modules.json"}) {
    refuses(evaluate("--summary", file), file);
  }
  succeeds(evaluate("--summary", "notes.html"));
  EXPECT_EQ(place_.read("notes.html").rfind("mine", 0), 0U) << "a summary is added";
}

TEST_F(UserFiles, ASummaryIsNeverAddedToAnInput) {
  for (const char* file : {"run.json", "train.csv", "encoder/vocab.txt", "out/report.md"}) {
    std::vector<std::string> arguments = run_;
    arguments.insert(arguments.end(), {"--summary", file});
    refuses(arguments, file);
  }
}

// Beside the run that this test itself stands for.
TEST_F(UserFiles, ASecondRunIsRefusedAtOnceAndNamesTheFirst) {
  const std::string other = concat("another run, process ", ::getpid(), ", writes there");
  const OutputDirectory first(place_.path() / "second", {});
  refuses({"--config", "run.json", "--set", "output.dir=second"}, other);
  fs::copy(place_.path() / "out", place_.path() / "out2", fs::copy_options::recursive);
  refuses({"compare", "--runs", "out", "out2", "--out", "second"}, other);
  Json config = Workplace::config();
  config["compare"] = Json::parse(R"({"arms": {"frozen": {"transfer.policy": "frozen"}, "full": {}}})");
  config["output"]["dir"] = "second";
  put("compare.json", config.dump());
  const Outcome comparison = place_.run({"compare", "--config", "compare.json"});
  EXPECT_EQ(comparison.code, 5) << comparison.err;
  EXPECT_TRUE(holds(comparison.err, other));
}

class StoppedComparison : public ::testing::TestWithParam<int> {};

TEST_P(StoppedComparison, EndsWithItsTrainingAtOnce) {
  const Workplace place;
  Json config = Workplace::config();
  config["training"]["epochs"] = 100000;
  config["compare"] = Json::parse(R"({"arms": {"full": {}, "top": {"transfer.policy": "top_layers"}}, "seeds": [1]})");
  write_file(place.path() / "run.json", config.dump());
  Launch launch{{"compare", "--config", "run.json"}};
  launch.signal_after = "training texts";
  launch.signal_number = GetParam();
  // The training holds standard error, too: the outcome is there once both have ended.
  const auto start = std::chrono::steady_clock::now();
  const Outcome outcome = place.run(launch);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
  EXPECT_EQ(outcome.code, GetParam() == SIGKILL ? 1000 + SIGKILL : 128 + GetParam()) << outcome.err;
  EXPECT_EQ(fs::exists(place.path() / "out.partial"), GetParam() == SIGKILL);
}

INSTANTIATE_TEST_SUITE_P(Compare, StoppedComparison, ::testing::Values(SIGINT, SIGTERM, SIGKILL));

}  // namespace
