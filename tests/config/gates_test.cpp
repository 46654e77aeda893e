#include "config/config_file.hpp"

#include <nlohmann/json.hpp>

namespace fs = std::filesystem;
using namespace tt;
using namespace tt::config;
using namespace tt::tests;

namespace {

using Texts = std::vector<std::string>;

const char* const kGates =
    R"json("evaluation": {"gates": ["test.accuracy>=0.9", "not_worse(test.accuracy)"], "baseline": "old/report.json"})json";

}  // namespace

TEST(Gates, AreReadWithTheirBaseline) {
  const ConfigFile file(config_text(kGates));
  const RunConfig config = file.load();
  EXPECT_EQ(config.evaluation.gates, (Texts{"test.accuracy>=0.9", "not_worse(test.accuracy)"}));
  EXPECT_EQ(config.evaluation.baseline, file.directory() / "old/report.json");
  const auto resolved = nlohmann::json::parse(resolved_json(config));
  EXPECT_EQ(resolved["evaluation"]["gates"], config.evaluation.gates);
  EXPECT_EQ(resolved["evaluation"]["baseline"], (file.directory() / "old/report.json").string());
}

TEST(Gates, OfTheCommandLineComeOnTop) {
  const ConfigFile file(config_text(kGates));
  const RunConfig config = file.load({{"evaluation.baseline", "new.json"}}, {"test.ece<0.1", "test.accuracy>=0.9"});
  EXPECT_EQ(config.evaluation.gates, (Texts{"test.accuracy>=0.9", "not_worse(test.accuracy)", "test.ece<0.1"}));
  EXPECT_EQ(config.evaluation.baseline, fs::current_path() / "new.json");
  EXPECT_EQ(ConfigFile(config_text()).load({}, {"a>1"}).evaluation.gates, Texts{"a>1"});
}

TEST(Gates, ErrorsAreListedWithAllOthers) {
  EXPECT_EQ(error_of(R"("training": {"epoch": 3},
                        "evaluation": {"gates": ["test.accuracy=0.9", "test.ece<0.1", "a[", "", 7]})"),
            "F: /training/epoch: found an unknown key (did you mean \"epochs\"?)\n"
            "F: /evaluation/gates/3: found \"\", expected a string such as \"test.accuracy>=0.9\", "
            "\"test.per_class['card arrival'].recall>=0.5\", \"test.per_class[*].recall>=0.3\", "
            "\"not_worse(test.accuracy)\"\n"
            "F: /evaluation/gates/4: found 7, expected a string such as \"test.accuracy>=0.9\", "
            "\"test.per_class['card arrival'].recall>=0.5\", \"test.per_class[*].recall>=0.3\", "
            "\"not_worse(test.accuracy)\"\n"
            "F: /evaluation/gates/0: \"test.accuracy=0.9\": column 14: found \"=\", expected >=, >, <=, < or == (did "
            "you mean \"==\"?)\n"
            "F: /evaluation/gates/2: \"a[\": column 3: found the end, expected an index, * for every entry, or a name "
            "in quotes");
}

TEST(Gates, ErrorsOfTheCommandLineNameItsOption) {
  const ConfigFile file(config_text(kGates));
  EXPECT_EQ(file.error({}, {"test.ece<0.1", "test.ece<"}),
            "--gate: /evaluation/gates/3: \"test.ece<\": column 10: found the end, expected a number");
  EXPECT_EQ(file.error({}, {"a[\"\xff\"]>1"}),
            "--gate: /evaluation/gates/2: \"a[\\\"\\xff\\\"]>1\": column 4: found \"\\xff\", expected UTF-8");
  EXPECT_EQ(file.error({{"evaluation.baseline", "[]"}}),
            "--set: /evaluation/baseline: found an empty list, expected a path or null");
}

TEST(Gates, NeedAListToComeOnTopOf) {
  EXPECT_TRUE(holds(ConfigFile(config_text(R"("evaluation": 3)")).error({}, {"a>1"}), "/evaluation: found 3"));
  EXPECT_TRUE(holds(ConfigFile(config_text(R"("evaluation": {"gates": "a>1"})")).error({}, {"b>1"}), "found \"a>1\""));
  EXPECT_TRUE(holds(error_of(R"("evaluation": {"gates": ["a>1", "a>1"]})"), "a second time"));
}
