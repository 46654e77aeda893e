#pragma once

#include "record/fields/languages.hpp"
#include "record/fields/multi_label.hpp"
#include "transfer_tune/record/evaluation_report.hpp"

namespace tt::report {

void fields(auto& visit, Like<ClassReport> auto& r) {
  visit("label", r.label, "name");
  visit("precision", r.precision, "null for a label that was never predicted");
  visit("recall", r.recall, "null for a label without texts");
  visit("f1", r.f1, "null for a label with neither");
  visit("support", r.support, "texts with this label");
  visit("predicted", r.predicted, "texts given this label");
}

void fields(auto& visit, Like<ConfusedPairReport> auto& r) {
  visit("label", r.label, "the true label");
  visit("prediction", r.prediction, "the label given");
  visit("count", r.count, "texts");
  visit("share", r.share, "of the label's texts");
  visit("texts", r.texts, "examples, the most confident error first");
}

void fields(auto& visit, Like<SliceReport> auto& r) {
  visit("value", r.value, "of the column");
  visit("count", r.count, "texts");
  visit("accuracy", r.accuracy, "on these texts");
  visit("macro_f1", r.macro_f1, "on these texts");
}

void fields(auto& visit, Like<SlicedColumn> auto& r) {
  visit("column", r.column, "of the data file");
  visit("values", r.values, "figures of the texts that share a value, sorted by value");
}

void fields(auto& visit, Like<Int8Report> auto& r) {
  visit("texts", r.texts, "that both were measured on");
  visit("accuracy_exact", r.accuracy_exact, "of the encoder as it is");
  visit("accuracy_int8", r.accuracy_int8, "of the encoder with every layer in 8-bit integers");
  visit("same_answers", r.same_answers, "share of the texts to which both give one answer");
}

void fields(auto& visit, Like<EvaluationReport> auto& r) {
  visit("data_path", r.data_path, "labelled file; empty: not from one file");
  visit("data_sha256", r.data_sha256, "of its bytes");
  visit("examples", r.examples, "texts");
  visit("unknown_labels", r.unknown_labels, "texts whose label the classifier does not know, counted as wrong");
  visit("accuracy", r.accuracy,
        "share of texts answered rightly; of several labels a text, with all of them and no other");
  visit("accuracy_ci95", r.accuracy_ci95, "percentile bootstrap 95% interval");
  visit("bootstrap_samples", r.bootstrap_samples, "resamples behind the interval");
  visit("micro_precision", r.micro.precision, "over all texts; with one label a text equal to the accuracy");
  visit("micro_recall", r.micro.recall, "over all texts; with one label a text equal to the accuracy");
  visit("micro_f1", r.micro.f1, "over all texts; with one label a text equal to the accuracy");
  visit("macro_precision", r.macro.precision, "mean over labels that occur among labels or predictions");
  visit("macro_recall", r.macro.recall, "mean over labels that occur among labels or predictions");
  visit("macro_f1", r.macro.f1, "mean over labels that occur among labels or predictions");
  visit("weighted_precision", r.weighted.precision, "mean over labels, weighted by support");
  visit("weighted_recall", r.weighted.recall, "mean over labels, weighted by support");
  visit("weighted_f1", r.weighted.f1, "mean over labels, weighted by support");
  visit("top3_accuracy", r.top3_accuracy, "share of texts whose label is among the three most probable");
  visit("log_loss", r.log_loss,
        "mean of -ln p(label) over texts with known labels; with several a text, over pairs of text and label");
  visit("ece", r.ece, "expected calibration error over 15 equal bins of the largest probability");
  visit("per_class", r.per_class, "in the order of label ids");
  visit("confusion", r.confusion, "texts by label (row) and prediction (column), in the order of label ids");
  visit("confused_pairs", r.confused_pairs, "most frequent first");
  visit("slices", r.slices, "figures by the values of a column");
  visit("int8", r.int8, "what 8-bit integers change; null: none were used", Since{2});
  visit("texts_left_out", r.texts_left_out, "in the place of each text stands where it is to be found", Since{2});
  visit("multi_label", r.multi_label, "where texts have several labels; null: they have one", Since{5});
  visit("languages", r.languages, "figures by the language of the texts; null: no column says it", Since{7});
}

}  // namespace tt::report
