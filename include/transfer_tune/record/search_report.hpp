#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "transfer_tune/evaluation/metrics.hpp"

namespace tt::report {

struct SearchedValueReport {
  std::string setting;
  std::string value;  ///< as JSON
};

/// One way of training that was tried, on texts that it had not seen.
struct SearchTrialReport {
  std::vector<SearchedValueReport> settings;  ///< what it replaced; empty: the config as it stands
  std::int64_t shots = 0;                     ///< texts a label that it trained on at most; 0: all
  double accuracy = evaluation::kUndefined;
  double micro_f1 = evaluation::kUndefined;
  double macro_f1 = evaluation::kUndefined;
  double log_loss = evaluation::kUndefined;
  double seconds = 0;
  bool reused = false;  ///< an earlier run had tried it
  std::string failure;  ///< why it has no figures; empty: it has
};

/// How a run's settings were searched for.
struct SearchReport {
  std::string method;
  std::string metric;
  std::int64_t held_out = 0;     ///< texts that the figures are of
  bool cross_validated = false;  ///< those are the training texts, out of fold; else a validation file's
  std::vector<SearchTrialReport> trials;
  std::int64_t chosen = 0;  ///< place in `trials`, from 0
  std::string reason;       ///< a sentence
  double seconds = 0;
};

/// The trial's figure by `metric`.
[[nodiscard]] double figure_of(const SearchTrialReport& trial, std::string_view metric);
/// Whether `first` has the better figure by `metric`, or, where they are equal, the lower log loss. What failed is
/// worse than all else.
[[nodiscard]] bool is_better(const SearchTrialReport& first, const SearchTrialReport& second, std::string_view metric);

/// A trial's report as kept in the cache, and the way back. Reading throws `CheckpointError` when `json` is not such a
/// report.
[[nodiscard]] std::string to_json(const SearchTrialReport& report);
[[nodiscard]] SearchTrialReport read_search_trial(std::string_view json);

}  // namespace tt::report
