#include "transfer_tune/record/predictions.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/evaluation/metrics.hpp"

namespace tt::report {
namespace {

using Json = nlohmann::ordered_json;

Json top3_of(std::span<const double> probabilities, const std::vector<std::string>& labels) {
  Json top3 = Json::array();
  for (const std::int32_t id : evaluation::top_k(probabilities, 3)) {
    const auto i = static_cast<std::size_t>(id);
    top3.push_back({{"label", labels[i]}, {"probability", probabilities[i]}});
  }
  return top3;
}

/// Null for a label that the classifier does not know.
Json probability_of(std::string_view label, std::span<const double> probabilities,
                    const std::vector<std::string>& labels) {
  const auto known = std::find(labels.begin(), labels.end(), label);
  if (known == labels.end()) return nullptr;
  return probabilities[static_cast<std::size_t>(known - labels.begin())];
}

/// The labels whose probability is at least their threshold, the most probable first.
std::vector<std::size_t> given_labels(std::span<const double> probabilities, std::span<const double> thresholds) {
  std::vector<std::size_t> given;
  for (const std::int32_t id : evaluation::top_k(probabilities, probabilities.size())) {
    const auto i = static_cast<std::size_t>(id);
    if (probabilities[i] >= thresholds[i]) given.push_back(i);
  }
  return given;
}

/// What the record says of sets of labels.
void add_sets(Json& line, const PredictionRecord& record, const std::vector<std::string>& labels) {
  std::vector<std::string> names;
  Json predictions = Json::array();
  if (!record.probabilities.empty()) {
    for (const std::size_t i : given_labels(record.probabilities, record.thresholds)) {
      names.push_back(labels[i]);
      predictions.push_back({{"label", labels[i]}, {"probability", record.probabilities[i]}});
    }
  }
  if (record.label_set) line["labels"] = std::vector(record.label_set->begin(), record.label_set->end());
  line["predictions"] = record.probabilities.empty() ? Json() : std::move(predictions);
  if (record.label_set) line["correct"] = as_one_label(names) == as_one_label(*record.label_set);
}

}  // namespace

std::string as_one_label(std::span<const std::string> labels) {
  std::vector<std::string> sorted(labels.begin(), labels.end());
  std::ranges::sort(sorted);
  return Json(std::move(sorted)).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string prediction_line(const PredictionRecord& record, const std::vector<std::string>& labels) {
  const bool answered = !record.probabilities.empty();
  const bool sets = !record.thresholds.empty();
  if (labels.empty() || (sets && record.thresholds.size() != labels.size()) ||
      (answered && record.probabilities.size() != labels.size()) ||
      (!record.logits.empty() && record.logits.size() != labels.size())) {
    throw InternalError(concat("prediction line: ", record.probabilities.size(), " probabilities and ",
                               record.logits.size(), " logits for ", labels.size(), " labels"));
  }
  Json top3 = answered ? top3_of(record.probabilities, labels) : Json::array();
  Json line;
  if (record.line) line["line"] = *record.line;
  if (record.text) line["text"] = *record.text;
  if (record.language) line["language"] = *record.language;
  if (record.label) line["label"] = *record.label;
  if (sets) {
    add_sets(line, record, labels);
  } else {
    line["prediction"] = record.out_of_scope || !answered ? Json() : top3[0]["label"];
  }
  if (record.label) line["correct"] = line["prediction"] == *record.label;
  if (!sets) line["probability"] = answered ? top3[0]["probability"] : Json();
  if (record.label && answered) line["label_probability"] = probability_of(*record.label, record.probabilities, labels);
  line["top3"] = std::move(top3);
  if (!record.logits.empty()) {
    Json& logits = line["logits"] = Json::object();
    for (std::size_t i = 0; i < labels.size(); ++i) logits[labels[i]] = record.logits[i];
  }
  if (record.scope_score) {
    line["out_of_scope"] = record.out_of_scope;
    line["scope_score"] = *record.scope_score;
  }
  if (!record.data_sha256.empty()) line["data_sha256"] = record.data_sha256;
  // The id goes in as text: a number would not survive being parsed.
  std::string out = "{";
  if (record.index) out += concat("\"index\":", *record.index, ',');
  if (record.id) out += concat("\"id\":", *record.id, ',');
  return out + line.dump(-1, ' ', false, Json::error_handler_t::replace).substr(1) + "\n";
}

}  // namespace tt::report
