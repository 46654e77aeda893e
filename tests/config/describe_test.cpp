#include "transfer_tune/core/text.hpp"

#include "config/config_file.hpp"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

namespace fs = std::filesystem;
using namespace tt;
using namespace tt::config;
using namespace tt::tests;
using Json = nlohmann::ordered_json;

namespace {

PolicyConfig policy(Policy kind, std::int64_t layers = 0) { return {kind, layers, {}}; }

/// "2: head layer.last-2; 3: head layer.*"
std::string phases_of(const PolicyConfig& config, std::int64_t epochs, HeadType head = HeadType::mean) {
  std::vector<std::string> phases;
  for (const auto& phase : expand_policy(config, epochs, head)) {
    phases.push_back(concat(phase.epochs, ": ", join(phase.train, " ")));
  }
  return join(phases, "; ");
}

const char* const kRich = R"("head": {"type": "native", "C": 3},
  "source": {"train": "s.csv", "labels": ["b", "a"], "policy": "gradual", "training": {"epochs": 6}, "keep": 0.5},
  "transfer": {"phases": [{"epochs": 2, "train": ["head"], "learning_rate": 1e-3},
                          {"epochs": 1, "train": ["head", "layer.*"], "learning_rate": {"head": 1e-3}, "layer_decay": 0.9}]},
  "training": {"class_weights": {"a": 2, "b": 1}, "precision": "bf16"},
  "evaluation": {"slice_by": ["language"], "out_of_scope": {"test": "o.csv", "label": "oos"}})";

/// `file` as `resolved_json` gives it, and the same once more from that.
void expect_round_trip(const RunConfig& config) {
  const std::string once = resolved_json(config);
  EXPECT_EQ(resolved_json(ConfigFile(once).load()), once);
}

/// Calls `visit` with each setting of an object schema and its name.
void for_each_property(const Json& schema, const std::string& prefix,
                       const std::function<void(const std::string&, const Json&)>& visit) {
  for (const auto& [name, property] : schema["properties"].items()) {
    visit(prefix + name, property);
    if (property.contains("properties")) for_each_property(property, prefix + name + ".", visit);
    if (property.contains("items") && property["items"].contains("properties")) {
      for_each_property(property["items"], prefix + name + "[].", visit);
    }
  }
}

}  // namespace

TEST(ExpandPolicy, NamedPolicies) {
  EXPECT_EQ(phases_of(policy(Policy::frozen), 10), "10: head");
  EXPECT_EQ(phases_of(policy(Policy::top_layers, 2), 3), "3: head layer.last-2");
  EXPECT_EQ(phases_of(policy(Policy::top_layers, 0), 3), "3: head layer.*");
  EXPECT_EQ(phases_of(policy(Policy::full), 5), "5: head layer.* embeddings");
  EXPECT_EQ(phases_of(policy(Policy::bitfit), 5), "5: head *layer*.bias *emb*.bias");
  EXPECT_EQ(phases_of(policy(Policy::lora), 5), "5: head *.lora_*");
}

TEST(ExpandPolicy, GradualDividesTheEpochs) {
  EXPECT_EQ(phases_of(policy(Policy::gradual), 10),
            "2: head; 2: head layer.last-2; 3: head layer.*; 3: head layer.* embeddings");
  EXPECT_EQ(phases_of(policy(Policy::gradual), 4),
            "1: head; 1: head layer.last-2; 1: head layer.*; 1: head layer.* embeddings");
  EXPECT_EQ(phases_of(policy(Policy::gradual), 2), "1: head layer.*; 1: head layer.* embeddings");
  EXPECT_EQ(phases_of(policy(Policy::gradual), 1), "1: head layer.* embeddings");
  for (std::int64_t epochs = 1; epochs < 20; ++epochs) {
    std::int64_t total = 0;
    for (const auto& phase : expand_policy(policy(Policy::gradual), epochs, HeadType::mean)) total += phase.epochs;
    EXPECT_EQ(total, epochs);
  }
}

TEST(ExpandPolicy, ANativeHeadsPoolerTrainsWithTheEncoder) {
  EXPECT_EQ(phases_of(policy(Policy::frozen), 1, HeadType::native), "1: head");
  EXPECT_EQ(phases_of(policy(Policy::full), 1, HeadType::native), "1: head pooler layer.* embeddings");
}

