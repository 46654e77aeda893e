#include "render/stage_sections.hpp"

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "render/result_words.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

constexpr std::size_t kHashDigits = 12;

void add_file(std::vector<std::vector<Inline>>& rows, const char* role, const std::optional<FileReport>& file) {
  if (!file) return;
  rows.push_back({role, file->path, grouped(file->examples), grouped(file->used), grouped(file->truncated),
                  file->sha256.substr(0, kHashDigits)});
}

std::string choice_of_settings(const DataReport& data) {
  switch (data.validation_strategy) {
    case Validation::given:
    case Validation::split:
      return concat("Settings were chosen on ", validation_texts(data), ".");
    case Validation::cross_validation:
      return concat("Settings were chosen by ", data.folds, "-fold cross-validation of the training texts.");
    case Validation::defaults:
      break;
  }
  return "Settings are the configured ones; nothing was chosen on held-out texts.";
}

std::string taught(const DataReport& data) {
  std::string text = concat(counted(static_cast<std::int64_t>(data.labels.size()), "label", "labels"), ", ",
                            counted(data.train_examples, "training text", "training texts"));
  if (data.shots) text += concat(" (", *data.shots, " kept per label)");
  return concat(text, ". ", data.validation_reason.empty() ? choice_of_settings(data) : data.validation_reason);
}

std::vector<Inline> warnings(const DataReport& data) {
  std::vector<Inline> items(data.warnings.begin(), data.warnings.end());
  for (const auto* file : {&data.train, &data.validation, &data.test}) {
    if (*file && (*file)->truncated > 0) {
      items.emplace_back(concat(counted((*file)->truncated, "text was", "texts were"), " cut to the length limit in ",
                                (*file)->path, "."));
    }
  }
  return items;
}

Inline learning_rates(const PhaseReport& phase) {
  std::vector<Inline> rates;
  for (const GroupReport& group : phase.groups) {
    rates.emplace_back(
        concat(group.name, ": ", std::isnan(group.learning_rate) ? "solved" : significant(group.learning_rate)));
  }
  return stacked(rates);
}

void add_phases(Markdown& out, const PolicyReport& policy) {
  std::vector<std::vector<Inline>> rows;
  for (const PhaseReport& phase : policy.phases) {
    rows.push_back({std::to_string(rows.size() + 1), grouped(phase.epochs), join(phase.train, ", "),
                    grouped(phase.trainable_parameters), learning_rates(phase)});
  }
  out.table(
      {{"Phase"}, {"Epochs"}, {"Trains", Align::left}, {"Trainable parameters"}, {"Peak learning rate", Align::left}},
      rows);
}

void add_candidates(Markdown& out, const TrainingReport& training) {
  if (training.candidates_C.empty()) return;
  std::vector<std::vector<Inline>> rows;
  for (const CandidateC& candidate : training.candidates_C) {
    const Inline value = shortest(candidate.C);
    rows.push_back({training.C == candidate.C ? strong(value) : value, fixed(candidate.score, 4)});
  }
  out.table({{"C"}, {"accuracy on held-out texts"}}, rows);
}

void add_epochs(Markdown& out, const StageReport& stage) {
  const TrainingReport& training = stage.training;
  if (training.per_epoch.empty()) return;
  out.paragraph(concat(epochs_shown(stage), ":"));
  std::vector<std::vector<Inline>> rows;
  for (const EpochReport& epoch : training.per_epoch) {
    rows.push_back({std::to_string(epoch.phase), std::to_string(epoch.epoch), fixed(epoch.train_loss, 4),
                    percent(epoch.validation_accuracy), fixed(epoch.validation_macro_f1, 3),
                    fixed(epoch.validation_log_loss, 3), significant(epoch.learning_rate), duration(epoch.seconds),
                    fixed(epoch.examples_per_second, 0)});
  }
  out.table({{"Phase"},
             {"Epoch"},
             {"Training loss"},
             {"Validation accuracy"},
             {"macro F1"},
             {"log loss"},
             {"Learning rate"},
             {"Time"},
             {"Texts/s"}},
            rows);
}

}  // namespace

void add_data(Markdown& out, const DataReport& data) {
  out.paragraph(taught(data));
  std::vector<std::vector<Inline>> rows;
  add_file(rows, "training", data.train);
  add_file(rows, "validation", data.validation);
  add_file(rows, "test", data.test);
  if (!rows.empty()) {
    out.table(
        {{"", Align::left}, {"File", Align::left}, {"Texts"}, {"Used"}, {"Cut"}, {"SHA-256 (start)", Align::left}},
        rows);
  }
  out.list(warnings(data));
}

void add_training(Markdown& out, const StageReport& stage) {
  const PolicyReport& policy = stage.policy;
  const TrainingReport& training = stage.training;
  out.paragraph("Policy " + strong(policy.name) +
                concat(": ", grouped(policy.trainable_parameters), " of ", grouped(policy.total_parameters),
                       " parameters train. ", how_it_was_fitted(training)));
  if (!policy.phases.empty()) add_phases(out, policy);
  add_candidates(out, training);
  add_epochs(out, stage);
}

}  // namespace tt::report
