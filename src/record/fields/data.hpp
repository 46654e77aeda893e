#pragma once

#include <array>
#include <string_view>

#include "record/fields/field.hpp"
#include "transfer_tune/record/run_report.hpp"

namespace tt::report {

/// In the order of the enumerators of `Validation`.
inline constexpr std::array<std::string_view, 4> kValidationNames{"given", "split", "cross_validation", "defaults"};
constexpr const auto& names_of(Validation /*tag*/) { return kValidationNames; }

void fields(auto& visit, Like<FileReport> auto& r) {
  visit("path", r.path, "of the file");
  visit("sha256", r.sha256, "of its bytes");
  visit("encoding", r.encoding, "that it was read in", Since{2});
  visit("delimiter", r.delimiter, "that its fields are parted by; empty: the format has none", Since{2});
  visit("examples", r.examples, "labelled texts in it");
  visit("out_of_scope", r.out_of_scope, "out-of-scope texts, kept apart");
  visit("used", r.used, "texts left after sampling");
  visit("truncated", r.truncated, "used texts longer than max_length");
}

void fields(auto& visit, Like<DuplicatesReport> auto& r) {
  visit("train", r.train, "texts that training holds more than once");
  visit("train_conflicting", r.train_conflicting, "of these, with different labels");
  visit("train_test", r.train_test, "test texts that training holds too");
  visit("train_test_texts", r.train_test_texts, "some of them");
}

void fields(auto& visit, Like<TextWeightsReport> auto& r) {
  visit("column", r.column, "of the training file");
  visit("sum", r.sum, "of the texts used");
  visit("left_out", r.left_out, "texts of weight 0");
}

void fields(auto& visit, Like<LanguageCountReport> auto& r) {
  visit("language", r.language, "value of the column");
  visit("train", r.train, "texts in it that were trained on");
  visit("validation", r.validation, "texts of the validation file");
  visit("test", r.test, "texts tested on");
  visit("unlabelled", r.unlabelled, "texts without labels that were learnt from, where their file has the column");
}

void fields(auto& visit, Like<DataLanguagesReport> auto& r) {
  visit("column", r.column, "that says the language of a text");
  visit("trained_on", r.trained_on, "languages that the config trains on; empty: all of the training file");
  visit("left_out", r.left_out, "texts of the training file in other languages");
  visit("counts", r.counts, "texts by language, sorted by language");
}

void fields(auto& visit, Like<DataReport> auto& r) {
  visit("name", r.name, "of the domain");
  visit("train", r.train, "training file");
  visit("more_train", r.more_train, "training files that were read as one with it", Since{6});
  visit("validation", r.validation, "validation file; null: none was given");
  visit("test", r.test, "test file; null: none was given");
  visit("unlabelled", r.unlabelled, "file of texts without labels; null: none was given", Since{3});
  visit("train_examples", r.train_examples, "texts trained on while settings were chosen");
  visit("validation_examples", r.validation_examples,
        "texts held out meanwhile; 0 where folds of the training texts were, each in turn");
  visit("test_examples", r.test_examples, "texts tested on");
  visit("labels", r.labels, "names in the order of their ids");
  visit("weights", r.weights, "what training texts count for; null: all the same", Since{3});
  visit("languages", r.languages, "of the texts; null: no column says them", Since{7});
  visit("shots", r.shots, "training texts kept per label; null: all");
  visit("validation_strategy", r.validation_strategy, "how settings were chosen");
  visit("folds", r.folds, "of the cross-validation; 0: none");
  visit("validation_reason", r.validation_reason, "a sentence on how and why; empty: the strategy says enough",
        Since{2});
  visit("duplicates", r.duplicates, "texts equal after folding Unicode forms, case and punctuation");
  visit("unseen_test_labels", r.unseen_test_labels, "labels of test texts that training lacks");
  visit("single_example_labels", r.single_example_labels, "labels with one training text");
  visit("warnings", r.warnings, "about the data");
}

}  // namespace tt::report
