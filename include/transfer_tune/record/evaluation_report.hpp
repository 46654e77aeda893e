#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "transfer_tune/evaluation/bootstrap.hpp"
#include "transfer_tune/evaluation/metrics.hpp"
#include "transfer_tune/evaluation/multi_label.hpp"
#include "transfer_tune/record/gate_report.hpp"
#include "transfer_tune/record/language_report.hpp"
#include "transfer_tune/record/multi_label_report.hpp"

namespace tt::report {

struct ClassReport {
  std::string label;
  double precision = evaluation::kUndefined;
  double recall = evaluation::kUndefined;
  double f1 = evaluation::kUndefined;
  std::int64_t support = 0;
  std::int64_t predicted = 0;
};

struct ConfusedPairReport {
  std::string label;
  std::string prediction;
  std::int64_t count = 0;
  double share = 0;                ///< of the label's texts
  std::vector<std::string> texts;  ///< examples, most confident error first
};

struct SliceReport {
  std::string value;
  std::int64_t count = 0;
  double accuracy = evaluation::kUndefined;
  double macro_f1 = evaluation::kUndefined;
};

struct SlicedColumn {
  std::string column;
  std::vector<SliceReport> values;
};

/// What 8-bit integers in the encoder change, on a part of the texts.
struct Int8Report {
  std::int64_t texts = 0;
  double accuracy_exact = evaluation::kUndefined;  ///< of the encoder as it is
  double accuracy_int8 = evaluation::kUndefined;   ///< of the same with every layer in 8-bit integers
  double same_answers = evaluation::kUndefined;    ///< share of the texts to which both give one answer
};

/// A classifier's figures on one labelled file: the report's test block, and the whole of `evaluate`'s answer.
struct EvaluationReport {
  std::string data_path;    ///< empty: not from one file (cross-validation)
  std::string data_sha256;  ///< of the file's bytes
  std::int64_t examples = 0;
  std::int64_t unknown_labels = 0;  ///< texts whose label the classifier does not know, counted as wrong
  double accuracy = evaluation::kUndefined;
  evaluation::Interval accuracy_ci95;
  std::int64_t bootstrap_samples = 0;
  evaluation::Averages micro, macro, weighted;  ///< in JSON: micro_f1, macro_precision, …
  double top3_accuracy = evaluation::kUndefined;
  double log_loss = evaluation::kUndefined;
  double ece = evaluation::kUndefined;
  std::vector<ClassReport> per_class;                ///< in the order of label ids
  std::vector<std::vector<std::int64_t>> confusion;  ///< [label][prediction], both in the order of label ids
  std::vector<ConfusedPairReport> confused_pairs;
  std::vector<SlicedColumn> slices;
  std::optional<Int8Report> int8;               ///< where 8-bit integers were used
  bool texts_left_out = false;                  ///< in the place of each text stands where it is to be found
  std::optional<MultiLabelReport> multi_label;  ///< absent: one label a text
  std::optional<LanguagesReport> languages;     ///< absent: no column says them
};

/// What the figures are about, beside the scores.
struct EvaluationContext {
  std::string data_path;
  std::string data_sha256;
  std::vector<std::string> labels;  ///< names, [num_classes]
  std::vector<std::string> texts;   ///< [n]
  bool texts_left_out = false;      ///< these are their places
  /// Columns to slice by and each text's value: names, and [column][n].
  std::vector<std::string> slice_columns;
  std::vector<std::vector<std::string>> slice_values;
  std::size_t bootstrap_samples = 1000;
  std::uint64_t seed = 0;
  LanguageContext languages{};
  std::vector<std::string> text_languages{};  ///< [n], where a column says them
};

/// Every figure of `scores`. Throws `InternalError` when sizes do not fit.
[[nodiscard]] EvaluationReport make_evaluation_report(const evaluation::Scores& scores,
                                                      const EvaluationContext& context);

/// The same where texts have several labels; `thresholds`: one a label. There are no confusions then.
[[nodiscard]] EvaluationReport make_evaluation_report(const evaluation::MultiLabelScores& scores,
                                                      const std::vector<double>& thresholds,
                                                      const EvaluationContext& context);

/// One JSON object; undefined figures are null, numbers survive a round trip. `gates` come last where there are any.
[[nodiscard]] std::string to_json(const EvaluationReport& report, const std::vector<GateReport>& gates = {});

}  // namespace tt::report
