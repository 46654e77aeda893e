#include "runs/baselines.hpp"
#include "runs/data_checks.hpp"
#include "runs/encoder_loader.hpp"
#include "runs/encoder_warnings.hpp"
#include "runs/feature_map.hpp"
#include "runs/fingerprints.hpp"
#include "runs/gates.hpp"
#include "runs/held_out.hpp"
#include "runs/inputs.hpp"
#include "runs/int8_check.hpp"
#include "runs/latency.hpp"
#include "runs/outputs.hpp"
#include "runs/run_log.hpp"
#include "runs/settings.hpp"
#include "runs/source_stage.hpp"
#include "runs/stage_data.hpp"
#include "runs/train_stage.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/process.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/core/version.hpp"
#include "transfer_tune/judge/decision.hpp"
#include "transfer_tune/record/predictions.hpp"
#include "transfer_tune/record/run_report.hpp"
#include "transfer_tune/record/tensorboard.hpp"
#include "transfer_tune/render/model_card.hpp"
#include "transfer_tune/render/reports.hpp"
#include "transfer_tune/runs/commands.hpp"
#include "transfer_tune/training/fit.hpp"
#include "transfer_tune/training/forward.hpp"
#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/version.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tt::runs {
namespace {

namespace fs = std::filesystem;

/// Training texts up to which the data checks may encode them for nothing else.
constexpr std::size_t kCheaplyChecked = 3000;
/// Findings of each kind in the report; suspects.jsonl has all.
constexpr std::size_t kListedFindings = 20;

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::string text(20, '\0');
  text.resize(std::strftime(text.data(), text.size() + 1, "%Y-%m-%dT%H:%M:%SZ", &parts));
  return text;
}

/// One adaptation from its config to its directory.
class Adaptation {
 public:
  Adaptation(const config::RunConfig& config, const AdaptOptions& options, const Gates& gates)
      : config_(config), options_(options), gates_(gates), progress_([this, &options](const Progress& progress) {
          if (std::isnan(report_.timing.seconds_to_first_forward)) {
            report_.timing.seconds_to_first_forward = seconds_since_program_start();
          }
          if (options.progress) options.progress(progress);
        }) {}

  report::RunReport run(const fs::path& out) {
    report_.started_at = utc_now();
    report_.config_path = config_.file.string();
    report_.output_dir = config_.output.dir.string();
    report_.texts_left_out = !config_.output.texts;
    set_up_device();
    timed("load", [&] { load(); });
    timed("floors", [&] { measure_floors(); });
    // A frozen encoder is the same afterwards, and what encoding costs is then counted where it is due.
    const bool checked_last = encoder_stays_ && !config_.source;
    if (!checked_last) check_data(out);
    if (config_.source) {
      timed("source", [&] {
        report_.source = run_source_stage(config_, *encoder_, source_data_, data_, *classifier_,
                                          {environment_key(), options_.cache, *store_, progress_});
      });
      warn_of_negative_transfer(report_.source->keep);
    }
    timed("target", [&] { train(); });
    if (checked_last) check_data(out);
    timed("test", [&] { evaluate(out); });
    timed("map", [&] { draw_map(); });
    if (config_.evaluation.latency.value_or(false)) timed("latency", [&] { time_predictions(); });
    timed("write", [&] {
      write_checkpoint(out / "checkpoint", *encoder_, *classifier_, data_.labels.names(), config_.encoder.max_length);
      write_decision(out / "checkpoint", for_checkpoint(decided_, reference_), reference_);
    });
    report_.timing.total_seconds = seconds_since_program_start();
    report_.timing.peak_rss_bytes = peak_rss_bytes();
    judge(out);
    write_file(out / "checkpoint" / "README.md", report::model_card(report_));
    if (config_.training.tensorboard) {
      make_directories(out / "tensorboard");
      write_file(out / "tensorboard" / report::kTensorboardFile, report::event_file(report_));
    }
    const std::string resolved = config::resolved_json(config_);
    write_file(out / "config.resolved.json", resolved);
    write_file(out / kInputsName, inputs_text(config_, hashes_));
    write_file(out / "report.json", report::to_json(report_));
    write_file(out / "report.md", report::to_markdown(report_));
    write_file(out / "report.html", report::to_html(report_, resolved));
    return std::move(report_);
  }

