#include "transfer_tune/config/run_config.hpp"

#include <algorithm>
#include <utility>

namespace tt::config {
namespace {

constexpr const char* kAllLayers = "layer.*";
constexpr const char* kEmbeddings = "embeddings";

std::string last_layers(std::int64_t count) { return "layer.last-" + std::to_string(count); }

/// What each step of `gradual` adds to the head, from the top of the encoder down.
std::vector<std::vector<std::string>> gradual_steps() {
  return {{}, {last_layers(2)}, {kAllLayers}, {kAllLayers, kEmbeddings}};
}

/// The encoder rules of each phase, in order.
std::vector<std::vector<std::string>> encoder_rules(const PolicyConfig& policy) {
  switch (policy.policy) {
    case Policy::frozen:
      return {{}};
    case Policy::top_layers:
      return {{policy.layers == 0 ? kAllLayers : last_layers(policy.layers)}};
    case Policy::full:
      return {{kAllLayers, kEmbeddings}};
    case Policy::gradual:
      return gradual_steps();
    case Policy::phases:
      break;
  }
  return {};
}

}  // namespace

std::vector<PhaseConfig> expand_policy(const PolicyConfig& policy, std::int64_t epochs, HeadType head) {
  if (policy.policy == Policy::phases) return policy.phases;
  std::vector<std::vector<std::string>> steps = encoder_rules(policy);
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
