#include "transfer_tune/training/policy.hpp"
#include "support/messages.hpp"

#include "transfer_tune/core/error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using namespace tt;
using namespace tt::training;
using tests::holds;

constexpr std::int64_t kLayers = 3;

const std::vector<ParameterInfo> kParameters{
    {"embeddings.word_embeddings.weight", "embeddings", 0, 1000},
    {"embeddings.LayerNorm.bias", "embeddings", 0, 10},
    {"encoder.layer.0.attention.self.query.weight", "layer.0", 1, 100},
    {"encoder.layer.0.attention.self.query.bias", "layer.0", 1, 10},
    {"encoder.layer.1.attention.self.query.weight", "layer.1", 2, 100},
    {"encoder.layer.1.output.LayerNorm.weight", "layer.1", 2, 10},
    {"encoder.layer.2.output.dense.weight", "layer.2", 3, 100},
    {"pooler.dense.weight", "pooler", 4, 100},
    {"classifier.weight", "head", 4, 30},
    {"classifier.bias", "head", 4, 3},
};

/// Numbers of the parameters that `rule` selects.
std::vector<std::size_t> selected(const std::string& rule) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < kParameters.size(); ++i) {
    if (matches(rule, kParameters[i], kLayers)) out.push_back(i);
  }
  return out;
}

PhasePlan plan(PhaseRules rules, LearningRates rates = {1e-4, 1e-2, 1}) {
  return plan_phases({std::move(rules)}, kParameters, kLayers, rates, "/transfer/phases").front();
}

std::string error_of(const std::vector<PhaseRules>& phases) {
  return tests::message_of<UsageError>([&] {
    (void)plan_phases(phases, kParameters, kLayers, {1e-4, 1e-2, 1}, "/transfer/phases");
  });
}

struct RuleCase {
  std::string rule;
  std::vector<std::size_t> expected;
};

class Rules : public testing::TestWithParam<RuleCase> {};

TEST_P(Rules, SelectsItsParameters) { EXPECT_EQ(selected(GetParam().rule), GetParam().expected) << GetParam().rule; }

