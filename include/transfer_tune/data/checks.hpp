#pragma once

#include "transfer_tune/data/dataset.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What a person should know about the data before trusting figures measured on it.

namespace tt::data {

/// `text` as duplicates are compared: NFKC and case folding (Unicode's NFKC_Casefold, which also drops invisible
/// characters), then each run of punctuation (categories P*), white space and control characters made one blank, none
/// at the ends. A text of punctuation alone keeps it. `text` must be valid UTF-8 (throws `DataError`).
[[nodiscard]] std::string fold_text(std::string_view text);

enum class Part { train, validation, test };

/// Where a text stands.
struct Place {
  Part part = Part::train;
  std::size_t index = 0;  ///< position among the part's examples
  std::size_t line = 0;   ///< `Example::line`
};

/// Texts that are equal after folding.
struct DuplicateGroup {
  std::string text;           ///< the first of them as written
  std::vector<Place> places;  ///< train first, then validation, then test
  bool labels_conflict = false;
};

/// A label that the label map lacks.
struct UnseenLabel {
  Part part = Part::test;
  std::string label;
  std::size_t examples = 0;
  std::size_t line = 0;                ///< of the first of them
  std::optional<std::string> nearest;  ///< a name of the map that may have been meant; looked up for the commonest few
};

struct Findings {
  std::size_t train_examples = 0;
  std::size_t validation_examples = 0;
  std::size_t test_examples = 0;

  std::vector<DuplicateGroup> train_duplicates;  ///< within the training data alone
  std::vector<DuplicateGroup> leaks;             ///< in more than one part
  std::size_t test_texts_in_train = 0;           ///< test examples whose folded text occurs in the training data
  std::size_t test_texts_in_validation = 0;
  std::size_t validation_texts_in_train = 0;

  std::vector<std::size_t> train_counts;   ///< training examples by label id
  std::vector<UnseenLabel> unseen_labels;  ///< by part, the commonest first
  std::vector<std::string> labels_without_training;
  std::vector<std::string> one_example_labels;
  std::vector<std::vector<std::string>> similar_labels;  ///< names of the map that are equal after folding
  std::vector<std::string> padded_labels;                ///< names of the map with white space at an end

  /// Training examples of the commonest label over those of the rarest one that has any; 1 without training data.
  [[nodiscard]] double imbalance() const;
};

/// Compares the parts with each other and with the label map. A part that does not exist is empty; examples without a
/// label are left out of what is said about labels.
[[nodiscard]] Findings check_data(std::span<const Example> train, std::span<const Example> validation,
                                  std::span<const Example> test, const LabelMap& labels);

/// The labels of `examples`, those of `part`, that `labels` lacks: the commonest first.
[[nodiscard]] std::vector<UnseenLabel> find_unseen_labels(Part part, std::span<const Example> examples,
                                                          const LabelMap& labels);

/// The first of `unseen` for a message: "a" (3, first at line 2; meant "b"?), … and 4 more.
[[nodiscard]] std::string describe_unseen_labels(const std::vector<UnseenLabel>& unseen);

/// What in `findings` deserves a warning, one sentence each; label counts are named by `labels`.
[[nodiscard]] std::vector<std::string> warnings(const Findings& findings, const LabelMap& labels);

}  // namespace tt::data
