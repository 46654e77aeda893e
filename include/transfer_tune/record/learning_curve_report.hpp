#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "transfer_tune/evaluation/bootstrap.hpp"
#include "transfer_tune/evaluation/learning_curve.hpp"
#include "transfer_tune/evaluation/metrics.hpp"

// What a comparison's learning curves say, as plain structs: blocks of ComparisonReport. Numbers of labels are mean
// training texts per intent, which all of the texts have too.

namespace tt::report {

using evaluation::Reach;

/// What an arm saves beside the arm without transfer, at one number of training texts: what that arm needs in order to
/// be as accurate, read off its learning curve.
struct SavingReport {
  std::string arm;
  std::optional<std::int64_t> shots{};             ///< of the arm; absent: all texts
  double accuracy = evaluation::kUndefined;        ///< of the arm there: what is to be matched
  double labels = evaluation::kUndefined;          ///< per intent, of the arm
  double needed_labels = evaluation::kUndefined;   ///< per intent, of the arm without transfer
  evaluation::Interval needed_labels_ci95{};       ///< over seeds; an undefined end was not measured
  double labels_saved = evaluation::kUndefined;    ///< needed_labels - labels; negative: transfer costs labels
  double seconds = evaluation::kUndefined;         ///< of training, of the arm
  double needed_seconds = evaluation::kUndefined;  ///< of training, of the arm without transfer on needed_labels
  double time_saved = evaluation::kUndefined;      ///< needed_seconds - seconds
  Reach reach = Reach::measured;  ///< of the four figures of the arm without transfer: exact, or a bound
};

/// A point of a forecast's curve.
struct ForecastPointReport {
  double labels = evaluation::kUndefined;  ///< per intent
  double accuracy = evaluation::kUndefined;
  evaluation::Interval ci95{};
  bool extrapolated = false;  ///< beyond what was measured
};

/// The forecast that the points before the last one would have made of it.
struct ForecastCheckReport {
  double labels = evaluation::kUndefined;    ///< per intent, of the last point
  double forecast = evaluation::kUndefined;  ///< accuracy
  evaluation::Interval ci95{};
  double measured = evaluation::kUndefined;
};

/// How many labels per intent an arm needs for an accuracy: error = a·labels^-b + c fitted to its learning curve.
struct ForecastReport {
  std::string arm;
  std::int64_t points = 0;  ///< of the learning curve
  double a = evaluation::kUndefined;
  double b = evaluation::kUndefined;
  double c = evaluation::kUndefined;  ///< error that no number of labels removes; 0 by assumption with three points
  double target_accuracy = evaluation::kUndefined;
  double labels = evaluation::kUndefined;           ///< per intent, for that accuracy; undefined: not under this law
  evaluation::Interval labels_ci95{};               ///< an undefined end: no such number
  bool extrapolated = false;                        ///< beyond what was measured
  double measured_labels = evaluation::kUndefined;  ///< per intent, the most measured
  std::vector<ForecastPointReport> curve;           ///< from the fewest measured labels on, growing evenly in log
  std::optional<ForecastCheckReport> check{};       ///< absent: too few points
};

/// Whether the source stage helped, at one number of training texts: two arms that differ by it alone.
struct SourceEffectReport {
  std::string source;                          ///< name of the source domain
  std::string with;                            ///< arm
  std::string without;                         ///< arm
  std::optional<std::int64_t> shots{};         ///< absent: all texts
  double difference = evaluation::kUndefined;  ///< accuracy with less that without
  evaluation::Interval ci95{};                 ///< of the difference
  double p_holm = evaluation::kUndefined;
  bool helped = false;   ///< significantly
  bool hurt = false;     ///< significantly: negative transfer
  std::string sentence;  ///< in plain words
};

}  // namespace tt::report
