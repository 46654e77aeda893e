#include "runs/predictor.hpp"

#include "runs/encoder_warnings.hpp"
#include "runs/settings.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/evaluation/metrics.hpp"
#include "transfer_tune/tokenizer/coverage.hpp"
#include "transfer_tune/training/forward.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

namespace tt::runs {
namespace {

constexpr std::int64_t kDefaultMaxLength = 128;

std::int64_t choose_max_length(const LoadedEncoder& encoder, std::int64_t asked) {
  if (asked == 0) asked = encoder.directory.max_length;
  if (asked == 0) asked = kDefaultMaxLength;
  check_max_length(encoder, asked);
  return asked;
}

/// Throws `CheckpointError` when there is no threshold to reject by.
const report::Decision& decision_to_reject_by(const LoadedClassifier& model) {
  const std::string file = (model.encoder.directory.root / "decision.json").string();
  if (!model.decision) {
    throw CheckpointError(concat(file, ": no such file; expected the threshold that a run chose to reject texts by"));
  }
  if (std::isnan(model.decision->threshold)) {
    throw CheckpointError(concat(file, ": /threshold: found null, expected a number to reject texts by (",
                                 model.decision->threshold_reason, ")"));
  }
  return *model.decision;
}

/// As the decision has them; 0.5 in a checkpoint that says no more than that texts have several labels. Throws
/// `CheckpointError` where they do not fit the labels.
std::vector<double> thresholds_of(const LoadedEncoder& encoder, const std::optional<report::Decision>& decision) {
  const std::size_t labels = encoder.directory.labels.size();
  const std::size_t stored = decision ? decision->thresholds.size() : 0;
  const bool sets = encoder.directory.multi_label;
  if (stored != 0 && (!sets || stored != labels)) {
    throw CheckpointError(concat((encoder.directory.root / "decision.json").string(), ": /thresholds: found ", stored,
                                 ", expected ", sets ? concat(labels, ", one a label of config.json") : "none",
                                 "; train again"));
  }
  if (!sets) return {};
  return stored != 0 ? decision->thresholds : std::vector<double>(labels, 0.5);
}

bool all_finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

}  // namespace

at::Tensor LoadedClassifier::features(const training::EncodedSet& set, const ProgressCallback& progress) const {
  return training::compute_features(int8 ? *int8 : classifier, set, encoder.tokenizer.pad_id(), "predict", progress);
}

at::Tensor LoadedClassifier::logits(const at::Tensor& features) const {
  return training::head_logits(classifier, features);
}

at::Tensor LoadedClassifier::calibrated(const at::Tensor& logits, const std::vector<std::string>& languages) const {
  return decision && calibrates ? at_one_temperature(logits, *decision, languages) : logits;
}

LoadedClassifier load_classifier(const ModelOptions& options) {
  const device::Effective effective =
      device::resolve({options.device, to_device_precision(options.precision), options.threads, options.int8},
                      device::detect_capability());
  device::apply(effective);
  if (!effective.reason.empty()) log_warning(effective.reason);
  const std::filesystem::path base = checkpoint_directory(options.checkpoint, options.progress);
  LoadedEncoder encoder = options.adapter.empty()
                              ? load_encoder(base)
                              : load_adapted_encoder(inside_run(options.adapter, "adapter"), base, options.progress);
  for (const std::string& warning : encoder_warnings(encoder)) log_warning(warning);
  const auto head = stored_head(encoder);
  if (!head) {
    throw CheckpointError(concat(encoder.directory.root.string(),
                                 ": found an encoder without a classification head; expected a checkpoint that "
                                 "transfer-tune or a sequence-classification trainer wrote"));
  }
  std::vector<std::string> missing = encoder.matched.missing;
  missing.insert(missing.end(), encoder.matched.missing_head.begin(), encoder.matched.missing_head.end());
  if (head->pooling == model::Pooling::first && !missing.empty()) {
    throw CheckpointError(concat(encoder.directory.root.string(), ": the weights lack ", join(missing, ", "),
                                 ", which the classification head reads; expected a whole classifier (a run adapts an "
                                 "encoder without them)"));
  }
  model::Classifier classifier = stored_classifier(encoder, *head);
  classifier.to(effective.device);
  const std::int64_t max_length = choose_max_length(encoder, options.max_length);
  std::vector<std::string> labels = encoder.directory.labels;
  std::optional<report::Decision> decision = read_decision(encoder.directory.root);
  const double temperature = decision && options.calibrate ? decision->temperature : 1;
  std::vector<double> thresholds = thresholds_of(encoder, decision);
  encoder.directory.tensors.clear();
  encoder.matched = {};
  std::optional<model::Classifier> int8;
  if (effective.int8) int8 = classifier.in_int8(encoder.spec.num_hidden_layers);
  return {std::move(encoder), std::move(classifier), std::move(int8), std::move(labels), max_length,
          effective.threads,  std::move(decision),   temperature,     options.calibrate, std::move(thresholds)};
}

struct Predictor::Impl {
  LoadedClassifier model;
  std::optional<ScopeReference> reference;  ///< where texts are rejected
  std::size_t texts = 0;                    ///< answered so far
  std::size_t broken = 0;                   ///< of these, by the vocabulary
};

Predictor::Predictor(const ModelOptions& options) : impl_(new Impl{load_classifier(options), {}}) {
  if (!options.reject) return;
  const std::filesystem::path& directory = impl_->model.encoder.directory.root;
  impl_->reference =
      read_reference(directory, decision_to_reject_by(impl_->model), impl_->model.classifier.feature_size());
}
Predictor::Predictor(Predictor&&) noexcept = default;
Predictor& Predictor::operator=(Predictor&&) noexcept = default;
Predictor::~Predictor() = default;

const std::vector<std::string>& Predictor::labels() const { return impl_->model.labels; }

const std::vector<double>& Predictor::thresholds() const { return impl_->model.thresholds; }

const std::string& Predictor::language_column() const {
  static const std::string kNone;
  return impl_->model.decision ? impl_->model.decision->language_column : kNone;
}

std::optional<std::string> Predictor::vocabulary_warning() const {
  return runs::vocabulary_warning(impl_->broken, impl_->texts);
}

std::vector<Prediction> Predictor::predict(const std::vector<std::string_view>& texts, const ProgressCallback& progress,
                                           const std::vector<std::string>& languages) {
  if (!languages.empty() && languages.size() != texts.size()) {
    throw InternalError(concat("predict: ", languages.size(), " languages of ", texts.size(), " texts"));
  }
  const LoadedClassifier& model = impl_->model;
  const std::vector<tokenizer::Encoding> encodings = model.encoder.tokenizer.encode_batch(
      texts, static_cast<std::size_t>(model.max_length), static_cast<std::size_t>(model.threads));
  training::EncodedSet set;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    set.sequences.append(encodings[i].ids);
    impl_->broken += tokenizer::falls_apart(model.encoder.tokenizer, texts[i], encodings[i].ids) ? 1 : 0;
  }
  impl_->texts += texts.size();
  set.labels.assign(texts.size(), -1);
  std::vector<Prediction> predictions(texts.size());
  if (texts.empty()) return predictions;
  const at::Tensor features = model.features(set, progress);
  const at::Tensor logits = model.logits(features);
  std::vector<double> scores;
  if (impl_->reference) {
    // Texts that get no label below must not stop the scoring of the others.
    scores = score_texts(model.decision->score, logits.nan_to_num(0, 0, 0), features.nan_to_num(0, 0, 0),
                         model.decision->temperature, *impl_->reference);
  }
  const std::size_t columns = model.labels.size();
  const auto row_of = [&](const at::Tensor& rows, std::size_t i) {
    return std::span(rows.const_data_ptr<float>(), static_cast<std::size_t>(rows.numel()))
        .subspan(i * columns, columns);
  };
  const at::Tensor scaled = model.thresholds.empty() ? model.calibrated(logits, languages) : logits;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto plain = row_of(logits, i);
    const auto row = row_of(scaled, i);
    predictions[i].logits.assign(plain.begin(), plain.end());
    predictions[i].truncated = encodings[i].truncated;
    if (!all_finite(row)) continue;
    predictions[i].probabilities = model.thresholds.empty() ? evaluation::softmax(row, columns, model.temperature)
                                                            : evaluation::sigmoid(row, model.temperature);
    predictions[i].label = static_cast<std::size_t>(evaluation::top_k(predictions[i].probabilities, 1).front());
    if (scores.empty()) continue;
    predictions[i].scope_score = scores[i];
    predictions[i].out_of_scope = scores[i] < threshold_of(*model.decision, languages.empty() ? "" : languages[i]);
  }
  return predictions;
}

}  // namespace tt::runs
