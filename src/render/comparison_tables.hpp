#pragma once

#include <string>
#include <vector>

#include "render/markdown.hpp"
#include "transfer_tune/record/comparison_report.hpp"

// The tables of a comparison as plain cells, for Markdown and for the terminal alike.

namespace tt::report {

struct PlainTable {
  struct Column {
    std::string title;
    Align align = Align::right;
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
};

/// One row an arm: its figures over seeds, and what it cost.
[[nodiscard]] PlainTable arms_table(const ComparisonReport& report);
/// Accuracies, a row for each number of training texts, a column for each arm; no rows without a curve.
[[nodiscard]] PlainTable curve_table(const ComparisonReport& report);
/// What each arm saves beside the arm without transfer, a row for each number of training texts; no rows without one.
[[nodiscard]] PlainTable savings_table(const ComparisonReport& report);
/// One row an arm: the labels that its learning curve forecasts, and how well it foretells its own last point.
[[nodiscard]] PlainTable forecasts_table(const ComparisonReport& report);
/// One row a pair: by how much the arms differ and whether that can be told from chance.
[[nodiscard]] PlainTable pairs_table(const ComparisonReport& report);
/// One row a test of two runs; without rows where no pair has more than one.
[[nodiscard]] PlainTable tests_table(const ComparisonReport& report);

/// "full is better", "undecided".
[[nodiscard]] std::string outcome_words(const PairReport& pair);
/// How the figures of a comparison came about.
[[nodiscard]] std::vector<std::string> method_sentences(const ComparisonReport& report);

}  // namespace tt::report