 private:
  template <class Work>
  void timed(const char* stage, const Work& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    report_.timing.stages.push_back({stage, seconds});
  }

  void set_up_device() {
    effective_ = effective_device(config_.training);
    device::apply(effective_);
    report::EnvironmentReport& out = report_.environment;
    out.program_version = program_version();
    out.libtorch_version = libtorch_version();
    out.requested_device = config_.training.device;
    out.device = effective_.device.str();
    out.requested_precision = device::to_string(to_device_precision(config_.training.precision));
    out.precision = device::to_string(effective_.precision);
    out.requested_frozen_int8 = config_.training.frozen_int8;
    out.frozen_int8 = effective_.int8;
    out.requested_threads = config_.training.threads;
    out.threads = effective_.threads;
    out.cpu_capability = device::detect_capability().cpu;
    out.seed = config_.training.seed;
    training::ActivationStoreOptions kept;
    if (options_.cache && config_.training.cache_disk_mb > 0) kept.directory = cache_directory() / "activations";
    kept.bf16 = effective_.precision == device::Precision::bf16;
    kept.memory_bytes = config_.training.cache_memory_mb << 20U;
    kept.disk_bytes = config_.training.cache_disk_mb << 20U;
    kept.environment = concat(version(), " ", revision(), " ", environment_key());
    store_.emplace(std::move(kept));
    if (!effective_.reason.empty()) warn(effective_.reason);
    log_info(concat("device ", out.device, " (asked: ", out.requested_device, "), ", out.threads,
                    " threads (asked: ", out.requested_threads == 0 ? "all" : std::to_string(out.requested_threads),
                    "), ", describe_computing(config_.training, effective_)));
    for (const std::string& part : slow_computing(effective_)) warn(part);
  }

  void load() {
    encoder_.emplace(load_encoder(config_.encoder));
    check_max_length(*encoder_, config_.encoder.max_length);
    report_.encoder = describe_encoder(*encoder_, config_.encoder.max_length);
    if (!report_.encoder.unused.empty()) {
      log_info(concat("not used from the checkpoint: ", join(report_.encoder.unused, ", ")));
    }
    Inputs inputs = load_inputs(config_, *encoder_, effective_.threads);
    data_ = std::move(inputs.target);
    out_of_scope_ = std::move(inputs.out_of_scope);
    source_data_ = std::move(inputs.source);
    const model::HeadSpec head = make_head_spec(config_.head, *encoder_, data_.labels.size());
    classifier_.emplace(encoder_->make_encoder(config_.training.seed), head, config_.training.seed);
    classifier_->to(effective_.device);
    remember_hashes();
    report_.head = {to_string(head.pooling), head.normalize, head.dropout};
    for (const std::string& warning : encoder_warnings(*encoder_, head)) warn(warning);
    // Rules that match nothing are found before anything is computed.
    encoder_stays_ = leaves_encoder_alone(plan_stage(*classifier_, settings()), classifier_->encoder());
    if (source_data_) (void)plan_stage(*classifier_, source_settings(config_, encoder_->tokenizer.pad_id()));
    if (data_.test) return;
    const std::vector<std::size_t> held_out = cross_validated_texts(data_.train.labels);
    held_out_ = training::subset(data_.train, held_out);
    cross_validated_ = held_out;
    if (held_out.empty()) {
      warn("no test file was given, and with one text a label nothing can be cross-validated: there are no figures");
      return;
    }
    const std::size_t left_out = data_.train.size() - held_out.size();
    warn(concat("no test file was given: the figures are cross-validated on the training texts",
                left_out > 0 ? concat(", but for ", left_out, " whose labels have no other text") : ""));
  }

  /// Of what was read, as it was read: a file may be another by the time that the run ends.
  void remember_hashes() {
    for (const StageData* data : {&data_, source_data_ ? &*source_data_ : nullptr}) {
      if (data == nullptr) continue;
      for (const auto& file : {data->report.train, data->report.validation, data->report.test}) {
        if (file) hashes_.emplace(file->path, file->sha256);
      }
    }
    remember(checkpoint_directory(config_.encoder.path), encoder_->files, hashes_);
    (void)inputs_text(config_, hashes_);
  }

