#pragma once

#include "record/fields/field.hpp"
#include "transfer_tune/record/data_checks.hpp"

namespace tt::report {

void fields(auto& visit, Like<LabelErrorReport> auto& r) {
  visit("file", r.file, "training file");
  visit("line", r.line, "where the record starts, from 1");
  visit("text", r.text, "as written");
  visit("label", r.label, "as given");
  visit("suggestion", r.suggestion, "the most probable label");
  visit("label_probability", r.label_probability, "by a model that had not seen the text, calibrated");
  visit("suggestion_probability", r.suggestion_probability, "by the same model");
  visit("score", r.score, "estimated probability that the label is wrong");
}

void fields(auto& visit, Like<TextPlace> auto& r) {
  visit("part", r.part, "train, validation or test");
  visit("file", r.file, "data file");
  visit("line", r.line, "where the record starts, from 1");
  visit("label", r.label, "given there");
}

void fields(auto& visit, Like<ConflictReport> auto& r) {
  visit("text", r.text, "as first written");
  visit("places", r.places, "where it stands");
}

void fields(auto& visit, Like<IndistinctReport> auto& r) {
  visit("label", r.label, "an intent");
  visit("other", r.other, "another");
  visit("label_as_other", r.label_as_other, "share of the label's training texts that out of fold get the other");
  visit("other_as_label", r.other_as_label, "and the other way round");
  visit("texts", r.texts, "of the label, answered with the other");
  visit("other_texts", r.other_texts, "of the other, answered with the label");
}

void fields(auto& visit, Like<FewTextsReport> auto& r) {
  visit("label", r.label, "an intent");
  visit("texts", r.texts, "training texts");
}

void fields(auto& visit, Like<UniformReport> auto& r) {
  visit("label", r.label, "an intent");
  visit("texts", r.texts, "training texts");
  visit("similarity", r.similarity, "mean cosine between two of its texts");
  visit("examples", r.examples, "some of them");
}

void fields(auto& visit, Like<UnlikeReport> auto& r) {
  visit("file", r.file, "test file");
  visit("line", r.line, "where the record starts, from 1");
  visit("text", r.text, "as written");
  visit("label", r.label, "as given");
  visit("distance", r.distance, "1 - cosine to the nearest training text");
  visit("nearest", r.nearest, "that text");
  visit("nearest_label", r.nearest_label, "and its label");
}

void fields(auto& visit, Like<DataChecksReport> auto& r) {
  visit("encoded", r.encoded, "false: only what needs no encoder was looked at");
  visit("left_out", r.left_out, "why that is; empty: nothing was left out");
  visit("seconds", r.seconds, "spent on the checks");
  visit("checked_labels", r.checked_labels, "training texts with out-of-fold probabilities");
  visit("out_of_fold_accuracy", r.out_of_fold_accuracy, "of a linear probe on the untuned encoder's features");
  visit("checked_intents", r.checked_intents, "labels of those texts", Since{2});
  visit("label_errors_found", r.label_errors_found, "in all; the list may be cut");
  visit("label_errors_precision", r.label_errors_precision,
        "expected share of those found that are wrong, 0.9 or more; null: none were found", Since{2});
  visit("label_errors_recall", r.label_errors_recall,
        "estimated share of labels that would be found, were one in twenty changed to any other at random; null: no "
        "texts were checked",
        Since{2});
  visit("similar_intents_told", r.similar_intents_told,
        "whether labels mistaken for a similar intent were looked for too, which takes 80 texts an intent", Since{2});
  visit("label_errors", r.label_errors, "training texts whose label is probably wrong, the most probable first");
  visit("conflicts_found", r.conflicts_found, "in all");
  visit("conflicts", r.conflicts, "equal texts with different labels");
  visit("indistinct_found", r.indistinct_found, "in all");
  visit("indistinct", r.indistinct, "pairs of intents taken for each other, both ways");
  visit("few_texts_found", r.few_texts_found, "in all");
  visit("few_texts_limit", r.few_texts_limit, "labels with fewer texts are listed");
  visit("few_texts", r.few_texts, "labels with too few training texts");
  visit("uniform_found", r.uniform_found, "in all");
  visit("typical_similarity", r.typical_similarity, "median over labels of the mean cosine within them");
  visit("uniform_limit", r.uniform_limit, "labels above this are listed");
  visit("uniform", r.uniform, "labels whose training texts are too much alike");
  visit("unlike_found", r.unlike_found, "in all");
  visit("unlike_expected", r.unlike_expected, "as many would be found by chance");
  visit("unlike_limit", r.unlike_limit, "test texts beyond this distance are listed");
  visit("typical_distance", r.typical_distance, "median distance of a training text to the nearest other one");
  visit("unlike", r.unlike, "test texts far from every training text");
}

}  // namespace tt::report
