#pragma once

#include <string>

#include "transfer_tune/record/run_report.hpp"

// A run's result in sentences; plain text, the same in Markdown and HTML.

namespace tt::report {

/// Said where texts were left out.
inline constexpr const char* kTextsLeftOut =
    "Texts of the data were left out: in the place of each stands its file and line.";

/// The figure that a report is headed by: "81.2% accuracy", with several labels a text "micro F1 0.812".
[[nodiscard]] std::string headline(const EvaluationReport& figures);
/// What was learned from what, how well it does, and how that stands to the floors.
[[nodiscard]] std::string what_happened(const RunReport& report, const EvaluationReport& figures);
/// The final fit, and how long training took.
[[nodiscard]] std::string how_it_was_fitted(const TrainingReport& training);
/// What validation scores were measured on: "the 20 texts of the validation file".
[[nodiscard]] std::string validation_texts(const DataReport& data);
/// What the scores of epochs were measured on, as above.
[[nodiscard]] std::string epochs_measured_on(const StageReport& stage);
/// Which fit the rows of epochs tell of; the start of a sentence.
[[nodiscard]] std::string epochs_shown(const StageReport& stage);
/// What the source stage did for the target, whichever way it went.
[[nodiscard]] std::string source_effect(const SourceReport& source);

}  // namespace tt::report
