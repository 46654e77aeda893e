#include "cli/workplace.hpp"
#include "support/messages.hpp"

#include <gtest/gtest.h>

using namespace tt;
using namespace tt::tests;
using ::testing::TestWithParam;

TEST(CommandLine, VersionsAndHelpAreResults) {
  const Outcome version = run_program({{"--version"}});
  EXPECT_EQ(version.code, 0);
  EXPECT_EQ(version.out.rfind("transfer-tune ", 0), 0U);
  EXPECT_TRUE(holds(version.out, "\nLibTorch 2."));
  EXPECT_EQ(version.err, "");

  const Outcome help = run_program({{"--help"}});
  EXPECT_EQ(help.code, 0);
  for (const char* word :
       {"compare", "evaluate", "predict", "tokenize", "inspect", "validate", "config", "--set", "Exit codes"}) {
    EXPECT_TRUE(holds(help.out, word));
  }
  const Outcome command_help = run_program({{"predict", "--help"}});
  EXPECT_EQ(command_help.code, 0);
  EXPECT_TRUE(holds(command_help.out, "transfer-tune predict [OPTIONS]"));

  const Outcome settings = run_program({{"--help-config"}});
  EXPECT_EQ(settings.code, 0);
  EXPECT_TRUE(holds(settings.out, "\ntraining.epochs "));
}

TEST(CommandLine, ConfigSchemaAndDefaultsAreJson) {
  for (const char* what : {"schema", "defaults", "report-schema", "compare-schema"}) {
    const Outcome outcome = run_program({{"config", what}});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_TRUE(nlohmann::json::accept(outcome.out)) << what;
  }
}

namespace {

struct Wrong {
  std::vector<std::string> arguments;
  const char* message;  ///< a part of it
};

class WrongCommandLine : public TestWithParam<Wrong> {};

}  // namespace