  [[nodiscard]] StageSettings settings() const {
    return target_settings(config_, encoder_->tokenizer.pad_id(), effective_.int8);
  }

  /// The texts that the figures are about.
  [[nodiscard]] const training::EncodedSet& measured() const { return data_.test ? *data_.test : held_out_; }

  void measure_floors() {
    if (measured().size() == 0) return;
    const std::int64_t everything = 1 + encoder_->spec.num_hidden_layers;
    pretrained_features_ =
        store_->get(*classifier_, measured(), everything, encoder_->tokenizer.pad_id(), "floors", progress_);
    report_.baselines = measure_baselines(*classifier_, encoder_->tokenizer, data_.labels, data_.train.labels,
                                          measured(), pretrained_features_.rows, config_.encoder.max_length);
  }

  void check_data(const fs::path& out) {
    if (config_.evaluation.data_checks.value_or(true)) timed("data checks", [&] { look_for_faults(out); });
  }

  /// Looks at the target's data with the untuned encoder: what was tuned on a wrong label believes it.
  void look_for_faults(const fs::path& out) {
    const bool cheap = encoder_stays_ || data_.train.size() <= kCheaplyChecked;
    const bool encoded = config_.evaluation.data_checks.value_or(cheap);
    at::Tensor train;
    at::Tensor test;
    if (encoded) {
      const std::int64_t everything = 1 + encoder_->spec.num_hidden_layers;
      // As the target's training will ask for them.
      const model::Classifier encoding = classifier_->in_int8(effective_.int8 ? encoder_->spec.num_hidden_layers : 0);
      train =
          store_->get(encoding, data_.train, everything, encoder_->tokenizer.pad_id(), "data checks", progress_).rows;
      if (data_.test) test = pretrained_features_.rows;
    }
    const report::DataChecksReport found = check_stage_data(data_, train, test, *store_, progress_);
    write_file(out / "suspects.jsonl",
               report::suspects_jsonl(found, data_.train_texts.path.string(), config_.output.texts));
    report_.data_checks = report::first_findings(found, kListedFindings);
    if (!encoded) {
      report_.data_checks->left_out =
          concat("With ", data_.train.size(),
                 " training texts, what needs them encoded was left out: wrong labels, intents taken for each other, "
                 "uniform intents, test texts unlike them. Set evaluation.data_checks to true to have it.");
    }
    log_info(concat("data checks: ", found.label_errors_found, " labels probably wrong, ", found.conflicts_found,
                    " conflicting duplicates, ", found.indistinct_found, " pairs of intents taken for each other, ",
                    found.unlike_found, " test texts unlike the training texts"));
  }

  void train() {
    HeldOutAnswers held_out(answering(), data_, out_of_scope_, config_.training.seed);
    StageOutcome outcome = train_stage(*classifier_, data_, settings(), !cross_validated_.empty(), *store_,
                                       progress_, [&](const HeldOut& texts) { held_out.add(texts); });
    decided_ = decide(held_out, data_, out_of_scope_, outcome.training.refitted, config_.evaluation.out_of_scope.keep);
    if (!out_of_scope_.empty()) {
      const std::vector<std::size_t> trained =
          outcome.training.refitted ? training::Texts(data_.train).indices : data_.split.train;
      reference_ = answering().reference(data_, trained, outcome.encoder_trained, config_.training.seed);
    }
    report_.target = {data_.report, std::move(outcome.policy), std::move(outcome.training), {}};
    out_of_fold_ = std::move(outcome.out_of_fold);
    const report::TrainingReport& training = report_.target.training;
    if (training.best_epoch == 0) {
      warn("the head solved on frozen features scored best on the texts held out: no epoch of tuning was kept");
    }
    if (training.C && report_.source && !report_.source->reused_labels.empty()) {
      warn(
          "source.head reuse had no effect: the head was solved anew; training.probe_first false starts from the rows");
    }
    // With the pretrained encoder untouched, its vectors of the test texts are still true.
    encoder_changed_ = outcome.encoder_trained || (report_.source && report_.source->keep.chosen != 0);
  }

