#include "render/data_check_words.hpp"

#include "transfer_tune/core/text.hpp"
#include "transfer_tune/evaluation/label_errors.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

/// Where fewer labels changed at random would be found, it says little that none was.
constexpr double kTellingRecall = 0.5;

std::string checked(const DataChecksReport& report) {
  return concat(counted(report.checked_labels, "training text", "training texts"), " of ",
                counted(report.checked_intents, "intent", "intents"));
}

/// What the list would not show.
std::string reach(const DataChecksReport& report) {
  return concat(" Of labels changed to another intent at random, about ", percent(report.label_errors_recall),
                report.label_errors_found > 0 ? " would be listed; " : " would have been found; ",
                report.similar_intents_told
                    ? "of those mistaken for a similar intent, fewer."
                    : concat("one mistaken for a similar intent cannot be told from a hard text with fewer than ",
                             evaluation::kFewestToTellSimilar, " texts an intent."));
}

}  // namespace

std::string label_error_words(const DataChecksReport& report) {
  if (report.checked_labels == 0) return "";
  if (report.label_errors_found > 0) {
    return concat(counted(report.label_errors_found, "label", "labels"), " of ", checked(report), "; by estimate ",
                  percent(report.label_errors_precision),
                  report.label_errors_found > 1 ? " of them are wrong" : " likely to be wrong",
                  ". They follow from the answers of a linear probe that had not seen the text, calibrated, and from "
                  "how often labels contradict it at all.",
                  reach(report));
  }
  if (report.label_errors_recall < kTellingRecall) {
    return concat("Too few texts to tell which labels are wrong: ", checked(report), ".", reach(report));
  }
  return concat("No label of ", checked(report), " stands out as wrong.", reach(report));
}

}  // namespace tt::report