TEST_P(WrongCommandLine, IsAUsageError) {
  const Workplace workplace;
  const Outcome outcome = workplace.run(GetParam().arguments);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(holds(outcome.err, "transfer-tune: error: "));
  EXPECT_TRUE(holds(outcome.err, GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    CommandLine, WrongCommandLine,
    ::testing::Values(Wrong{{}, "found neither a command nor --config"}, Wrong{{"--cofnig", "run.json"}, "--cofnig"},
                      Wrong{{"trian"}, "trian"}, Wrong{{"config"}, "see transfer-tune config --help"},
                      Wrong{{"--config", "run.json", "config", "schema"}, "found --config before the command config"},
                      Wrong{{"validate"}, "--config is required"},
                      Wrong{{"evaluate", "--data", "test.csv"}, "--checkpoint is required"},
                      Wrong{{"predict", "--checkpoint", "encoder", "--precision", "fp8"}, "fp8"},
                      Wrong{{"predict", "--checkpoint", "encoder", "--threads", "-1"}, "-1"},
                      Wrong{{"inspect"}, "exactly one of --encoder and --config"},
                      Wrong{{"inspect", "--encoder", "encoder", "--config", "run.json"},
                            "exactly one of --encoder and --config"},
                      Wrong{{"--config", "run.json", "--set", "training.epochs"}, "expected name=value"},
                      Wrong{{"--config", "run.json", "--set", "training.epoch=1"}, "did you mean \"epochs\"?"},
                      Wrong{{"--config", "run.json", "--threads", "many"}, "/training/threads: found \"many\""},
                      Wrong{{"--config", "run.json", "--device", "gpu"}, "/training/device: found \"gpu\""},
                      Wrong{{"--config", "none.json"}, "none.json: cannot open"},
                      Wrong{{"--config", "."}, "found a directory"},
                      Wrong{{"--config", "train.csv"}, "train.csv:1:2: not valid JSON"},
                      Wrong{{"run", "--config", "run.json", "--set",
                             "transfer={\"phases\": [{\"epochs\": 1, \"train\": [\"layer.9\"]}]}"},
                            "layer.9"}));

TEST(CommandLine, CudaWithoutCudaSaysSo) {
  if (std::filesystem::exists("/dev/nvidia0")) GTEST_SKIP() << "this machine has a GPU";
  const Workplace workplace;
  const Outcome outcome = workplace.run({"--config", "run.json", "--device", "cuda"});
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  EXPECT_TRUE(holds(outcome.err, "cuda"));
  EXPECT_FALSE(std::filesystem::exists(workplace.path() / "out"));
}

TEST(CommandLine, EveryConfigErrorIsALineOfItsOwn) {
  const Workplace workplace;
  const Outcome outcome =
      workplace.run({"--config", "run.json", "--set", "training.epochs=0", "--set", "head.tpye=mean"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_TRUE(holds(outcome.err, "error: --set: /training/epochs: found 0, expected an integer"));
  EXPECT_TRUE(holds(outcome.err, "error: --set: /head/tpye: found an unknown key"));
}

TEST(CommandLine, ResolvedConfigHasOverridesAndAbsolutePaths) {
  const Workplace workplace;
  const Outcome outcome = workplace.run(
      {"config", "resolved", "--config", "run.json", "--set", "training.epochs=3", "--set", "output.dir=x"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto resolved = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(resolved["training"]["epochs"], 3);
  EXPECT_EQ(resolved["transfer"]["phases"][0]["epochs"], 3);
  EXPECT_EQ(resolved["output"]["dir"], (std::filesystem::canonical(workplace.path()) / "x").string());
}

TEST(Output, ToAFullDiskOrAClosedStreamIsAnError) {
  const Workplace workplace;
  Launch full{{"config", "schema"}};
  full.output_file = "/dev/full";
  const Outcome outcome = workplace.run(full);
  EXPECT_EQ(outcome.code, 5);
  EXPECT_TRUE(holds(outcome.err, "standard output: cannot write: No space left on device"));

  Launch closed{{"config", "schema"}};
  closed.closes_output = true;
  EXPECT_EQ(workplace.run(closed).code, 5);
}

TEST(Output, WhoseReaderHasGoneIsNone) {
  Launch launch{{"config", "schema"}};
  launch.reads_output = false;
  const Outcome outcome = run_program(launch);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err, "");
}

TEST(Inspect, ListsGroupsAndWhatAConfigTrains) {
  const Workplace workplace;
  const Outcome encoder = workplace.run({"inspect", "--encoder", "encoder", "--json"});
  ASSERT_EQ(encoder.code, 0) << encoder.err;
  const auto inspection = nlohmann::json::parse(encoder.out);
  EXPECT_EQ(inspection["model_type"], "bert");
  EXPECT_EQ(inspection["num_hidden_layers"], 2);
  EXPECT_GT(inspection["total_parameters"], 0);

  const Outcome text = workplace.run({"inspect", "--config", "run.json", "--set", "transfer={\"policy\": \"frozen\"}"});
  ASSERT_EQ(text.code, 0) << text.err;
  for (const char* word : {"embeddings", "layer.0", "layer.1", "target phase 1 of 1", "trains"}) {
    EXPECT_TRUE(holds(text.out, word));
  }
}

TEST(Tokenize, GivesIdsAndTokensLineByLine) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"tokenize", "--encoder", "encoder"}, "\xEF\xBB\xBFMy card\r\n\nunheard of");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "{\"ids\":[2,5,6,3],\"tokens\":[\"[CLS]\",\"my\",\"card\",\"[SEP]\"]}\n"
            "{\"ids\":[2,3],\"tokens\":[\"[CLS]\",\"[SEP]\"]}\n"
            "{\"ids\":[2,1,1,3],\"tokens\":[\"[CLS]\",\"[UNK]\",\"[UNK]\",\"[SEP]\"]}\n");
}

TEST(Tokenize, CutsAndSaysSo) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"tokenize", "--encoder", "encoder", "--max-length", "3"}, "my card is lost\n");
  EXPECT_EQ(outcome.out, "{\"ids\":[2,5,3],\"tokens\":[\"[CLS]\",\"my\",\"[SEP]\"],\"truncated\":true}\n");
}

TEST(Tokenize, RefusesWhatIsNotUtf8) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"tokenize", "--encoder", "encoder"}, "my card\n\xff\n");
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(holds(outcome.err, "standard input:2: found invalid UTF-8 at byte 0"));
}
