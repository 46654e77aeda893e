#pragma once

#include "record/fields/field.hpp"
#include "transfer_tune/record/language_report.hpp"

namespace tt::report {

void fields(auto& visit, Like<LanguageReport> auto& r) {
  visit("language", r.language, "value of the column");
  visit("texts", r.texts, "in it");
  visit("trained_texts", r.trained_texts, "labelled texts in it that were trained on; 0: zero-shot; null: not known");
  visit("unlabelled_texts", r.unlabelled_texts, "texts in it without labels that were learnt from; null: not known");
  visit("accuracy", r.accuracy, "on these texts");
  visit("accuracy_ci95", r.accuracy_ci95, "Wilson's 95% interval");
  visit("micro_f1", r.micro_f1, "on these texts; with one label a text equal to the accuracy");
  visit("macro_f1", r.macro_f1, "on these texts");
  visit("ece", r.ece, "calibration error on these texts");
  visit("kept", r.kept,
        "share of them that the threshold does not reject; null: there is none, or nothing was rejected");
  visit("difference", r.difference, "accuracy less that of all other texts; null: there are none");
  visit("p", r.p, "Fisher's exact two-sided test of the difference");
  visit("p_holm", r.p_holm, "p by Holm's correction over the languages");
  visit("weak", r.weak, "the difference is a point or more below 0, and p_holm is below 0.05");
}

void fields(auto& visit, Like<LanguageMeanReport> auto& r) {
  visit("languages", r.languages, "that it is over, each counting the same");
  visit("texts", r.texts, "in them");
  visit("accuracy", r.accuracy, "mean over languages");
  visit("accuracy_ci95", r.accuracy_ci95, "95% interval from the languages' own");
  visit("macro_f1", r.macro_f1, "mean over languages");
}

void fields(auto& visit, Like<LanguagesReport> auto& r) {
  visit("column", r.column, "that says the language of a text");
  visit("mean", r.mean, "over all languages");
  visit("trained", r.trained, "over languages of training texts; null: there are none, or it is not known");
  visit("zero_shot", r.zero_shot, "over languages without training texts; null: there are none, or it is not known");
  visit("by_language", r.by_language, "sorted by language");
}

}  // namespace tt::report
