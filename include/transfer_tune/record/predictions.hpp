#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tt::report {

/// One text's answer, for predictions.jsonl and for the `predict` command.
struct PredictionRecord {
  std::optional<std::size_t> index;    ///< 0-based place in the test file
  std::optional<std::string_view> id;  ///< the id column's value as JSON text
  std::optional<std::string_view> text;
  std::optional<std::size_t> line{};                        ///< where the record starts in the file
  std::optional<std::string_view> label;                    ///< the true label's name, known to the classifier or not
  std::span<const double> probabilities;                    ///< one per label; empty: there is no answer
  std::span<const float> logits;                            ///< one per label; empty: left out
  std::string_view data_sha256;                             ///< of the test file; empty: left out
  std::optional<double> scope_score{};                      ///< the higher, the more in scope; absent: left out
  bool out_of_scope = false;                                ///< then there is no prediction; with a `scope_score` alone
  std::span<const double> thresholds{};                     ///< of several labels a text, one each; empty: it has one
  std::optional<std::span<const std::string>> label_set{};  ///< then the true labels' names, in place of `label`
  std::optional<std::string_view> language{};
};

/// A set of labels as one text, by which sets are compared.
[[nodiscard]] std::string as_one_label(std::span<const std::string> labels);

/// One JSON object and a newline: index, id (as it stands in the record), line, text, language, prediction,
/// probability, top3
/// [{label, probability}]; with a label also label, correct and label_probability (null for one that the classifier
/// does not know); logits by label; data_sha256; with a scope_score also out_of_scope, and a null prediction where that
/// is true; with thresholds `labels` and `predictions` [{label, probability}], the most probable first, in place of
/// label, prediction and probability; without an answer a null prediction and probability, and an empty top3. Absent
/// optional fields are left out. Numbers survive a round trip. Ties go to the lowest id.
[[nodiscard]] std::string prediction_line(const PredictionRecord& record, const std::vector<std::string>& labels);

}  // namespace tt::report
