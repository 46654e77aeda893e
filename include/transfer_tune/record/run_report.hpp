#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "transfer_tune/evaluation/baselines.hpp"
#include "transfer_tune/record/data_checks.hpp"
#include "transfer_tune/record/decision_report.hpp"
#include "transfer_tune/record/evaluation_report.hpp"
#include "transfer_tune/record/feature_map_report.hpp"
#include "transfer_tune/record/gate_report.hpp"
#include "transfer_tune/record/latency_report.hpp"
#include "transfer_tune/record/search_report.hpp"
#include "transfer_tune/record/transferability_report.hpp"

// What one adaptation did, as plain structs: the source of report.json, report.md and report.html. NaN stands for
// "unknown" or "undefined" and is null in JSON. src/record/fields names every JSON field once; JSON, its reader and
// its schema follow from that table.

namespace tt::report {

/// What joined since the first layout is marked in src/record/fields; a report of an older version is read without it.
inline constexpr std::int64_t kSchemaVersion = 8;

struct EncoderReport {
  std::string path;
  std::string model_type;
  std::int64_t hidden_size = 0;
  std::int64_t num_hidden_layers = 0;
  std::int64_t parameters = 0;
  bool random_weights = false;  ///< its architecture alone was taken, and started from random weights
  std::string weights_sha256;   ///< empty: random weights
  std::string tokenizer;        ///< one line
  std::string prompt;           ///< put in front of every text; empty: none
  std::int64_t max_length = 0;
  std::vector<std::string> newly_initialised;  ///< parameters that the checkpoint did not hold
  std::vector<std::string> unused;             ///< tensors of the checkpoint that were not used
};

/// One data file and what was taken from it.
struct FileReport {
  std::string path;
  std::string sha256;
  std::string encoding;           ///< that it was read in
  std::string delimiter;          ///< that it was read by; empty: the format has none
  std::int64_t examples = 0;      ///< labelled texts in the file
  std::int64_t out_of_scope = 0;  ///< out-of-scope texts kept apart
  std::int64_t used = 0;          ///< after sampling shots
  std::int64_t truncated = 0;     ///< used texts longer than max_length
};

/// Texts that occur more than once after folding Unicode forms, case and punctuation.
struct DuplicatesReport {
  std::int64_t train = 0;                     ///< within the training file
  std::int64_t train_conflicting = 0;         ///< within it, with different labels
  std::int64_t train_test = 0;                ///< test texts that training holds too
  std::vector<std::string> train_test_texts;  ///< some of them
};

/// How settings were chosen.
enum class Validation { given, split, cross_validation, defaults };

/// What training texts count for, where a column says so.
struct TextWeightsReport {
  std::string column;
  double sum = 0;             ///< of the texts used
  std::int64_t left_out = 0;  ///< texts of weight 0
};

/// Texts of one language.
struct LanguageCountReport {
  std::string language;
  std::int64_t train = 0;  ///< trained on
  std::int64_t validation = 0;
  std::int64_t test = 0;
  std::int64_t unlabelled = 0;  ///< of the pool, where that has the column
};

/// Where a column says the texts' languages.
struct DataLanguagesReport {
  std::string column;
  std::vector<std::string> trained_on;      ///< by the config; empty: all that the training file has
  std::int64_t left_out = 0;                ///< training texts of other languages
  std::vector<LanguageCountReport> counts;  ///< sorted by language
};

struct DataReport {
  std::string name;
  std::optional<FileReport> train, validation, test, unlabelled;
  std::vector<FileReport> more_train;    ///< training files after the first
  std::int64_t train_examples = 0;       ///< trained on while settings were chosen
  std::int64_t validation_examples = 0;  ///< held out meanwhile, or given
  std::int64_t test_examples = 0;
  std::vector<std::string> labels;                 ///< in the order of their ids
  std::optional<TextWeightsReport> weights;        ///< absent: all count the same
  std::optional<DataLanguagesReport> languages{};  ///< absent: no column says them
  std::optional<std::int64_t> shots;               ///< training texts kept per label
  Validation validation_strategy = Validation::defaults;
  std::int64_t folds = 0;  ///< cross-validation only
  std::string
      validation_reason;  ///< a sentence that says how settings were chosen and why; empty: the strategy says enough
  DuplicatesReport duplicates;
  std::vector<std::string> unseen_test_labels;     ///< labels of test texts that training lacks
  std::vector<std::string> single_example_labels;  ///< labels with one training text
  std::vector<std::string> warnings;               ///< sentences about duplicates, leaks, labels
};
/// Those that were read, each beside what it was read for ("training", "validation", …).
[[nodiscard]] std::vector<std::pair<std::string, const FileReport*>> files_of(const DataReport& data);

struct HeadReport {
  std::string type;  ///< mean, cls or native
  bool normalize = false;
  double dropout = 0;
};

struct GroupReport {
  std::string name;                               ///< canonical group
  std::int64_t parameters = 0;                    ///< trainable ones
  double learning_rate = evaluation::kUndefined;  ///< peak; undefined: solved, not stepped
};

struct PhaseReport {
  std::int64_t epochs = 0;
  std::vector<std::string> train;  ///< rules
  std::int64_t trainable_parameters = 0;
  std::vector<GroupReport> groups;
};

struct PolicyReport {
  std::string name;
  std::vector<PhaseReport> phases;
  std::int64_t trainable_parameters = 0;  ///< trained in any phase
  std::int64_t total_parameters = 0;      ///< head included
};

struct EpochReport {
  std::int64_t phase = 0;                      ///< from 1
  std::int64_t epoch = 0;                      ///< from 1, counted over all phases
  double train_loss = evaluation::kUndefined;  ///< weighted and smoothed as training minimised it
  double validation_accuracy = evaluation::kUndefined;
  double validation_macro_f1 = evaluation::kUndefined;
  double validation_log_loss = evaluation::kUndefined;
  double learning_rate =
      evaluation::kUndefined;  ///< of the encoder (or the head, if it alone trains) at the epoch's end
  double seconds = evaluation::kUndefined;
  double examples_per_second = evaluation::kUndefined;
};

/// One value tried for the solved head's C (inverse L2 strength).
struct CandidateC {
  double C = 0;
  double score = evaluation::kUndefined;  ///< cross-validated, in `selection_metric`
};

/// What the labels are called, or what describes them, as texts of theirs.
struct LabelTextsReport {
  std::int64_t texts = 0;
  bool described = false;  ///< given by the config; else the labels' names
  bool used = false;
  std::string reason;                                ///< a sentence on why, or why not
  double accuracy_with = evaluation::kUndefined;     ///< of the solved head on held-out texts; undefined: not tried
  double accuracy_without = evaluation::kUndefined;  ///< likewise
  double accuracy_nearest = evaluation::kUndefined;  ///< of the nearest of them alone, on the training texts
  double area_nearest = evaluation::kUndefined;      ///< how often those are nearer to their own label's than another's
};

/// Whether the head was solved outside of the directions in which the features of languages differ.
struct LanguageNeutralReport {
  bool used = false;
  std::int64_t directions = 0;                       ///< found; 0: no two languages had texts enough
  std::vector<std::string> untrained;                ///< languages of unlabelled texts alone, sorted
  std::string reason;                                ///< a sentence on why, or why not
  double accuracy_with = evaluation::kUndefined;     ///< of the solved head on held-out texts; undefined: not tried
  double accuracy_without = evaluation::kUndefined;  ///< likewise
};

/// One way to take the unlabelled texts that was tried.
struct BalanceCandidate {
  double balance = evaluation::kUndefined;  ///< undefined: without them
  double accuracy = evaluation::kUndefined;
  double log_loss = evaluation::kUndefined;
};

/// What was learnt from unlabelled texts.
struct SelfTrainingReport {
  std::int64_t texts = 0;
  double balance = evaluation::kUndefined;  ///< undefined: they were not used
  double C = 0;                             ///< inverse L2 strength of the head that learns from them
  double temperature = 0;
  double weight = 0;
  std::int64_t rounds = 0;
  std::string reason;                        ///< a sentence on why, or why not
  std::vector<BalanceCandidate> candidates;  ///< on held-out texts; empty: given, or nothing to choose by
  double seconds = 0;                        ///< that the choice took
};

/// What training minimised; each parameter belongs to one type.
struct ObjectiveReport {
  std::string type = "cross_entropy";
  std::optional<double> gamma;
  std::optional<double> temperature;
  std::optional<double> weight;
  std::optional<double> alpha;
  std::optional<std::int64_t> ways;
  std::optional<std::int64_t> support;
  std::optional<std::int64_t> query;
  std::optional<double> isotropy;
};

/// What the policy auto chose between: the solved head on frozen features, and everything tuned.
struct PolicyChoiceReport {
  std::string chosen;                               ///< the policy that trained
  std::string reason;                               ///< a sentence
  double budget = 0;                                ///< in passes over all texts of the run
  double work = 0;                                  ///< of tuning, in the same; 0: it was not thought of
  std::int64_t epochs = 0;                          ///< that the budget leaves of training.epochs
  std::int64_t held_out = 0;                        ///< texts that both answered; 0: none
  double frozen_accuracy = evaluation::kUndefined;  ///< on those
  double frozen_log_loss = evaluation::kUndefined;
  double tuned_accuracy = evaluation::kUndefined;
  double tuned_log_loss = evaluation::kUndefined;
  double chance = evaluation::kUndefined;  ///< standard error of the accuracies' difference
  double seconds = 0;                      ///< that tuning for the choice took
};

struct TrainingReport {
  std::optional<PolicyChoiceReport> choice;  ///< absent: the config names the policy
  ObjectiveReport objective;
  double seconds = 0;
  double reused_seconds = 0;     ///< that activations kept by earlier runs took when they were made
  std::int64_t examples = 0;     ///< texts of the final fit
  std::string selection_metric;  ///< accuracy, macro_f1 or log_loss; empty: nothing was chosen
  std::optional<std::int64_t> best_epoch;
  std::optional<std::int64_t> epochs;                     ///< epochs of the final fit
  std::optional<double> C;                                ///< of the solved head
  std::vector<CandidateC> candidates_C;                   ///< empty: given, not searched
  std::optional<LabelTextsReport> label_texts;            ///< absent: not asked for
  std::optional<LanguageNeutralReport> language_neutral;  ///< absent: one language, or not asked for
  std::optional<SelfTrainingReport> self_training;        ///< absent: no unlabelled texts
  std::int64_t held_out = 0;  ///< texts that the fit of per_epoch did not see; 0: none, or by folds
  bool refitted = false;      ///< trained again with the held-out texts joined back
  bool probed_first = false;  ///< tuning started from the solved head
  std::vector<EpochReport> per_epoch;
};

/// What a stage learns from, what it may change, how that went, and how good it is.
struct StageReport {
  DataReport data;
  PolicyReport policy;
  TrainingReport training;
  std::optional<EvaluationReport> test;  ///< on the stage's own test file
};

/// One share of the source-tuned weights: weights = pretrained + share · (tuned - pretrained).
struct KeepCandidate {
  double share = 0;
  double score = evaluation::kUndefined;  ///< cross-validated probe accuracy on the target's training texts
};

struct KeepReport {
  bool automatic = false;  ///< chosen by score; else given by the config
  double chosen = 1;
  std::vector<KeepCandidate> candidates;
};

struct SourceReport {
  std::optional<StageReport> stage;  ///< absent: a finished checkpoint was given without its report
  std::string checkpoint;            ///< where its weights came from or were cached
  bool cache_hit = false;
  std::vector<std::string> reused_labels;  ///< labels whose head rows were carried over
  KeepReport keep;
  std::optional<TransferabilityReport> transferability{};  ///< absent: not scored

