#include "runs/multi_label.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <string>

namespace tt::runs {

void check_multi_label(const config::RunConfig& config) {
  std::vector<std::string> problems;
  const auto refuse = [&](bool found, const std::string& what) {
    if (found) problems.push_back(what);
  };
  const config::ObjectiveType objective = config.training.objective.type;
  refuse(objective != config::ObjectiveType::cross_entropy,
         concat("/training/objective/type: found ", quote(to_string(objective)),
                ", which is of one label a text; expected \"cross_entropy\", which is binary for each label then"));
  refuse(config.training.class_weights == config::ClassWeights::balanced,
         "/training/class_weights: found \"balanced\", which is of one label a text; expected weights by label");
  refuse(config.source.has_value(), "/source: found a block, expected none: no source stage is built for it");
  refuse(config.target.unlabelled.has_value(),
         "/target/unlabelled: found a file, expected none: self-training is of one label a text");
  const config::OutOfScopeConfig& others = config.evaluation.out_of_scope;
  refuse(others.test || others.validation || others.label,
         "/evaluation/out_of_scope: found texts of no label, expected none: give them an empty list of labels instead");
  if (problems.empty()) return;
  throw UsageError(concat("the target's texts have several labels each, for which some settings are not built:\n",
                          join(problems, "\n")));
}

std::vector<std::size_t> unknown_labels(const data::Dataset& dataset, const data::LabelMap& labels) {
  std::vector<std::size_t> counts;
  for (const data::Example& example : dataset.examples) {
    counts.push_back(static_cast<std::size_t>(std::ranges::count_if(
        data::label_names(example), [&](const std::string& name) { return !labels.find(name); })));
  }
  return counts;
}

}  // namespace tt::runs
