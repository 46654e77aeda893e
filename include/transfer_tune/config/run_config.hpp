#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// The run configuration as plain structs. Every default, check and description stands in the settings table
// (src/config/settings.cpp); nothing here has a default of its own, so that there is one place to look.

namespace tt::config {

enum class EncoderWeights { pretrained, random };

struct EncoderConfig {
  std::filesystem::path path;         ///< Hugging Face directory; relative: a model's name on the hub
  std::string revision;               ///< of a model on the hub: a branch, a tag or a commit
  EncoderWeights weights;             ///< `random`: of the directory, the architecture and the tokenizer alone
  std::optional<std::string> prompt;  ///< put in front of every text; absent: the encoder's own default
  std::int64_t max_length;            ///< tokens a text is cut to, special tokens and prompt included
};

enum class HeadType { automatic, mean, cls, native };

struct HeadConfig {
  HeadType type;
  bool normalize;                 ///< but for `native`: L2-normalise the pooled vector
  std::optional<double> dropout;  ///< before the classifier; absent: `native` takes the encoder's, others none
  std::optional<double> C;        ///< inverse L2 strength of the solved head; absent: cross-validated
};

/// One phase as written: which parameter groups train, for how long, how fast.
struct PhaseConfig {
  std::int64_t epochs;
  std::vector<std::string> train;  ///< rules: canonical groups or name globs
  std::map<std::string, double>
      learning_rate;  ///< by rule; "*" when one number was given for all; empty: the training block's
  std::optional<double> layer_decay;
};

enum class Policy { automatic, frozen, top_layers, full, gradual, bitfit, lora, phases };

/// Low-rank matrices beside linear modules of the layers; names as in PEFT's LoraConfig.
struct LoraConfig {
  std::int64_t r;
  double lora_alpha;
  double lora_dropout;
  std::vector<std::string> target_modules;  ///< canonical names (query, value, …) or globs
};

struct PolicyConfig {
  Policy policy;
  std::int64_t layers;               ///< `top_layers` only; 0 stands for "all"
  std::vector<PhaseConfig> phases;   ///< `phases` only
  std::optional<LoraConfig> lora{};  ///< absent: the encoder gets none
};

enum class Schedule { linear, cosine, constant };
enum class Precision { automatic, fp32, bf16 };
enum class ClassWeights { none, balanced, given };
enum class ObjectiveType { cross_entropy, focal, supervised_contrastive, r_drop, prototypical };

/// What training minimises; each parameter belongs to some types.
struct ObjectiveConfig {
  ObjectiveType type;
  double gamma;          ///< `focal`
  double temperature;    ///< `supervised_contrastive`, `prototypical`
  double weight;         ///< `supervised_contrastive`: of the contrast, beside the cross-entropy
  double alpha;          ///< `r_drop`
  std::int64_t ways;     ///< `prototypical`: labels an episode
  std::int64_t support;  ///< `prototypical`: texts of each that make its prototype
  std::int64_t query;    ///< `prototypical`: texts of each that are answered
  double isotropy;       ///< `prototypical`: factor on the distance of the features' correlation from none
};

struct TrainingConfig {
  std::int64_t epochs;
  double budget;  ///< `automatic` only: work that tuning may take, in passes over all texts of the run
  std::int64_t batch_size;
  double learning_rate;       ///< encoder; where the config gives none, the policy's
  double head_learning_rate;  ///< head
  double layer_decay;         ///< factor per layer below the top; 1: none
  double weight_decay;
  double adam_beta1;
  double adam_beta2;
  double adam_epsilon;
  double warmup_ratio;
  Schedule lr_scheduler_type;
  double max_grad_norm;  ///< 0: no clipping
  std::int64_t gradient_accumulation_steps;
  ObjectiveConfig objective;
  double label_smoothing_factor;
  ClassWeights class_weights;
  std::map<std::string, double> class_weight_values;  ///< `given` only
  std::optional<std::string> metric_for_best_model;   ///< accuracy, macro_f1 or log_loss; absent: every epoch trains
  std::int64_t early_stopping_patience;               ///< epochs without gain; 0: never stop early
  bool probe_first;                                   ///< start tuning from the solved linear head
  bool refit;    ///< join the validation split back and train again with the chosen settings
  double l2_sp;  ///< pull towards the starting weights (0: none)
  Precision precision;
  bool frozen_int8;
  std::uint64_t seed;
  std::string device;    ///< auto, cpu, cuda or cuda:n
  std::int64_t threads;  ///< 0: all cores
  std::int64_t cache_memory_mb;
  std::int64_t cache_disk_mb;
  bool tensorboard;               ///< write event files
  std::int64_t save_steps;        ///< of the optimizer, between two savings of where the run is; 0: by time alone
  double save_minutes;            ///< likewise; 0: by steps alone
  std::int64_t save_total_limit;  ///< saved states that are kept
};

/// Where labelled texts come from.
struct DataConfig {
  std::string name;
  std::optional<std::filesystem::path> train;
  std::vector<std::filesystem::path> more_train;  ///< of the source alone: read after `train`, as one with it
  std::optional<std::filesystem::path> validation;
  std::optional<std::filesystem::path> test;
  std::string text_column;
  std::string label_column;
  std::optional<std::string> label_separator;  ///< absent: one label a text, but for lists in JSON
  std::optional<std::string> id_column;
  std::optional<std::string> weight_column;        ///< of the training file: what each text counts for
  std::string delimiter;                           ///< of CSV and the like: auto, tab or a character
  std::string encoding;                            ///< auto, or a name that iconv knows
  std::optional<std::vector<std::string>> labels;  ///< the label map's order; absent: sorted names of the training file
  std::optional<std::int64_t> shots;               ///< training examples kept per label
  double validation_fraction;                      ///< share split off when `validation` is absent; 0: none
  // Of the target alone.
  std::optional<std::string> language_column;         ///< of training, validation and test file
  std::optional<std::vector<std::string>> languages;  ///< training texts of others are left out
  std::optional<bool> language_neutral;  ///< learn nothing from what tells languages apart; absent: where it may help
  std::optional<bool> label_names;       ///< learn from what the labels are called; absent: where that is found to help
  std::optional<std::filesystem::path> label_descriptions;  ///< what the labels mean, in place of their names
  std::optional<std::filesystem::path> unlabelled;          ///< a file of texts without labels to learn from
};

/// How the unlabelled texts are learnt from.
struct SelfTrainingConfig {
  double C;                       ///< inverse L2 strength of the head that learns from them
  std::optional<double> balance;  ///< how even the labels' shares are made, 0 to 1; absent: chosen, or none of it
  double temperature;
  double weight;  ///< of a text beside a labelled one
  std::int64_t rounds;
  std::int64_t max_texts;  ///< drawn by seed where the file has more
};

enum class SourceHead { drop, reuse };

struct SourceConfig {
  DataConfig data;
  std::optional<std::filesystem::path> checkpoint;  ///< a finished source run instead of training one
  SourceHead head;  ///< what becomes of the source head's rows for labels that exist in both
  PolicyConfig policy;
  TrainingConfig training;
  std::optional<double>
      keep;  ///< share of the source-tuned weights, 0 to 1; absent: chosen by cross-validated probes ("auto")
};

/// Texts that belong to none of the labels.
struct OutOfScopeConfig {
  std::optional<std::filesystem::path> test;        ///< a file of them to measure on
  std::optional<std::filesystem::path> validation;  ///< a file of them to choose score and threshold on
  std::optional<std::string> label;                 ///< the label that marks them among the target's texts
  double keep;  ///< share of in-scope texts that the threshold keeps where no out-of-scope texts choose it
};

struct EvaluationConfig {
  std::vector<std::string> slice_by;  ///< columns of the test file
  std::int64_t bootstrap_samples;
  std::vector<std::string> gates;                 ///< well-formed for `parse_gate`
  std::optional<std::filesystem::path> baseline;  ///< an older report.json, for gates that compare with one
  std::optional<bool> data_checks;                ///< absent: where they cost little
  std::optional<bool> latency;                    ///< time predictions; absent: in a comparison's runs alone
  OutOfScopeConfig out_of_scope;
};

/// Assignments such as {"training.epochs", "3"}: the value is JSON, or else a string.
using Overrides = std::vector<std::pair<std::string, std::string>>;

/// One way of training, as what differs from the rest of the config.
struct ArmConfig {
  std::string name;
  Overrides overrides;
};

struct CompareConfig {
  std::vector<ArmConfig> arms;
  std::vector<std::uint64_t> seeds;
  std::vector<std::int64_t> shots;          ///< training texts per label; 0 stands for "all"
  std::optional<std::string> baseline_arm;  ///< the arm without transfer; absent: told from the arms' settings
  std::optional<double> target_accuracy;    ///< to forecast labels for; absent: half of the best arm's errors
  std::vector<std::string> gates;           ///< about compare.json; well-formed for `parse_gate`
};

enum class SearchMethod { grid, random, halving };

/// What a search may put in one setting's place.
struct SearchedSetting {
  std::string name;                 ///< dotted
  std::vector<std::string> values;  ///< as JSON; empty: any number from min to max
  double min = 0;
  double max = 0;
  bool whole = false;        ///< of those, whole numbers alone
  bool logarithmic = false;  ///< drawn evenly in the logarithm
};

/// Settings that a run chooses by the texts that it holds out, before it trains.
struct SearchConfig {
  SearchMethod method;
  std::vector<SearchedSetting> settings;
  std::int64_t trials;                ///< `random`, `halving`: ways that are drawn
  std::int64_t factor;                ///< `halving`: one in so many goes on, to so many times the texts
  std::optional<std::string> metric;  ///< absent: accuracy, or micro_f1 where texts have several labels
};

struct OutputConfig {
  std::filesystem::path dir;
  bool texts;    ///< false: what the run writes and logs holds no text of the data
  bool adapter;  ///< write adapters that were trained beside the checkpoint, too
};

/// A checked configuration: every path absolute, every value in its range.
struct RunConfig {
  std::filesystem::path file;  ///< the config file it was read from
  EncoderConfig encoder;
  HeadConfig head;
  std::optional<SourceConfig> source;
  DataConfig target;
  PolicyConfig transfer;
  TrainingConfig training;
  SelfTrainingConfig self_training;
  EvaluationConfig evaluation;
  OutputConfig output;
  std::optional<CompareConfig> compare;
  std::optional<SearchConfig> search;
  /// What it was read from, as JSON without defaults: with what the command line set, and with absolute paths.
  std::string document;
};

/// Reads and checks a config file. Throws `UsageError` that lists every error found, one a line, each with its
/// JSON pointer. Relative paths are resolved against the file's directory; those in `overrides` against the
/// working directory; those in `arm`, which is assigned after them, against the file's directory again. `gates` are
/// added to those of the file.
[[nodiscard]] RunConfig load(const std::filesystem::path& file, const Overrides& overrides = {},
                             const std::vector<std::string>& gates = {}, const Overrides& arm = {});

/// A way of training that a search tries.
struct SearchTrial {
  Overrides overrides;  ///< what it replaces; empty: the config as it stands
  RunConfig config;     ///< without a search
};
/// What the config's search block, which must be there, asks to try: the config as it stands, then every other way
/// once, in the order that lists and draws give. Throws `UsageError` with all that is wrong with any of them.
[[nodiscard]] std::vector<SearchTrial> search_trials(const RunConfig& config);

/// The JSON Schema (draft 2020-12) of a config file, from the settings table.
[[nodiscard]] std::string schema_json();
/// Every setting with its default as JSON.
[[nodiscard]] std::string defaults_json();
/// Its name in a config; "phases" for explicit ones.
[[nodiscard]] std::string to_string(Policy policy);
[[nodiscard]] std::string to_string(ObjectiveType type);
[[nodiscard]] std::string to_string(SearchMethod method);
/// The phases that `policy` stands for, in canonical rules that need not know the encoder's depth ("layer.last-2",
/// "layer.*"); `phases` as given. `epochs` is the total that a policy divides.
[[nodiscard]] std::vector<PhaseConfig> expand_policy(const PolicyConfig& policy, std::int64_t epochs, HeadType head);

/// `config` with every default filled in, policies expanded to their phases and paths absolute. Loading the result
/// gives the same run.
[[nodiscard]] std::string resolved_json(const RunConfig& config);
/// Every setting as "name  default  description [type]", one a line, for `--help-config`; names as `--set` takes them.
[[nodiscard]] std::string help_text();

}  // namespace tt::config
