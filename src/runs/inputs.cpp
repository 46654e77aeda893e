#include "runs/inputs.hpp"

#include "runs/held_out_intents.hpp"
#include "runs/label_texts.hpp"
#include "runs/multi_label.hpp"
#include "runs/settings.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <string>
#include <vector>

namespace tt::runs {
namespace {

/// `block`: JSON pointer of the stage's training block.
void check_class_weights(const config::TrainingConfig& training, const data::LabelMap& labels,
                         const std::string& block) {
  std::vector<std::string> problems;
  for (const auto& [label, weight] : training.class_weight_values) {
    if (labels.find(label)) continue;
    const auto hint = nearest_name(label, labels.names());
    problems.push_back(concat(block, "/class_weights: label ", quote(label), " is not among the training labels",
                              hint ? concat("; did you mean ", quote(*hint), "?") : std::string()));
  }
  if (!problems.empty()) throw UsageError(join(problems, "\n"));
}

/// What stands beside the labelled texts is learnt from by way of the solved head.
void check_solved_head(const config::RunConfig& config) {
  if (config.training.probe_first) return;
  const char* found = config.target.unlabelled                    ? "target.unlabelled"
                      : config.target.label_names.value_or(false) ? "target.label_names"
                                                                  : nullptr;
  if (found == nullptr) return;
  throw UsageError(
      concat("/training/probe_first: found false, with ", found, ", which the solved head learns from; expected true"));
}

}  // namespace

Inputs load_inputs(const config::RunConfig& config, const LoadedEncoder& encoder, std::int64_t threads) {
  check_solved_head(config);
  Inputs out;
  const TextSettings texts{encoder.tokenizer, config.encoder.max_length, threads, config.self_training.max_texts,
                           config.output.texts};
  out.target = load_stage_data(config.target, config.evaluation.slice_by, config.evaluation.out_of_scope.label,
                               config.training.seed, texts);
  if (out.target.train.multi_label) check_multi_label(config);
  check_class_weights(config.training, out.target.labels, "/training");
  if (config.target.train && config.target.label_names.value_or(true)) {
    data::Dataset label_texts = read_label_texts(config.target, out.target.labels, config.output.texts);
    if (out.target.train.multi_label) data::to_label_sets(label_texts);
    out.target.label_texts =
        encode(label_texts, out.target.labels, encoder.tokenizer, config.encoder.max_length, threads);
    out.target.labels_described = config.target.label_descriptions.has_value();
  }
  out.out_of_scope = load_out_of_scope(config, out.target, encoder.tokenizer, threads);
  if (!config.source) return out;
  const config::SourceConfig& source = *config.source;
  if (source.checkpoint) {
    (void)load_source(checkpoint_directory(*source.checkpoint), encoder);
  } else {
    out.source = load_stage_data(source.data, {}, {}, source.training.seed, texts);
    if (out.source->train.multi_label) {
      throw UsageError(
          "/source/train: found texts with several labels, expected one each: the source stage learns no sets");
    }
    check_class_weights(source.training, out.source->labels, "/source/training");
    if (source.training.objective.type == config::ObjectiveType::prototypical) {
      if (source.data.validation) {
        throw UsageError(
            "/source/validation: found a file, expected none beside the objective prototypical, which is validated on "
            "intents held out of the training file");
      }
      hold_out_intents(*out.source, source.training.objective, config.training.seed);
    }
  }
  return out;
}

}  // namespace tt::runs
