#pragma once

#include "record/fields/decision.hpp"
#include "transfer_tune/record/multi_label_report.hpp"

namespace tt::report {

void fields(auto& visit, Like<LabelRankingReport> auto& r) {
  visit("label", r.label, "name");
  visit("threshold", r.threshold, "the label is given where its probability is at least this");
  visit("average_precision", r.average_precision, "null for a label without texts");
}

void fields(auto& visit, Like<MultiLabelReport> auto& r) {
  visit("micro_f1_ci95", r.micro_f1_ci95, "percentile bootstrap 95% interval over texts");
  visit("macro_f1_ci95", r.macro_f1_ci95, "percentile bootstrap 95% interval over texts");
  visit("mean_average_precision", r.mean_average_precision, "mean over labels that a text has");
  visit("hamming_loss", r.hamming_loss, "share of the pairs of text and label that are answered wrongly");
  visit("labels_per_text", r.labels_per_text, "that texts have");
  visit("given_per_text", r.given_per_text, "that they are given");
  visit("per_label", r.per_label, "in the order of label ids");
}

void fields(auto& visit, Like<LabelThresholdReport> auto& r) {
  visit("label", r.label, "name");
  visit("threshold", r.threshold, "the label is given where its probability is at least this");
  visit("texts", r.texts, "held-out texts that have the label");
}

void fields(auto& visit, Like<ThresholdsReport> auto& r) {
  visit("shared", r.shared, "the best one for all labels together");
  visit("chosen_on", r.chosen_on, "texts that the model had not seen; none: 0.5 for all");
  visit("texts", r.texts, "held out");
  visit("before_refit", r.before_refit, "chosen with the model before it was trained again on all texts");
  visit("reason", r.reason, "a sentence on where they come from");
  visit("labels", r.labels, "in the order of label ids");
}

}  // namespace tt::report
