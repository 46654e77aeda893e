#pragma once

#include "transfer_tune/config/run_config.hpp"
#include "transfer_tune/data/checks.hpp"
#include "transfer_tune/data/dataset.hpp"
#include "transfer_tune/data/multi_label_splits.hpp"
#include "transfer_tune/data/splits.hpp"
#include "transfer_tune/record/run_report.hpp"
#include "transfer_tune/tokenizer/tokenizer.hpp"
#include "transfer_tune/training/encoded_set.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tt::runs {

/// One stage's texts, checked, sampled, split and tokenized.
struct StageData {
  data::LabelMap labels;
  training::EncodedSet train;  ///< every text that may be trained on; shots applied
  data::SelectionPlan selection;
  data::Split split;                               ///< positions in `train`; held_out only for a split
  std::optional<training::EncodedSet> validation;  ///< from a validation file
  std::optional<training::EncodedSet> test;
  training::EncodedSet
      label_texts;  ///< what the labels are called or described as, each a text of its label; may be empty
  bool labels_described = false;  ///< by the config; else their names are all that `label_texts` holds
  std::optional<training::EncodedSet> unlabelled;
  data::Dataset train_texts;                      ///< beside `train`
  std::optional<data::Dataset> test_texts;        ///< beside `test`
  std::optional<data::Dataset> validation_texts;  ///< the whole validation file
  data::Findings findings;                        ///< about those three
  std::vector<std::string> sample;                ///< the first texts of the test file, else of the training file
  std::vector<std::string> languages;             ///< of all these texts, sorted; empty: no column says them
  std::vector<std::size_t> test_positions;        ///< of the test texts in the training file; empty: of a test file
  report::DataReport report;
};

/// What a report says of a file as it was read.
[[nodiscard]] report::FileReport describe(const data::Dataset& dataset);

/// How a file of the domain is read; `split` and `quote` as `data::ReadOptions` has them.
[[nodiscard]] data::ReadOptions read_options(const config::DataConfig& config, const std::string& split, bool quote);

/// Chooses what of `stage.train` is held out, and says how.
void choose_selection(StageData& stage, const config::DataConfig& config, std::uint64_t seed);

/// What becomes of texts that are read.
struct TextSettings {
  const tokenizer::Tokenizer& tokenizer;
  std::int64_t max_length;  ///< tokens that a text is cut to
  std::int64_t threads;
  std::int64_t most_unlabelled;  ///< drawn where a file of unlabelled texts has more
  bool shown;  ///< false: after tokenizing, all but `StageData::sample` are hidden (see data::hide_texts)
};

/// Reads what `config` names. `slice_columns` are asked of the test file. Texts labelled `out_of_scope_label` are kept
/// apart. Throws `DataError`, and `UsageError` where no text has that label.
[[nodiscard]] StageData load_stage_data(const config::DataConfig& config, const std::vector<std::string>& slice_columns,
                                        const std::optional<std::string>& out_of_scope_label, std::uint64_t seed,
                                        const TextSettings& texts);

/// Throws `DataError` that names some labels of `dataset` where `labels`, those of `owner`, has none of them: it is
/// hardly the right file.
void require_known_labels(const data::Dataset& dataset, const data::LabelMap& labels, const std::string& owner);

/// Moves the examples labelled `label` to those out of scope; returns how many.
std::size_t set_apart(data::Dataset& dataset, const std::optional<std::string>& label);

/// Leaves the examples at `positions` alone.
void keep(std::vector<data::Example>& examples, const std::vector<std::size_t>& positions);

/// Token ids of `examples` beside their weights; labels by `labels`, -1 where it has none. Labels of sets that it lacks
/// are left out. `truncated` is told of each text that is longer than `max_length`.
[[nodiscard]] training::EncodedSet encode(const data::Dataset& dataset, const data::LabelMap& labels,
                                          const tokenizer::Tokenizer& tokenizer, std::int64_t max_length,
                                          std::int64_t threads,
                                          const std::function<void(const data::Example&)>& truncated = {});

/// Stratified folds without those that hold out nothing, as happens where most labels have one text.
[[nodiscard]] std::vector<data::Split> usable_folds(std::span<const std::int32_t> labels, std::size_t folds,
                                                    std::uint64_t seed);
/// The same of texts with one label or several each.
[[nodiscard]] std::vector<data::Split> usable_folds(const training::Texts& texts, std::size_t folds,
                                                    std::uint64_t seed);

/// `shots` texts of each label, of those of `set`.
[[nodiscard]] data::ShotSample sample_shots(const training::EncodedSet& set, std::size_t shots, std::uint64_t seed);

/// Positions of the texts that cross-validation holds out once: all but those with a label's only text.
[[nodiscard]] std::vector<std::size_t> cross_validated_texts(const training::EncodedSet& set);

/// Every figure of `scores`, one row per text of `dataset`, which was read with `slice_columns` as its extra columns.
[[nodiscard]] report::EvaluationReport measure(const data::Dataset& dataset, const evaluation::Scores& scores,
                                               const std::vector<std::string>& labels,
                                               const std::vector<std::string>& slice_columns,
                                               std::int64_t bootstrap_samples, std::uint64_t seed,
                                               const report::LanguageContext& languages = {});
/// The same where texts have several labels; `thresholds`: one a label.
[[nodiscard]] report::EvaluationReport measure(const data::Dataset& dataset, const evaluation::MultiLabelScores& scores,
                                               const std::vector<double>& thresholds,
                                               const std::vector<std::string>& labels,
                                               const std::vector<std::string>& slice_columns,
                                               std::int64_t bootstrap_samples, std::uint64_t seed,
                                               const report::LanguageContext& languages = {});

}  // namespace tt::runs
