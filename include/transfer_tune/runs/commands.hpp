#pragma once

#include "transfer_tune/config/run_config.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/output_directory.hpp"
#include "transfer_tune/judge/gates.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the program does, without printing or parsing. Nothing here includes Torch, so that the command line builds
// without it. Every function throws the errors of core/error.hpp.

namespace tt::report {
struct RunReport;
struct ComparisonReport;
}  // namespace tt::report

namespace tt::runs {

/// What a run reads: nothing may be written over it.
[[nodiscard]] std::vector<Input> inputs_of(const config::RunConfig& config);

/// What becomes of the state that an earlier, stopped run with the same output directory saved.
enum class Resume {
  no,         ///< nothing: `IoError`, or with `overwrite` it goes
  yes,        ///< the run goes on from there, bit for bit as if it had not stopped; `UsageError` where anything differs
  elsewhere,  ///< likewise, also on another machine or with other threads, which changes bits
  if_same     ///< likewise where nothing differs; else the run begins anew
};

struct AdaptOptions {
  bool overwrite = false;
  bool cache = true;  ///< activations and source stages of earlier runs are reused, and this run's are kept
  ProgressCallback progress;
  Resume resume = Resume::no;
};

struct AdaptResult {
  std::filesystem::path directory;
  std::shared_ptr<const report::RunReport> report;
};

/// The main job: encoder → source stage → target stage → checkpoint and report in `config.output.dir`.
[[nodiscard]] AdaptResult adapt(const config::RunConfig& config, const AdaptOptions& options);

/// How a written checkpoint is loaded.
struct ModelOptions {
  std::filesystem::path checkpoint;  ///< a run directory, its checkpoint/, or any classifier directory that
                                     ///< read_directory accepts, or the name of a model on the hub
  /// A run directory with an adapter/, or a PEFT adapter's directory; empty: none. `checkpoint` is then the encoder
  /// that it adapts, empty: the one that it names.
  std::filesystem::path adapter;
  std::string device = "auto";
  std::int64_t threads = 0;
  config::Precision precision = config::Precision::fp32;
  bool int8 = false;            ///< the encoder's layers compute in 8-bit integers
  std::int64_t max_length = 0;  ///< 0: the checkpoint's own
  bool calibrate = true;        ///< probabilities by the temperature that the checkpoint holds, if it does
  bool reject = false;          ///< `Predictor` alone: tell texts out of scope by the checkpoint's threshold
  ProgressCallback progress{};  ///< of what is fetched from the hub
};

/// What is said of a text whose logits are not finite.
inline constexpr std::string_view kNotFinite =
    "a logit of this text is not finite (infinite or not a number), so it gets no label: the checkpoint's numbers "
    "overflow on it; expected a checkpoint whose training did not diverge";

struct Prediction {
  /// Id of the most probable label, ties to the lowest; absent where a logit is not finite, and no label is known.
  std::optional<std::size_t> label;
  std::vector<double> probabilities;  ///< softmax, or sigmoids where a text may have several labels; one per label;
                                      ///< calibrated where the checkpoint says how
  std::vector<float> logits;          ///< one per label
  bool truncated = false;
  std::optional<double> scope_score;  ///< the higher, the more in scope; absent: not asked to reject
  bool out_of_scope = false;          ///< that score is below the checkpoint's threshold
};

/// A classifier read from a checkpoint.
class Predictor {
 public:
  explicit Predictor(const ModelOptions& options);
  Predictor(const Predictor&) = delete;
  Predictor& operator=(const Predictor&) = delete;
  Predictor(Predictor&&) noexcept;
  Predictor& operator=(Predictor&&) noexcept;
  ~Predictor();
  [[nodiscard]] const std::vector<std::string>& labels() const;
  /// From which probability on each label is given; empty: a text has one, the most probable.
  [[nodiscard]] const std::vector<double>& thresholds() const;
  /// The column that said the languages of the training texts; empty: none did.
  [[nodiscard]] const std::string& language_column() const;
  /// In the order of `texts`; computed in batches of similar length. `languages`: of each text, empty where it is not
  /// known, or of none.
  [[nodiscard]] std::vector<Prediction> predict(const std::vector<std::string_view>& texts,
                                                const ProgressCallback& progress = {},
                                                const std::vector<std::string>& languages = {});
  /// A sentence where the encoder's vocabulary breaks a tenth of the texts so far into pieces that mean little.
  [[nodiscard]] std::optional<std::string> vocabulary_warning() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct EvaluateOptions {
  ModelOptions model;
  std::filesystem::path data;
  std::string text_column = "text";
  std::string label_column = "label";
  std::optional<std::string> label_separator;  ///< as `target.label_separator` of a config
  std::optional<std::string> language_column;  ///< as `target.language_column`
  std::string split = "test";                  ///< CLINC JSON only
  std::string delimiter = "auto";              ///< as `target.delimiter` of a config
  std::string encoding = "auto";               ///< as `target.encoding`
  bool texts = true;                           ///< as `output.texts`
  std::vector<std::string> slice_by;
  std::int64_t bootstrap_samples = 1000;
  std::uint64_t seed = 7;
  std::vector<std::string> gates;  ///< as `evaluation.gates` of a config; they see the block `test` alone
  std::optional<std::filesystem::path> baseline;  ///< as `evaluation.baseline`
  ProgressCallback progress;
};

/// The test block of a report, for a written checkpoint on a labelled file.
struct Evaluation {
  std::string json;
  std::string markdown;
  std::string html;     ///< a page of its own
  std::string summary;  ///< Markdown for a CI job's page
  std::vector<report::GateReport> gates;
};
[[nodiscard]] Evaluation evaluate(const EvaluateOptions& options);

/// One way of training: the output directories of its finished runs, one a seed.
struct Arm {
  std::string name;  ///< empty: that of its directory
  std::vector<std::filesystem::path> directories;
};

struct CompareOptions {
  std::vector<Arm> arms;
  std::vector<std::string> gates;  ///< about compare.json
  std::filesystem::path out;       ///< for compare.json, compare.md and compare.html; empty: nothing is written
  bool overwrite = false;
  std::int64_t bootstrap_samples = 2000;
  std::uint64_t seed = 7;  ///< of the resamples
};

struct CompareResult {
  std::filesystem::path directory;  ///< where compare.json, compare.md and compare.html lie; empty: not written
  std::shared_ptr<const report::ComparisonReport> report;
};

/// Finished runs side by side, from their report.json and predictions.jsonl. What cannot be read is named in the
/// report; throws `UsageError` for fewer than two arms or a directory named twice, `DataError` when fewer than two arms
/// can be used.
[[nodiscard]] CompareResult compare(const CompareOptions& options);

struct CompareArmsOptions {
  std::filesystem::path config;  ///< a run's config with a compare block
  config::Overrides overrides;
  std::vector<std::string> gates;  ///< beside those of the compare block
  bool resume = false;             ///< keep the runs that are finished with the same settings, go on with stopped ones
  bool overwrite = false;          ///< train all anew where the output directory exists
  bool cache = true;
  ProgressCallback progress;
};

/// Trains every arm of the config under every seed and number of texts, each in a process of its own, into runs/ of the
/// output directory, and compares them; what arms share comes from the caches. An arm that cannot be trained is named
/// in the report, and the others go on. Throws `UsageError` for settings that are wrong in any arm, `DataError` when
/// fewer than two arms can be compared. Must be called before the process has used LibTorch's threads.
[[nodiscard]] CompareResult compare_arms(const CompareArmsOptions& options);

/// Throws the `UsageError` that `compare_arms` would throw before it trains.
void check_arms(const CompareArmsOptions& options);

struct SuggestOptions {
  std::filesystem::path pool;  ///< texts to choose from, of any format that a run reads; empty: `target.unlabelled`
  std::size_t count = 0;       ///< texts to choose, 1 or more
  bool cache = true;           ///< activations of earlier calls are reused, and this one's are kept
  ProgressCallback progress;
};

/// A text to label next.
struct Suggestion {
  std::string text{};
  std::size_t line = 0;                ///< where it stands in the pool, as `data::Example::line`
  std::optional<std::string> label{};  ///< what the head would answer; absent: there is no head yet
  std::optional<double> margin{};      ///< by how much more probable than the second label it is, 0 to 1; likewise
  std::string language{};              ///< empty: the pool does not say
  std::size_t stands_for = 0;          ///< texts of the pool that are like it, itself among them
};

/// Which texts of the pool to label next (see training::choose_texts), the most useful first; fewer than asked for
/// where the pool has fewer. None is a text of the files that `config` names, and none comes twice. Where the training
/// file does not exist, nothing is labelled yet. The encoder is taken as it is, and the head solved on what it makes of
/// the labelled texts, whatever the config's policy. Throws `UsageError` where neither the options nor the config name
/// a pool.
[[nodiscard]] std::vector<Suggestion> suggest(const config::RunConfig& config, const SuggestOptions& options);

/// `suggestions` as a delimited file to fill in, which the config's target then reads as its training file: its columns
/// of text and label (empty), of id and weight where it has them, and `suggested_label`, `margin` and `stands_for`.
[[nodiscard]] std::string to_csv(const std::vector<Suggestion>& suggestions, const config::RunConfig& config);

/// A parameter group as freezing rules see it.
struct GroupInfo {
  std::string name;
  std::int64_t parameters = 0;
  std::size_t tensors = 0;
};

/// What one phase trains.
struct PhaseInfo {
  std::int64_t epochs = 0;
  std::vector<std::string> rules;
  std::vector<GroupInfo> trained;  ///< groups with at least one trainable parameter, trainable ones counted
  std::int64_t trainable_parameters = 0;
};

struct Inspection {
  std::filesystem::path encoder;
  std::string model_type;
  std::int64_t hidden_size = 0;
  std::int64_t num_hidden_layers = 0;
  std::int64_t num_attention_heads = 0;
  std::int64_t max_position_embeddings = 0;
  std::vector<GroupInfo> groups;  ///< embeddings, layer.0 … layer.N-1, pooler or dense, head (with labels known)
  std::int64_t total_parameters = 0;
  std::string tokenizer;                 ///< one line
  std::vector<std::string> labels;       ///< of a classifier checkpoint
  std::vector<std::string> missing;      ///< newly initialised parameters
  std::vector<std::string> unused;       ///< tensors of the file that the encoder does not use
  std::vector<std::string> warnings;     ///< where the files disagree, or ask for what is not done
  std::vector<PhaseInfo> source_phases;  ///< with a config that has a source stage
  std::vector<PhaseInfo> phases;         ///< with a config
};

/// `path`, or where there is nothing and it is a model's name on the hub, that model's directory; fetched if need be.
[[nodiscard]] std::filesystem::path model_directory(const std::filesystem::path& path,
                                                    const ProgressCallback& progress = {});

/// Layer groups of the encoder at `encoder`; with a config, what each phase trains. `progress` is told of what is
/// fetched.
[[nodiscard]] Inspection inspect(const std::filesystem::path& encoder, const ProgressCallback& progress = {});
[[nodiscard]] Inspection inspect(const config::RunConfig& config, const ProgressCallback& progress = {});

/// A dry run: everything is read and checked, nothing is trained or written. Throws what the run would, also about its
/// output directory; `overwrite` as it would be given.
struct Validation {
  Inspection inspection;
  std::size_t train_examples = 0;
  std::size_t validation_examples = 0;
  std::size_t validation_folds = 0;  ///< of the training texts, in place of texts of their own; 0: none
  std::size_t test_examples = 0;
  std::size_t source_examples = 0;
  std::size_t labels = 0;
  std::size_t truncated = 0;          ///< training texts longer than max_length
  double estimated_seconds = 0;       ///< from a short timed trial on this machine
  double estimated_memory_bytes = 0;  ///< peak resident size
  double most_state_bytes = 0;        ///< on disk, what --resume goes on from; 0: nothing is saved
  std::vector<std::string> warnings;
};
[[nodiscard]] Validation validate(const config::RunConfig& config, bool overwrite = false,
                                  const ProgressCallback& progress = {});

/// "2.13.0", as the loaded library says.
[[nodiscard]] std::string libtorch_version();

}  // namespace tt::runs