  /// Whether no epoch of the stage scored better on what was held out than the encoder as it was.
  [[nodiscard]] bool left_alone() const { return stage && stage->training.best_epoch == 0; }
};

struct BaselinesReport {
  std::optional<evaluation::Baseline> majority;
  std::optional<evaluation::Baseline> nearest_label_name;
};

/// Where the encoder was a classifier already, and labels were added: what became of those that it knew.
struct EarlierClassifierReport {
  std::int64_t labels = 0;                          ///< its labels that the target has too
  std::vector<std::string> forgotten;               ///< those that it has not
  std::int64_t texts = 0;                           ///< measured texts whose label it knows
  double accuracy_before = evaluation::kUndefined;  ///< on those, of the earlier classifier
  double accuracy_after = evaluation::kUndefined;   ///< on those, of the adapted one
  std::int64_t new_texts = 0;                       ///< measured texts of new labels
  double new_accuracy = evaluation::kUndefined;     ///< on those
};

struct EnvironmentReport {
  std::string program_version;
  std::string libtorch_version;
  std::string requested_device, device;
  std::string requested_precision, precision;
  bool requested_frozen_int8 = false;
  bool frozen_int8 = false;
  std::int64_t requested_threads = 0;  ///< 0: all cores
  std::int64_t threads = 0;
  std::string cpu_capability;
  std::string kernels;   ///< instruction set of the program's own kernels; empty: an older report
  std::string products;  ///< library of the matrix products; empty: an older report
  std::uint64_t seed = 0;
};

struct StageTime {
  std::string stage;
  double seconds = 0;
};

/// Where a run went on after it had been stopped.
struct ResumedReport {
  std::string fit;         ///< "target 2": the stage and the number of its fits so far
  std::int64_t epoch = 0;  ///< whole ones of that fit
  std::int64_t step = 0;   ///< of the epoch that was not whole
};

struct TimingReport {
  std::vector<StageTime> stages;
  double seconds_to_first_forward = evaluation::kUndefined;  ///< from the program's start, or a comparison's fork
  double total_seconds = 0;                                  ///< from there too
  std::int64_t peak_rss_bytes = 0;
  std::optional<LatencyReport> latency{};  ///< absent: not measured
  std::vector<ResumedReport> resumed{};
  double earlier_seconds = 0;  ///< of the sittings before the last, as far as they were saved
};

struct RunReport {
  std::string started_at;  ///< UTC, ISO 8601
  std::string config_path;
  std::string output_dir;
  bool texts_left_out = false;  ///< in the place of each text stands where it is to be found
  EncoderReport encoder;
  HeadReport head;
  StageReport target;  ///< in JSON: data, policy, training and test at the top
  std::optional<SourceReport> source;
  std::optional<EvaluationReport> cross_validation;  ///< out-of-fold figures where there is no test file
  BaselinesReport baselines;                         ///< on the same texts as those figures
  std::optional<SearchReport> search;                ///< absent: the config gave the settings
  std::optional<EarlierClassifierReport> earlier;    ///< absent: the encoder knew none of the labels
  std::optional<DataChecksReport> data_checks;       ///< what looks wrong with the target's data; absent: not looked at
  std::optional<FeatureMapReport> feature_map;       ///< absent: fewer than three texts were measured
  std::optional<CalibrationReport> calibration;
  std::optional<ThresholdsReport> thresholds;    ///< absent: one label a text
  std::optional<OutOfScopeReport> out_of_scope;  ///< absent: nothing to choose a threshold on, nothing to measure
  EnvironmentReport environment;
  TimingReport timing;
  std::vector<std::string> warnings;  ///< sentences, beside those of the data
  std::vector<GateReport> gates;      ///< in the order asked; empty: none were
};

/// report.json: stable key order, null for what is undefined, numbers survive a round trip.
[[nodiscard]] std::string to_json(const RunReport& report);
/// The JSON Schema (draft 2020-12) of report.json.
[[nodiscard]] std::string report_schema_json();

/// A stage's report as kept beside a cached source checkpoint, and the way back. Reading throws `CheckpointError`
/// when `json` is not such a report.
[[nodiscard]] std::string to_json(const StageReport& report);
[[nodiscard]] StageReport read_stage_report(std::string_view json);

}  // namespace tt::report