  void evaluate(const fs::path& out) {
    const bool tested = data_.test.has_value();
    data::Dataset& dataset = tested ? *data_.test_texts : data_.train_texts;
    at::Tensor logits;
    if (tested) {
      test_features_ = test_features();
      logits = training::head_logits(*classifier_, test_features_);
      measure_scope(test_features_);
    } else {
      keep(dataset.examples, cross_validated_);
      if (out_of_fold_.defined()) logits = training::rows_at(out_of_fold_, cross_validated_);
      if (out_of_scope_.test.size() > 0)
        warn("out-of-scope texts are measured beside a test file alone: there is none");
    }
    evaluation::Scores scores;
    if (logits.defined()) {
      scores = training::to_scores(logits, measured().labels, decided_.calibration.temperature);
      decided_.calibration.before = report::calibration_figures(training::to_scores(logits, measured().labels));
      decided_.calibration.after = report::calibration_figures(scores);
    }
    report_.calibration = decided_.calibration;
    report_.out_of_scope = decided_.out_of_scope;
    write_predictions(out / "predictions.jsonl", dataset, scores);
    if (scores.size() == 0) return;
    report::EvaluationReport figures = measure(dataset, scores, data_.labels.names(),
                                               tested ? config_.evaluation.slice_by : std::vector<std::string>{},
                                               config_.evaluation.bootstrap_samples, config_.training.seed);
    if (effective_.int8) figures.int8 = compare_int8(*classifier_, measured(), encoder_->tokenizer.pad_id());
    log_info(concat(tested ? "test" : "cross-validated", " accuracy ", figures.accuracy));
    (tested ? report_.target.test : report_.cross_validation) = std::move(figures);
  }

  /// Of the test texts, as the head sees them.
  [[nodiscard]] at::Tensor test_features() const {
    if (encoder_changed_ || measured().size() == 0) {
      return training::compute_features(*classifier_, measured(), encoder_->tokenizer.pad_id(), "test", progress_);
    }
    const at::NoGradGuard no_grad;
    return classifier_->features(pretrained_features_.rows.to(effective_.device)).cpu();
  }

  void measure_scope(const at::Tensor& features) {
    const ScopeReference* reference = out_of_scope_.empty() ? nullptr : &reference_;
    TextAnswers in_scope;
    TextAnswers others;
    answering().add(in_scope, features, measured().labels, reference);
    if (out_of_scope_.test.size() > 0) {
      answering().add(others, answering().features(out_of_scope_.test, encoder_changed_), out_of_scope_.test.labels,
                      reference);
    }
    measure_out_of_scope(decided_, in_scope, others, out_of_scope_, data_.labels);
  }

  [[nodiscard]] Answering answering() { return {*classifier_, *store_, encoder_->tokenizer.pad_id(), progress_}; }

  void draw_map() {
    const std::vector<std::size_t> shown = mapped_texts(measured().size());
    if (shown.empty()) return;
    const at::NoGradGuard no_grad;
    const training::Texts texts(measured(), shown);
    const at::Tensor pretrained = training::rows_at(pretrained_features_.rows, shown).to(effective_.device);
    at::Tensor after;
    if (encoder_changed_) {
      after = data_.test
                  ? training::rows_at(test_features_, shown)
                  : training::compute_features(*classifier_, texts, encoder_->tokenizer.pad_id(), "map", progress_);
    }
    report_.feature_map =
        make_feature_map(classifier_->features(pretrained).to(at::kCPU, at::kFloat), after, texts.labels());
    if (report_.feature_map) report_.feature_map->trained_on = !data_.test;
  }

  void time_predictions() {
    const std::vector<std::string_view> texts(data_.sample.begin(), data_.sample.end());
    if (texts.empty()) return;
    report_.timing.latency =
        measure_latency(*classifier_, encoder_->tokenizer, texts, config_.encoder.max_length, effective_.threads);
  }

