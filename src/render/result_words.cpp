#include "render/result_words.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "render/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

/// How `accuracy` stands to a floor, as the end of a sentence.
std::string compared(const EvaluationReport& figures, const evaluation::Baseline& floor, const std::string& name) {
  const double gain = figures.accuracy - floor.accuracy;
  if (gain <= 0) return concat("no better than ", name, " (", percent(floor.accuracy), ")");
  const bool uncertain = figures.accuracy_ci95.low <= floor.accuracy;
  return concat(points(gain), " above ", name, uncertain ? " (a floor inside the interval)" : "");
}

std::string compared_with_floors(const EvaluationReport& figures, const BaselinesReport& floors) {
  std::vector<std::string> parts;
  if (floors.nearest_label_name) {
    parts.push_back(compared(figures, *floors.nearest_label_name, "answering with the nearest label name, untrained,"));
  }
  if (floors.majority) parts.push_back(compared(figures, *floors.majority, "always answering the most frequent label"));
  return parts.empty() ? "" : concat(" That is ", join(parts, " and "), ".");
}

std::optional<double> score_of(const KeepReport& keep, double share) {
  const auto found = std::find_if(keep.candidates.begin(), keep.candidates.end(),
                                  [&](const KeepCandidate& candidate) { return candidate.share == share; });
  return found == keep.candidates.end() ? std::nullopt : std::optional(found->score);
}

/// Empty: the usual one.
std::string objective_words(const ObjectiveReport& objective) {
  if (objective.type == "cross_entropy") return "";
  std::vector<std::string> parameters;
  const auto add = [&](const char* name, std::optional<double> value) {
    if (value) parameters.push_back(concat(name, " ", shortest(*value)));
  };
  add("gamma", objective.gamma);
  add("ways", objective.ways);
  add("support", objective.support);
  add("query", objective.query);
  add("temperature", objective.temperature);
  add("weight", objective.weight);
  add("alpha", objective.alpha);
  if (objective.isotropy.value_or(0) > 0) add("isotropy", objective.isotropy);
  return concat(objective.type, parameters.empty() ? "" : concat(" (", join(parameters, ", "), ")"));
}

}  // namespace

std::string headline(const EvaluationReport& figures) {
  return figures.multi_label ? concat("micro F1 ", fixed(figures.micro.f1, 3))
                             : percent(figures.accuracy) + " accuracy";
}

std::string what_happened(const RunReport& report, const EvaluationReport& figures) {
  const TrainingReport& training = report.target.training;
  return concat(encoder_name(report), report.encoder.random_weights ? ", from random weights," : "", " learned ",
                counted(static_cast<std::int64_t>(report.target.data.labels.size()), "label", "labels"), " from ",
                counted(training.examples, "text", "texts"), " in ", duration(training.seconds), " and ",
                figures.multi_label ? concat("has a ", headline(figures), " on ")
                                    : concat("answers ", percent(figures.accuracy), " of "),
                counted(figures.examples, "text", "texts"),
                figures.multi_label ? concat(", ", percent(figures.accuracy), " of which get exactly their labels.")
                                    : " rightly.",
                compared_with_floors(figures, report.baselines));
}

std::string how_it_was_fitted(const TrainingReport& training) {
  std::string text = concat("Final fit on ", counted(training.examples, "text", "texts"));
  if (training.refitted) text += ", validation texts joined back";
  const bool untuned = training.epochs == 0;  // the solved head scored best
  if (untuned) {
    text += ", no epoch of tuning kept";
  } else if (training.epochs) {
    text += concat(", ", counted(*training.epochs, "epoch", "epochs"));
  }
  if (training.best_epoch && !untuned) text += concat(", best epoch ", *training.best_epoch);
  if (training.C) text += concat(", head solved with C = ", shortest(*training.C));
  if (const std::string objective = objective_words(training.objective); !objective.empty() && !untuned) {
    text += concat(", objective ", objective);
  }
  if (training.probed_first && !untuned) text += ", tuning started from the solved head";
  text += concat("; ", duration(training.seconds), " in all");
  if (training.reused_seconds > 0) {
    text += concat(", and ", duration(training.reused_seconds), " spared by activations that earlier runs left");
  }
  return text + ".";
}

std::string validation_texts(const DataReport& data) {
  switch (data.validation_strategy) {
    case Validation::given:
      return concat("the ", counted(data.validation_examples, "text", "texts"), " of the validation file");
    case Validation::split:
      return concat("the ", counted(data.validation_examples, "text", "texts"), " held out of the training file");
    case Validation::cross_validation:
      return concat("the training texts in ", data.folds, " folds, each answered by a model that had not seen it");
    case Validation::defaults:
      break;
  }
  return "no texts";
}

std::string epochs_measured_on(const StageReport& stage) {
  const bool one_fold = stage.data.validation_strategy == Validation::cross_validation && stage.training.held_out > 0;
  if (!one_fold) return validation_texts(stage.data);
  return concat("the ", counted(stage.training.held_out, "text", "texts"), " held out of the training file");
}

std::string epochs_shown(const StageReport& stage) {
  const bool chosen = stage.training.best_epoch.has_value();
  if (chosen && stage.data.validation_strategy == Validation::cross_validation) {
    return concat("Every epoch, as the mean over ", stage.data.folds, " folds; the final fit is not among them");
  }
  if (stage.training.refitted && stage.training.held_out > 0) {
    return concat("Every epoch of the fit without the held-out texts",
                  chosen ? "" : ", which calibrates and runs half of them", "; the final fit is not shown");
  }
  return "Every epoch of the final fit";
}

std::string source_effect(const SourceReport& source) {
  const KeepReport& keep = source.keep;
  const std::string share = percent(keep.chosen);
  const auto without = score_of(keep, 0);
  const auto with = score_of(keep, keep.chosen);
  if (source.left_alone()) {
    return "It did not help: no epoch scored better on what was held out of the source than the pretrained encoder "
           "did, so the target starts from that.";
  }
  if (keep.automatic && keep.chosen == 0) {
    return concat("It did not help: no share of its weights scored above the pretrained encoder",
                  without ? concat(" (", percent(*without), ")") : "",
                  " in cross-validated probes on the target's training texts, so the target starts from the "
                  "pretrained weights.");
  }
  if (!without || !with) {
    return concat(share,
                  " of its change to the weights was kept, as configured; its effect on the target was not "
                  "measured.");
  }
  const double gain = *with - *without;
  const std::string difference = gain == 0 ? "no difference" : points(gain) + (gain > 0 ? " more" : " fewer");
  return concat(
      share,
      " of its change to the weights was kept: cross-validated probes on the target's training texts "
      "score ",
      percent(*with), " with it and ", percent(*without), " without, ", difference,
      keep.automatic ? ". The share was chosen by these scores, which flatters the difference a little." : ".");
}

}  // namespace tt::report
