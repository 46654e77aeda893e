#include "transfer_tune/record/search_report.hpp"

namespace tt::report {

double figure_of(const SearchTrialReport& trial, std::string_view metric) {
  if (metric == "log_loss") return trial.log_loss;
  if (metric == "micro_f1") return trial.micro_f1;
  return metric == "macro_f1" ? trial.macro_f1 : trial.accuracy;
}

bool is_better(const SearchTrialReport& first, const SearchTrialReport& second, std::string_view metric) {
  if (!first.failure.empty() || !second.failure.empty()) return first.failure.empty() && !second.failure.empty();
  const double one = figure_of(first, metric);
  const double other = figure_of(second, metric);
  if (one != other && metric != "log_loss") return one > other;
  return first.log_loss < second.log_loss;
}

}  // namespace tt::report