  void warn_of_negative_transfer(const report::KeepReport& keep) {
    if (!keep.automatic || keep.chosen != 0 || keep.candidates.empty()) return;
    const auto best = std::max_element(
        keep.candidates.begin() + 1, keep.candidates.end(),
        [](const report::KeepCandidate& one, const report::KeepCandidate& other) { return one.score < other.score; });
    warn(
        concat("negative transfer: in probes on the target's training texts no share of the source stage scored above "
               "none of it (at best ",
               best->score, ", without ", keep.candidates.front().score, "); it was left aside"));
  }

  /// An answer's index is its text's position among those of the file that are in scope.
  void write_predictions(const fs::path& file, const data::Dataset& dataset, const evaluation::Scores& scores) const {
    FileWriter writer(file);
    for (std::size_t i = 0; i < scores.size(); ++i) {
      const data::Example& example = dataset.examples[i];
      report::PredictionRecord record;
      record.index = cross_validated_.empty() ? i : cross_validated_[i];
      if (!example.id.empty()) record.id = example.id;
      if (config_.output.texts) {
        record.text = example.text;
      } else {
        record.line = example.line;
      }
      record.label = example.label;
      record.probabilities = scores.row(i);
      record.data_sha256 = dataset.sha256;
      writer.write(report::prediction_line(record, data_.labels.names()));
    }
    writer.close();
  }

  void judge(const fs::path& out) {
    std::optional<report::Answers> answers;
    if (gates_.need_answers()) {
      answers = report::read_answers(read_file(out / "predictions.jsonl", ErrorKind::internal));
    }
    report_.gates = gates_.judge(report::gate_subject(report_, std::move(answers)));
    if (report_.gates.empty()) return;
    write_file(out / "junit.xml", report::junit_xml(report_.gates, "transfer-tune gates: " + config_.target.name));
  }

  [[nodiscard]] std::string environment_key() const {
    return concat(report_.environment.device, " ", report_.environment.precision, " ", effective_.threads, " ",
                  report_.environment.cpu_capability, " ", report_.environment.libtorch_version);
  }

  void warn(const std::string& text) {
    log_warning(text);
    report_.warnings.push_back(text);
  }

  const config::RunConfig& config_;
  const AdaptOptions& options_;
  const Gates& gates_;
  ProgressCallback progress_;
  device::Effective effective_;
  std::optional<training::ActivationStore> store_;
  std::optional<LoadedEncoder> encoder_;
  StageData data_;
  std::optional<StageData> source_data_;  ///< absent: no source, or a finished checkpoint
  std::optional<model::Classifier> classifier_;
  training::PrefixCache pretrained_features_;
  at::Tensor test_features_;                  ///< of the test texts, by the classifier as trained
  training::EncodedSet held_out_;             ///< the training texts that are cross-validated
  std::vector<std::size_t> cross_validated_;  ///< their positions in the training file, where there is no test file
  at::Tensor out_of_fold_;                    ///< logits of the training texts
  OutOfScopeTexts out_of_scope_;
  Decided decided_;
  ScopeReference reference_;  ///< of the classifier as trained; empty without out-of-scope texts
  bool encoder_stays_ = false;  ///< the target's phases train nothing of the encoder
  bool encoder_changed_ = true;
  KnownHashes hashes_;
  report::RunReport report_;
};

}  // namespace

AdaptResult adapt(const config::RunConfig& config, const AdaptOptions& options) {
  const Gates gates(config.evaluation.gates, config.evaluation.baseline, report::GateScope::run);
  OutputDirectory out(config.output.dir,
                      {.files = run_files(), .inputs = inputs_of(config), .overwrite = options.overwrite});
  RunLog log(out.partial() / "log.jsonl");
  try {
    report::RunReport report = Adaptation(config, options, gates).run(out.partial());
    log.close();
    out.commit();
    return {config.output.dir, std::make_shared<const report::RunReport>(std::move(report))};
  } catch (...) {
    log_info(concat("what was written so far is in ", out.partial().string()));
    throw;
  }
}

std::string libtorch_version() { return TORCH_VERSION; }

}  // namespace tt::runs
