#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "transfer_tune/evaluation/metrics.hpp"
#include "transfer_tune/evaluation/out_of_scope.hpp"

// How far the classifier's probabilities can be believed, and when it should not answer at all: blocks of report.json,
// and the file beside the weights from which `predict` knows it.

namespace tt::report {

/// Which texts that the model had not seen a decision rests on.
enum class HeldOutSource { validation_file, validation_split, out_of_fold, none };

/// Texts whose largest probability lies in (low, high].
struct ReliabilityBinReport {
  double low = 0;
  double high = 0;
  std::int64_t count = 0;
  double confidence = evaluation::kUndefined;  ///< mean of the largest probability; undefined for an empty bin
  double accuracy = evaluation::kUndefined;    ///< share answered rightly
};

struct CalibrationFigures {
  double ece = evaluation::kUndefined;
  double brier = evaluation::kUndefined;
  double log_loss = evaluation::kUndefined;
  std::vector<ReliabilityBinReport> bins;  ///< 15 of equal width
};

/// Whether the held-out texts of one language are better served by a temperature of their own.
struct LanguageTemperatureReport {
  std::string language;
  std::int64_t texts = 0;                        ///< held out
  double temperature = evaluation::kUndefined;   ///< fitted on them; undefined: too few, or there is no telling
  double log_loss = evaluation::kUndefined;      ///< on them, with the temperature of all
  double own_log_loss = evaluation::kUndefined;  ///< with one of their own, cross-validated
  bool used = false;                             ///< its own: the loss is lower by more than its standard error
};

/// Temperature scaling: probabilities = softmax(logits / temperature).
struct CalibrationReport {
  double temperature = 1;
  HeldOutSource fitted_on = HeldOutSource::none;  ///< none: the temperature is 1
  std::int64_t texts = 0;                         ///< that it was fitted on
  bool before_refit = false;                 ///< their logits are of the model before it was trained again on all texts
  std::string reason;                        ///< a sentence on where the temperature comes from
  std::optional<CalibrationFigures> before;  ///< on the texts of the report's figures, with temperature 1
  std::optional<CalibrationFigures> after;   ///< on the same, with the temperature
  std::vector<LanguageTemperatureReport> languages{};  ///< of the held-out texts, sorted; empty: no column says them
};

/// How well one score tells out-of-scope texts, which count as the positive ones, from those in scope.
struct ScopeScoreReport {
  evaluation::ScopeScore score{};
  double validation_auroc = evaluation::kUndefined;  ///< what the score is chosen by
  double threshold = evaluation::kUndefined;         ///< a text that scores lower is rejected; chosen on held-out texts
  double auroc = evaluation::kUndefined;             ///< this and what follows: on test texts
  double aupr = evaluation::kUndefined;
  double fpr_at_95_recall = evaluation::kUndefined;
  double in_scope_kept = evaluation::kUndefined;        ///< share not rejected
  double in_scope_accuracy = evaluation::kUndefined;    ///< share not rejected and answered rightly
  double out_of_scope_recall = evaluation::kUndefined;  ///< share rejected
};

/// Test texts whose score lies in [low, high); the first bin also holds those below, the last one those at `high`.
struct ScopeBinReport {
  double low = 0;
  double high = 0;
  std::int64_t in_scope = 0;
  std::int64_t out_of_scope = 0;
};

/// An out-of-scope test text that was not rejected.
struct AcceptedTextReport {
  std::string text;
  std::string prediction;
  double score = evaluation::kUndefined;
};

/// A file of out-of-scope texts beside those of the target.
struct ScopeFileReport {
  std::string path;
  std::string sha256;      ///< of its bytes
  std::int64_t texts = 0;  ///< out-of-scope texts in it
};

/// Whether the held-out texts of one language are better served by a threshold of their own.
struct LanguageThresholdReport {
  std::string language;
  std::int64_t in_scope = 0;  ///< held out
  std::int64_t out_of_scope = 0;
  double kept = evaluation::kUndefined;       ///< share of those in scope that the threshold of all keeps
  double threshold = evaluation::kUndefined;  ///< of its own; undefined: too few texts
  bool used = false;                          ///< its own
};

struct OutOfScopeReport {
  evaluation::ScopeScore score{};             ///< the chosen one
  double threshold = evaluation::kUndefined;  ///< its own; undefined: nothing is rejected
  HeldOutSource chosen_on = HeldOutSource::none;
  bool before_refit = false;             ///< chosen with the model before it was trained again on all texts
  std::string reason;                    ///< a sentence on how score and threshold were chosen
  std::int64_t validation_in_scope = 0;  ///< held-out texts
  std::int64_t validation_out_of_scope = 0;
  std::int64_t test_in_scope = 0;
  std::int64_t test_out_of_scope = 0;
  std::vector<ScopeFileReport> files;
  std::vector<ScopeScoreReport> scores;
  std::vector<ScopeBinReport> histogram;             ///< of the chosen score; empty: no test texts
  std::vector<AcceptedTextReport> accepted;          ///< the most in-scope-looking first
  std::vector<LanguageThresholdReport> languages{};  ///< of the held-out texts, sorted; empty: no column says them
};

/// The row of the chosen score. Throws `InternalError` when there is none.
[[nodiscard]] const ScopeScoreReport& chosen_score(const OutOfScopeReport& report);

/// As JSON names it: "max_probability".
[[nodiscard]] std::string_view score_name(evaluation::ScopeScore score);

/// What a checkpoint knows of one language.
struct DecisionLanguage {
  std::string language;
  std::int64_t training_texts = 0;
  double temperature = evaluation::kUndefined;  ///< its own; undefined: that of all
  double threshold = evaluation::kUndefined;    ///< its own; undefined: that of all
};

/// What a checkpoint's decision.json holds.
struct Decision {
  double temperature = 1;
  std::string temperature_reason;  ///< a sentence, as in the report
  evaluation::ScopeScore score{};
  double threshold = evaluation::kUndefined;  ///< undefined: nothing is rejected
  std::string threshold_reason;               ///< a sentence, as in the report
  std::int64_t neighbours = 0;                ///< for `knn`: which nearest neighbour's similarity is the score; else 0
  std::vector<double> thresholds{};           ///< of several labels a text, by label id; empty: it has one
  std::string language_column{};              ///< of the training texts; empty: none said their language
  std::vector<DecisionLanguage> languages{};  ///< of the training and held-out texts
};

/// What it knows of `language`, if anything.
[[nodiscard]] const DecisionLanguage* find_language(const Decision& decision, std::string_view language);

[[nodiscard]] std::string to_json(const Decision& decision);
/// Throws `CheckpointError` when `json` is not such an object or holds what cannot be used.
[[nodiscard]] Decision read_decision(std::string_view json);

}  // namespace tt::report
