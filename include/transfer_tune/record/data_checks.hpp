#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "transfer_tune/evaluation/metrics.hpp"

// What looks wrong with the data of a run, as plain structs: the block `data_checks` of report.json, a section of
// report.md, and in full the lines of suspects.jsonl. Every list begins with the most suspicious. NaN stands for
// "unknown" and is null in JSON. src/record/fields names every JSON field once.

namespace tt::report {

/// A training text whose label is probably wrong.
struct LabelErrorReport {
  std::string file;
  std::int64_t line = 0;  ///< 1-based, where its record starts
  std::string text;
  std::string label;                                       ///< as given
  std::string suggestion;                                  ///< the most probable label
  double label_probability = evaluation::kUndefined;       ///< out of fold, calibrated
  double suggestion_probability = evaluation::kUndefined;  ///< out of fold, calibrated
  double score = evaluation::kUndefined;                   ///< estimated probability that the label is wrong
};

/// One of several places where a text stands.
struct TextPlace {
  std::string part;  ///< train, validation or test
  std::string file;
  std::int64_t line = 0;
  std::string label;
};

/// A text that stands in several places, apart from case, punctuation and white space, with different labels.
struct ConflictReport {
  std::string text;  ///< as first written
  std::vector<TextPlace> places;
};

/// Two intents that the out-of-fold answers take for each other, both ways.
struct IndistinctReport {
  std::string label;
  std::string other;
  double label_as_other = evaluation::kUndefined;  ///< share of the label's training texts answered with the other
  double other_as_label = evaluation::kUndefined;  ///< and the other way round
  std::vector<std::string> texts;                  ///< of `label` answered with `other`, the most confident first
  std::vector<std::string> other_texts;            ///< of `other` answered with `label`
};

/// An intent with fewer training texts than it needs.
struct FewTextsReport {
  std::string label;
  std::int64_t texts = 0;
};

/// An intent whose training texts are much more alike than those of the others.
struct UniformReport {
  std::string label;
  std::int64_t texts = 0;
  double similarity = evaluation::kUndefined;  ///< mean cosine between two of its texts
  std::vector<std::string> examples;           ///< some of its texts
};

/// A test text far from every training text.
struct UnlikeReport {
  std::string file;
  std::int64_t line = 0;
  std::string text;
  std::string label;
  double distance = evaluation::kUndefined;  ///< 1 - cosine to the nearest training text
  std::string nearest;                       ///< that text
  std::string nearest_label;                 ///< and its label
};

/// Findings, and how many there are in all where the lists are cut.
struct DataChecksReport {
  bool encoded = false;  ///< false: only what needs no encoder was looked at; `left_out` says why
  std::string left_out;  ///< a sentence; empty: nothing was
  double seconds = evaluation::kUndefined;

  std::int64_t checked_labels = 0;  ///< training texts with out-of-fold probabilities
  double out_of_fold_accuracy = evaluation::kUndefined;
  std::int64_t checked_intents = 0;  ///< labels of those texts
  std::int64_t label_errors_found = 0;
  double label_errors_precision = evaluation::kUndefined;  ///< expected share of those found that are wrong
  /// Share of labels that would be found, by estimate, were one in twenty changed to any other at random.
  double label_errors_recall = evaluation::kUndefined;
  bool similar_intents_told = false;  ///< labels mistaken for a similar intent were looked for: texts enough
  std::vector<LabelErrorReport> label_errors;

  std::int64_t conflicts_found = 0;
  std::vector<ConflictReport> conflicts;

  std::int64_t indistinct_found = 0;
  std::vector<IndistinctReport> indistinct;

  std::int64_t few_texts_found = 0;
  std::int64_t few_texts_limit = 0;  ///< labels with fewer training texts than this are listed
  std::vector<FewTextsReport> few_texts;

  std::int64_t uniform_found = 0;
  double typical_similarity = evaluation::kUndefined;  ///< median over labels of their mean cosine
  double uniform_limit = evaluation::kUndefined;       ///< labels above this are listed
  std::vector<UniformReport> uniform;

  std::int64_t unlike_found = 0;
  std::int64_t unlike_expected = 0;                  ///< as many test texts of the same kind would be found by chance
  double unlike_limit = evaluation::kUndefined;      ///< test texts beyond this distance are listed
  double typical_distance = evaluation::kUndefined;  ///< median distance of a training text to the nearest other one
  std::vector<UnlikeReport> unlike;
};

/// `report` with at most `limit` findings of each kind.
[[nodiscard]] DataChecksReport first_findings(DataChecksReport report, std::size_t limit);

/// suspects.jsonl: every finding, one object a line, with kind, file, line, text, label, suggestion and score; null for
/// what a kind has not, and for every text where `texts` is false. Findings about a label alone name `train_file`.
/// Kinds and their scores: label_error (the estimated probability that it is one), conflicting_duplicate (a line for
/// each place; the label of most places is suggested), indistinct_intents (the smaller of the two shares; the other
/// intent is suggested), few_texts (their number), uniform_texts (their similarity), unlike_training (the distance; the
/// label of the nearest training text is suggested).
[[nodiscard]] std::string suspects_jsonl(const DataChecksReport& report, const std::string& train_file,
                                         bool texts = true);

}  // namespace tt::report
