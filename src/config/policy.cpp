#include "config/policies.hpp"
#include "transfer_tune/config/run_config.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tt::config {
namespace {

constexpr const char* kAllLayers = "layer.*";
constexpr const char* kEmbeddings = "embeddings";
// With five epochs and a decay of 0.9 a layer it answers as much as 5e-5 over ten, on Banking77's and CLINC150's
// training texts at 5 and 10 a label; twice the rate does too, but leaves less room for encoders larger than MiniLM.
constexpr double kUsualRate = 1e-4;

std::string last_layers(std::int64_t count) { return count == 0 ? kAllLayers : "layer.last-" + std::to_string(count); }

EncoderRules nothing(std::int64_t /*layers*/) { return {{}}; }
EncoderRules top_layers(std::int64_t layers) { return {{last_layers(layers)}}; }
EncoderRules everything(std::int64_t /*layers*/) { return {{kAllLayers, kEmbeddings}}; }
// As Ben Zaken, Goldberg and Ravfogel have it ("BitFit", ACL 2022): every bias, the norms' among them. Of the encoder
// alone, so that one without biases is refused.
EncoderRules biases(std::int64_t /*layers*/) { return {{"*layer*.bias", "*emb*.bias"}}; }
// Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models" (ICLR 2022), whose rate for RoBERTa this is.
EncoderRules adapters(std::int64_t /*layers*/) { return {{"*.lora_*"}}; }
EncoderRules from_the_top_down(std::int64_t /*layers*/) {
  return {{}, {last_layers(2)}, {kAllLayers}, {kAllLayers, kEmbeddings}};
}

constexpr PolicyInfo kPolicies[] = {
    {"auto", "frozen or full, as held-out texts and the budget say", everything, kUsualRate, Policy::automatic, false,
     false},
    {"frozen", "the head", nothing, kUsualRate, Policy::frozen, false, false},
    {"top_layers", "the head and the last layers", top_layers, kUsualRate, Policy::top_layers, true, false},
    {"full", "everything", everything, kUsualRate, Policy::full, false, false},
    {"gradual", "from the head down, phase by phase", from_the_top_down, kUsualRate, Policy::gradual, false, false},
    {"bitfit", "the head and all biases", biases, 1e-3, Policy::bitfit, false, false},
    {"lora", "the head and low-rank matrices beside frozen ones", adapters, 5e-4, Policy::lora, false, true},
};

}  // namespace

std::span<const PolicyInfo> policies() { return kPolicies; }

const PolicyInfo* find_policy(Policy policy) {
  const auto* found = std::ranges::find(kPolicies, policy, &PolicyInfo::policy);
  return found == std::end(kPolicies) ? nullptr : found;
}

double default_learning_rate(Policy policy) {
  const PolicyInfo* info = find_policy(policy);
  return info != nullptr ? info->learning_rate : kUsualRate;
}

std::string to_string(Policy policy) {
  const PolicyInfo* info = find_policy(policy);
  return info != nullptr ? info->name : "phases";
}

std::vector<PhaseConfig> expand_policy(const PolicyConfig& policy, std::int64_t epochs, HeadType head) {
  const PolicyInfo* info = find_policy(policy.policy);
  if (info == nullptr) return policy.phases;
  EncoderRules steps = info->encoder_rules(policy.layers);
  // Each phase needs an epoch: with too few, the phases that train least give way.
  const auto kept = static_cast<std::size_t>(std::min(epochs, static_cast<std::int64_t>(steps.size())));
  steps.erase(steps.begin(), steps.end() - static_cast<std::ptrdiff_t>(kept));

  std::vector<PhaseConfig> phases;
  const auto count = static_cast<std::int64_t>(steps.size());
  for (std::int64_t i = 0; i < count; ++i) {
    PhaseConfig& phase = phases.emplace_back(PhaseConfig{});
    // What does not divide evenly goes to the last phases.
    phase.epochs = epochs / count + (i >= count - epochs % count ? 1 : 0);
    phase.train = {"head"};
    auto& step = steps[static_cast<std::size_t>(i)];
    // The pooler is the encoder's: it trains where a layer does, so that a frozen encoder stays as it was.
    if (head == HeadType::native && !step.empty()) phase.train.emplace_back("pooler");
    std::move(step.begin(), step.end(), std::back_inserter(phase.train));
  }
  return phases;
}

}  // namespace tt::config
