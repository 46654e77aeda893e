#include "transfer_tune/record/decision_report.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "record/fields/decision.hpp"
#include "record/json_reader.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

using evaluation::ScopeScore;

/// Throws `Misfit` for values of the right kind that cannot be used.
void check(const Decision& decision) {
  if (!(decision.temperature > 0 && std::isfinite(decision.temperature))) {
    throw Misfit{"/temperature", shortest(decision.temperature), "a number above 0"};
  }
  for (const double threshold : decision.thresholds) {
    if (!(threshold >= 0 && threshold <= 1)) throw Misfit{"/thresholds", shortest(threshold), "shares from 0 to 1"};
  }
  for (const DecisionLanguage& language : decision.languages) {
    const double temperature = language.temperature;
    if (!std::isnan(temperature) && !(temperature > 0 && std::isfinite(temperature))) {
      throw Misfit{"/languages", shortest(temperature), "temperatures above 0 or null"};
    }
  }
  const bool counts = decision.score == ScopeScore::knn;
  if (counts ? decision.neighbours < 1 : decision.neighbours != 0) {
    throw Misfit{"/neighbours", std::to_string(decision.neighbours), counts ? "at least 1" : "0 for this score"};
  }
}

}  // namespace

const ScopeScoreReport& chosen_score(const OutOfScopeReport& report) {
  const auto found = std::find_if(report.scores.begin(), report.scores.end(),
                                  [&](const ScopeScoreReport& score) { return score.score == report.score; });
  if (found == report.scores.end()) throw InternalError("the chosen out-of-scope score was not computed");
  return *found;
}

std::string_view score_name(ScopeScore score) { return kScopeScoreNames.at(static_cast<std::size_t>(score)); }

const DecisionLanguage* find_language(const Decision& decision, std::string_view language) {
  const auto found = std::ranges::find(decision.languages, language, &DecisionLanguage::language);
  return found == decision.languages.end() ? nullptr : &*found;
}

Decision read_decision(std::string_view json) {
  try {
    const nlohmann::json document = parsed(json);
    Decision decision;
    read(document, {}, decision);
    if (document.contains("thresholds")) read(document["thresholds"], {"/thresholds"}, decision.thresholds);
    if (document.contains("languages")) {
      if (!document.contains("language_column")) throw Misfit{"/language_column", "nothing", "a value"};
      read(document["language_column"], {"/language_column"}, decision.language_column);
      read(document["languages"], {"/languages"}, decision.languages);
    }
    check(decision);
    return decision;
  } catch (const Misfit& misfit) {
    throw CheckpointError(misfit.message());
  }
}

}  // namespace tt::report
