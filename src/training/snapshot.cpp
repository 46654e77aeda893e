#include "transfer_tune/training/train_state.hpp"

#include <ATen/ATen.h>

#include <algorithm>

namespace tt::training {

Snapshot::Snapshot(model::Classifier& classifier, const std::vector<PhasePlan>* plans, Words words) : words_(words) {
  const std::vector<model::Parameter*> parameters = classifier.used_parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const bool kept =
        plans == nullptr || parameters[i]->group == "head" ||
        std::any_of(plans->begin(), plans->end(), [&](const PhasePlan& plan) { return plan.learning_rates[i] > 0; });
    const bool shared = words == Words::shared && parameters[i]->by_token;
    const at::Tensor value = parameters[i]->value.detach();
    values.push_back(!kept ? at::Tensor() : shared ? value : value.clone());
  }
}

void Snapshot::restore(model::Classifier& classifier) const {
  const std::vector<model::Parameter*> parameters = classifier.used_parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!values[i].defined()) continue;
    const bool shared = words_ == Words::shared && parameters[i]->by_token;
    parameters[i]->value = values[i].to(classifier.device(), false, /*copy=*/!shared);
  }
}

}  // namespace tt::training