INSTANTIATE_TEST_SUITE_P(
    EveryForm, Rules,
    testing::Values(RuleCase{"embeddings", {0, 1}}, RuleCase{"layer.0", {2, 3}}, RuleCase{"layer.2", {6}},
                    RuleCase{"layer.0-1", {2, 3, 4, 5}}, RuleCase{"layer.1-1", {4, 5}}, RuleCase{"layer.last", {6}},
                    RuleCase{"layer.last-1", {6}}, RuleCase{"layer.last-2", {4, 5, 6}},
                    RuleCase{"layer.last-3", {2, 3, 4, 5, 6}}, RuleCase{"layer.*", {2, 3, 4, 5, 6}},
                    RuleCase{"pooler", {7}}, RuleCase{"head", {8, 9}}, RuleCase{"*.bias", {1, 3, 9}},
                    RuleCase{"*layer*.bias", {3}}, RuleCase{"embeddings.*.bias", {1}},
                    RuleCase{"encoder.layer.?.attention.*", {2, 3, 4}}, RuleCase{"*LayerNorm*", {1, 5}},
                    RuleCase{"classifier.weight", {8}}, RuleCase{"*", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
                    // What asks for more than there is selects nothing, rather than what happens to be there.
                    RuleCase{"layer.last-4", {}}, RuleCase{"layer.last-0", {}}, RuleCase{"layer.3", {}},
                    RuleCase{"layer.1-3", {}}, RuleCase{"layer.2-1", {}}, RuleCase{"layer.last-x", {}},
                    RuleCase{"layer.-1", {}}, RuleCase{"layer", {}}, RuleCase{"Head", {}}, RuleCase{"", {}}));

/// The Dense modules on top train with the last layer, by themselves, and where all layers' biases do.
TEST(Policy, DenseModulesGoWithTheLastLayer) {
  const ParameterInfo weight{"dense_layer.0.weight", "dense", kLayers + 1, 40};
  const ParameterInfo bias{"dense_layer.0.bias", "dense", kLayers + 1, 4};
  for (const char* rule : {"dense", "layer.*", "layer.2", "layer.last", "layer.last-1", "layer.last-3", "layer.1-2",
                           "*", "dense_layer.0.weight", "layer.?"}) {
    EXPECT_TRUE(matches(rule, weight, kLayers)) << rule;
  }
  for (const char* rule : {"head", "pooler", "embeddings", "layer.0", "layer.1", "layer.0-1", "layer.last-4", "*.bias",
                           "encoder.layer.2.*", "*.lora_*", "*layer*.bias"}) {
    EXPECT_FALSE(matches(rule, weight, kLayers)) << rule;
  }
  EXPECT_TRUE(matches("*layer*.bias", bias, kLayers));
  std::vector<ParameterInfo> parameters = kParameters;
  parameters.push_back(weight);
  const auto plan_of = [&](const std::string& rule) {
    return plan_phases({{1, {rule}, {}, {}}}, parameters, kLayers, {1.0, 2.0, 0.5}, "").front();
  };
  EXPECT_EQ(plan_of("dense").frozen_depth, kLayers + 1);
  EXPECT_EQ(plan_of("dense").learning_rates.back(), 1.0);
  EXPECT_EQ(plan_of("layer.last-1").frozen_depth, kLayers);
}

TEST(Policy, HeadAndEncoderHaveTheirOwnRates) {
  const PhasePlan p = plan({2, {"head", "layer.last-1"}, {}, {}});
  EXPECT_EQ(p.epochs, 2);
  EXPECT_EQ(p.learning_rates, (std::vector<double>{0, 0, 0, 0, 0, 0, 1e-4, 0, 1e-2, 1e-2}));
  EXPECT_EQ(p.trainable, 133);
}

TEST(Policy, ARulesOwnRateComesBeforeTheOneForAll) {
  const PhasePlan p = plan({1, {"head", "layer.2", "pooler"}, {{"*", 3e-4}, {"layer.2", 5e-4}}, {}});
  EXPECT_EQ(p.learning_rates, (std::vector<double>{0, 0, 0, 0, 0, 0, 5e-4, 3e-4, 3e-4, 3e-4}));
}

TEST(Policy, AmongOverlappingRulesTheLastDecides) {
  const PhasePlan p = plan({1, {"layer.*", "*.bias"}, {{"*.bias", 7e-4}}, {}});
  EXPECT_EQ(p.learning_rates[2], 1e-4);
  EXPECT_EQ(p.learning_rates[3], 7e-4);
}

TEST(Policy, LayerDecayCountsFromTheTop) {
  const PhasePlan p = plan({1, {"*"}, {}, {}}, {1.0, 1.0, 0.5});
  EXPECT_EQ(p.learning_rates, (std::vector<double>{0.125, 0.125, 0.25, 0.25, 0.5, 0.5, 1, 1, 1, 1}));
  const PhasePlan own = plan({1, {"*"}, {}, 0.1}, {1.0, 1.0, 0.5});
  EXPECT_DOUBLE_EQ(own.learning_rates[4], 0.1);
}

TEST(Policy, FrozenDepthEndsBelowTheLowestTrainedLayer) {
  const auto depth = [](std::vector<std::string> rules) { return plan({1, std::move(rules), {}, {}}).frozen_depth; };
  EXPECT_EQ(depth({"head"}), kLayers + 1);
  EXPECT_EQ(depth({"pooler", "head"}), kLayers + 1);
  EXPECT_EQ(depth({"layer.last-1"}), 3);
  EXPECT_EQ(depth({"head", "layer.1"}), 2);
  EXPECT_EQ(depth({"layer.2", "layer.0"}), 1);
  EXPECT_EQ(depth({"layer.2", "embeddings"}), 0);
  EXPECT_EQ(depth({"*.bias"}), 0);
}

/// A parameter outside the groups' usual places, as a relative position table that layer 1 is the first to read.
TEST(Policy, FrozenDepthFollowsFromFirstUseWhateverTheGroup) {
  std::vector<ParameterInfo> parameters = kParameters;
  parameters.push_back({"encoder.rel_embeddings.weight", "embeddings", 2, 40});
  const auto plan_of = [&](const std::string& rule) {
    return plan_phases({{1, {rule}, {}, {}}}, parameters, kLayers, {1.0, 1.0, 0.5}, "").front();
  };
  EXPECT_EQ(plan_of("*.rel_embeddings.*").frozen_depth, 2);
  EXPECT_EQ(plan_of("*.rel_embeddings.*").learning_rates.back(), 0.5);
  EXPECT_EQ(plan_of("embeddings").frozen_depth, 0);
}

TEST(Policy, AGroupThatNoRuleSpeaksOfIsAnError) {
  const auto error_with = [](const ParameterInfo& parameter) {
    std::vector<ParameterInfo> parameters = kParameters;
    parameters.push_back(parameter);
    return tests::message_of<InternalError>([&] {
      (void)plan_phases({{1, {"*"}, {}, {}}}, parameters, kLayers, {1e-4, 1e-2, 1}, "");
    });
  };
  const std::string unknown = error_with({"encoder.final_norm.weight", "final_norm", 4, 10});
  EXPECT_TRUE(holds(unknown, "encoder.final_norm.weight is of group \"final_norm\"; expected embeddings"));
  const std::string beyond = error_with({"encoder.norm.weight", "pooler", 5, 10});
  EXPECT_TRUE(holds(beyond, "encoder.norm.weight of group pooler is first used at 5"));
  EXPECT_FALSE(error_with({"encoder.layer.3.weight", "layer.3", 4, 10}).empty());
  EXPECT_EQ(error_with({"encoder.norm.weight", "pooler", 4, 10}), "");
}

TEST(Policy, ARuleThatMatchesNothingIsNamedWithTheGroups) {
  const std::string error = error_of({{1, {"head"}, {}, {}}, {1, {"head", "layer.7"}, {}, {}}});
  EXPECT_TRUE(holds(error, "/transfer/phases/1/train"));
  EXPECT_TRUE(holds(error, "layer.7"));
  EXPECT_TRUE(holds(error, "embeddings, layer.0, layer.1, layer.2, pooler, head"));
}

TEST(Policy, EveryBadRuleIsListed) {
  const std::string error = error_of({{1, {"bodies", "layer.last-9"}, {}, {}}, {1, {"tail"}, {}, {}}});
  EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 2) << error;
  for (const char* rule : {"bodies", "layer.last-9", "tail"}) EXPECT_TRUE(holds(error, rule));
}

TEST(Policy, NothingTrainableIsAnError) {
  EXPECT_TRUE(holds(error_of({{1, {"head"}, {{"head", 0.0}}, {}}}), "/transfer/phases/0: nothing would be trained"));
  EXPECT_TRUE(holds(error_of({{1, {}, {}, {}}}), "nothing would be trained"));
}

}  // namespace