TEST(ExpandPolicy, PhasesStayAsTheyAre) {
  const PolicyConfig given{Policy::phases, 0, {{2, {"pooler"}, {{"*", 0.1}}, 0.5}}};
  const auto phases = expand_policy(given, 10, HeadType::native);
  ASSERT_EQ(phases.size(), 1U);
  EXPECT_EQ(phases[0].epochs, 2);
  EXPECT_EQ(phases[0].train, std::vector<std::string>{"pooler"});
  EXPECT_EQ(phases[0].layer_decay, 0.5);
}

TEST(Resolved, GivesTheSameRunAgain) {
  expect_round_trip(ConfigFile(config_text()).load());
  expect_round_trip(ConfigFile(config_text(kRich)).load());
  expect_round_trip(
      ConfigFile(config_text(R"("transfer": {"policy": "lora", "lora": {"r": 4, "lora_dropout": 0.1}})")).load());
}

TEST(Resolved, SpellsOutPhasesPathsAndDefaults) {
  const ConfigFile file(config_text(kRich));
  const Json resolved = Json::parse(resolved_json(file.load()));
  EXPECT_EQ(resolved["encoder"]["path"], (file.directory() / "encoder").string());
  EXPECT_EQ(resolved["source"]["train"], (file.directory() / "s.csv").string());
  EXPECT_EQ(resolved["source"]["phases"].size(), 4U);
  EXPECT_FALSE(resolved["source"].contains("policy"));
  EXPECT_EQ(resolved["transfer"], Json::parse(R"({"phases": [{"epochs": 2, "train": ["head"], "learning_rate": 0.001},
      {"epochs": 1, "train": ["head", "layer.*"], "learning_rate": {"head": 0.001}, "layer_decay": 0.9}]})"));
  EXPECT_EQ(resolved["training"]["class_weights"], (Json{{"a", 2.0}, {"b", 1.0}}));
  EXPECT_EQ(resolved["training"]["batch_size"], 32);
  EXPECT_EQ(resolved["source"]["keep"], 0.5);
}

TEST(Resolved, HoldsEveryDefaultThatIsNotOverridden) {
  const std::string blocks =
      R"("source": {"train": "s.csv"}, "compare": {"arms": {"a": {}}}, "search": {"settings": {"head.C": [1]}})";
  const Json resolved = Json::parse(resolved_json(ConfigFile(config_text(blocks)).load()));
  std::size_t compared = 0;
  const std::function<void(const Json&, const Json&, const std::string&)> compare =
      [&](const Json& defaults, const Json& values, const std::string& prefix) {
        for (const auto& [name, fallback] : defaults.items()) {
          // A policy is resolved to its phases, an objective to the parameters of its type.
          if (fallback.is_null() || name == "policy" || name == "layers" || name == "lora") continue;
          if (prefix.ends_with("objective.") && name != "type") continue;
          ASSERT_TRUE(values.contains(name)) << prefix << name;
          if (fallback.is_object()) {
            compare(fallback, values[name], prefix + name + ".");
          } else {
            EXPECT_EQ(values[name], fallback) << prefix << name;
            ++compared;
          }
        }
      };
  compare(Json::parse(defaults_json()), resolved, "");
  EXPECT_GT(compared, 50U);
}

TEST(Schema, DescribesEverySettingAndClosesEveryBlock) {
  const Json schema = Json::parse(schema_json());
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema["additionalProperties"], false);
  EXPECT_EQ(schema["required"], (Json{"encoder", "target", "output"}));
  for_each_property(schema, "", [](const std::string& name, const Json& property) {
    EXPECT_FALSE(property.value("description", "").empty()) << name;
    if (property.contains("properties")) {
      EXPECT_EQ(property["additionalProperties"], false) << name;
    }
  });
}

TEST(HelpText, HasALineForEverySetting) {
  const std::string help = concat("\n", help_text());
  std::size_t settings = 0;
  for_each_property(Json::parse(schema_json()), "", [&](const std::string& name, const Json& property) {
    if (property.contains("properties")) return;
    ++settings;
    EXPECT_TRUE(holds(help, concat("\n", name, " "))) << name;
    EXPECT_TRUE(holds(help, property["description"].get<std::string>())) << name;
  });
  EXPECT_EQ(static_cast<std::size_t>(std::count(help.begin(), help.end(), '\n')), settings + 1);
}

TEST(Configs, EveryShippedConfigLoads) {
  std::size_t loaded = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(TT_SOURCE_DIR) / "configs")) {
    if (entry.path().extension() != ".json") continue;
    expect_round_trip(load(entry.path()));
    ++loaded;
  }
  EXPECT_GE(loaded, 4U);
}
