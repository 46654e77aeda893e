#include "transfer_tune/training/fit.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/training/forward.hpp"
#include "transfer_tune/training/rows.hpp"
#include "transfer_tune/training/vocabulary.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

namespace tt::training {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Weight decay is for matrices; biases and norms have one dimension.
bool decays(const model::Parameter& parameter) { return parameter.value.dim() > 1; }

std::string list_origins(const EncodedSet& set, std::span<const std::size_t> batch) {
  constexpr std::size_t shown = 8;
  std::vector<std::string> origins;
  for (const std::size_t i : batch.first(std::min(batch.size(), shown))) origins.push_back(set.origin(i));
  const std::string more = batch.size() > shown ? concat(" and ", batch.size() - shown, " more") : "";
  return join(origins, ", ") + more;
}

at::Tensor label_tensor(const EncodedSet& set, std::span<const std::size_t> batch) {
  at::Tensor labels = at::empty({static_cast<std::int64_t>(batch.size())}, at::kLong);
  auto* out = labels.mutable_data_ptr<std::int64_t>();
  for (const std::size_t i : batch) *out++ = set.labels[i];
  return labels;
}

/// One call of `fit`.
class Fitter {
 public:
  Fitter(model::Classifier& classifier, const Texts& train, const Texts* validation, const FitOptions& options,
         const ProgressCallback& progress)
      : classifier_(classifier),
        train_(train),
        validation_(validation),
        options_(options),
        progress_(progress),
        store_(options.store != nullptr ? *options.store : own_store_) {
    if (!options.class_weights.empty()) {
      class_weights_ = at::tensor(options.class_weights, at::kFloat).to(classifier.device());
    }
  }

  /// The rows of the embedding table outside `train` change by this factor alone.
  [[nodiscard]] double untouched_factor() const { return untouched_factor_; }

  FitResult run(const std::vector<PhasePlan>& plans) {
    if (options_.optimizer.l2_sp > 0) remember_starts(plans);
    if (options_.head_solved) finish_epoch({.phase = 0, .epoch = 0}, plans, Clock::now());
    for (std::size_t phase = 0; phase < plans.size() && !done_; ++phase) run_phase(phase, plans);
    if (best_ && result_.best_epoch != epoch_) {
      best_->restore(classifier_);
      untouched_factor_ = best_untouched_factor_;
    }
    if (!best_) result_.best_epoch = epoch_;
    return std::move(result_);
  }

 private:
  void run_phase(std::size_t phase, const std::vector<PhasePlan>& plans) {
    const PhasePlan& plan = plans[phase];
    if (reached_limit()) return;
    if (is_convex(plan, classifier_)) {
      ++epoch_;
      const auto start = Clock::now();
      if (phase > 0 || !options_.head_solved) solve_head();
      finish_epoch({.phase = phase, .epoch = epoch_}, plans, start);
      return;
    }
    prepare_cache(plan.frozen_depth);
    const std::vector<model::Parameter*> parameters = classifier_.used_parameters();
    std::vector<OptimizedTensor> tensors;
    double top_rate = 0;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      at::Tensor& value = parameters[i]->value;
      if (plan.learning_rates[i] <= 0) continue;
      value = value.detach().requires_grad_(true);
      tensors.push_back({value, plan.learning_rates[i], decays(*parameters[i]), starts_.empty() ? value : starts_[i]});
      if (parameters[i]->group != "head") top_rate = std::max(top_rate, plan.learning_rates[i]);
    }
    if (top_rate == 0) top_rate = tensors.front().learning_rate;
    AdamW optimizer(std::move(tensors), options_.optimizer);
    const std::int64_t per_epoch = steps_per_epoch();
    const std::int64_t total = per_epoch * plan.epochs;
    const std::int64_t warmup = warmup_steps(options_.warmup_ratio, total);
    for (std::int64_t e = 0; e < plan.epochs && !done_ && !reached_limit(); ++e) {
      const auto start = Clock::now();
      ++epoch_;
      EpochRow row{.phase = phase, .epoch = epoch_};
      row.train_loss = run_epoch(plan, optimizer, e * per_epoch, total, warmup, start);
      row.examples_per_second = static_cast<double>(train_.size()) / seconds_since(start);
      row.learning_rate = top_rate * schedule_factor(options_.schedule, (e + 1) * per_epoch - 1, total, warmup);
      finish_epoch(row, plans, start);
    }
    for (model::Parameter* parameter : parameters) parameter->value = parameter->value.detach();
  }

  double run_epoch(const PhasePlan& plan, AdamW& optimizer, std::int64_t first_step, std::int64_t total,
                   std::int64_t warmup, Clock::time_point start) {
    std::vector<std::size_t> order = train_.indices;
    RandomStream stream(random_key(options_.seed, RandomPurpose::shuffle, static_cast<std::uint64_t>(epoch_)));
    shuffle(std::span(order), stream);

    const auto micro = static_cast<std::size_t>(options_.batch_size);
    const std::size_t full = micro * static_cast<std::size_t>(options_.gradient_accumulation_steps);
    double loss_sum = 0;
    std::int64_t step = first_step;
    for (std::size_t begin = 0; begin < order.size(); begin += full, ++step) {
      throw_if_interrupted();
      const auto batch = std::span(order).subspan(begin, std::min(full, order.size() - begin));
      const double batch_weight = weight_of(batch);
      double loss = 0;
      for (std::size_t at = 0; at < batch.size(); at += micro) {
        const auto part = batch.subspan(at, std::min(micro, batch.size() - at));
        loss += backward(part, weight_of(part) / batch_weight);
      }
      const double norm = optimizer.gradient_norm();
      const auto diverged = [&](const std::string& found) {
        return NonFiniteError(concat("training diverged at step ", step - first_step + 1, " of epoch ", epoch_, ": ",
                                     found, "; the batch's texts: ", list_origins(*train_.set, batch),
                                     ". Lower the learning rate or set training.max_grad_norm"));
      };
      if (!std::isfinite(loss) || !std::isfinite(norm)) {
        throw diverged(concat("loss ", loss, ", gradient norm ", norm, ", expected finite ones"));
      }
      const double factor = schedule_factor(options_.schedule, step, total, warmup);
      optimizer.step(factor, norm);
      // The next step would find it in the loss; after the last there is none.
      if (begin + full >= order.size() && !optimizer.finite()) throw diverged("its update made a weight non-finite");
      track_untouched_rows(plan, factor);
      loss_sum += loss * batch_weight;
      const std::size_t seen = begin + batch.size();
      if (progress_) {
        const auto epochs_before = static_cast<std::size_t>(step / steps_per_epoch());
        progress_({.stage = options_.stage,
                   .done = epochs_before * order.size() + seen,
                   .total = static_cast<std::size_t>(plan.epochs) * order.size(),
                   .loss = loss,
                   .examples_per_second = static_cast<double>(seen) / seconds_since(start)});
      }
    }
    return loss_sum / weight_of(order);
  }

  /// What the loss over `texts` counts for in that over a batch or an epoch: the sum of their labels' weights, so that
  /// the gradient of a step does not depend on how its batch is cut.
  [[nodiscard]] double weight_of(std::span<const std::size_t> texts) const {
    if (options_.class_weights.empty()) return static_cast<double>(texts.size());
    return std::accumulate(texts.begin(), texts.end(), 0.0, [&](double sum, std::size_t text) {
      return sum + options_.class_weights[static_cast<std::size_t>(train_.set->labels[text])];
    });
  }

  /// Adds the gradient of the weighted mean loss over `part` times `share`; returns that loss times `share`.
  double backward(std::span<const std::size_t> part, double share) {
    const std::vector<std::size_t> indices(part.begin(), part.end());
    const model::ForwardMode mode{true, options_.seed, forward_count_++};
    const at::Tensor logits = forward(classifier_, *train_.set, train_cache(), indices, options_.pad_id, mode);
    const at::Tensor labels = label_tensor(*train_.set, part).to(logits.device());
    const at::Tensor loss =
        at::cross_entropy_loss(logits, labels, class_weights_, at::Reduction::Mean, -100, options_.label_smoothing) *
        share;
    loss.backward();
    return loss.item<double>();
  }

  /// Where l2_sp pulls to in every phase: the weights before the first.
  void remember_starts(const std::vector<PhasePlan>& plans) {
    const std::vector<model::Parameter*> parameters = classifier_.used_parameters();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const bool trains =
          std::any_of(plans.begin(), plans.end(), [&](const PhasePlan& plan) { return plan.learning_rates[i] > 0; });
      starts_.push_back(trains ? parameters[i]->value.detach().clone() : at::Tensor());
    }
  }

  /// Rows of the embedding table that never occur only decay, and are pulled to where they started.
  void track_untouched_rows(const PhasePlan& plan, double factor) {
    const std::vector<model::Parameter*> parameters = classifier_.used_parameters();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      if (!parameters[i]->by_token || plan.learning_rates[i] <= 0) continue;
      untouched_factor_ =
          AdamW::untouched_factor(untouched_factor_, plan.learning_rates[i] * factor, true, options_.optimizer);
    }
  }

  /// The linear head as the optimum over the features as they are now.
  void solve_head() {
    prepare_cache(classifier_.encoder().spec().depth());
    const at::NoGradGuard no_grad;
    const at::Tensor features =
        classifier_.features(rows_at(train_prefix_.rows, train_.indices).to(classifier_.device())).cpu();
    const LinearHead head = solve_probe(
        {features, train_.labels(), classifier_.head().num_labels, options_.class_weights, options_.label_smoothing},
        options_.C);
    classifier_.set_head(head.weight, head.bias);
  }

  /// Makes the caches hold the encoder's first part up to `depth`; 0: none. What a phase trains lies behind its own
  /// cache, so a cache of the same depth stays true.
  void prepare_cache(std::int64_t depth) {
    if (cache_depth_ == depth) return;
    train_prefix_ = validation_prefix_ = {};
    cache_depth_ = depth;
    if (depth == 0) return;
    const std::int64_t layers = std::min(depth - 1, classifier_.encoder().spec().num_hidden_layers);
    const model::Classifier frozen = classifier_.in_int8(options_.int8 ? layers : 0);
    const auto encode = [&](const Texts& texts) {
      return store_.get(frozen, *texts.set, depth, options_.pad_id, options_.stage + ": encode", progress_);
    };
    train_prefix_ = encode(train_);
    if (validation_ != nullptr)
      validation_prefix_ = validation_->set == train_.set ? train_prefix_ : encode(*validation_);
  }

  [[nodiscard]] const PrefixCache* train_cache() const { return cache_depth_ > 0 ? &train_prefix_ : nullptr; }

  /// Validates, records the row and decides whether to go on.
  void finish_epoch(EpochRow row, const std::vector<PhasePlan>& plans, Clock::time_point start) {
    if (validation_ != nullptr) {
      const PrefixCache* cache = cache_depth_ > 0 ? &validation_prefix_ : nullptr;
      const at::Tensor logits = compute_logits(classifier_, *validation_, cache, options_.pad_id, options_.stage, {});
      set_validation(row, evaluation::compute_metrics(to_scores(logits, validation_->labels())));
      if (options_.metric) consider_best(row, *options_.metric, plans);
    }
    row.seconds = seconds_since(start);
    log_row(row);
    result_.rows.push_back(row);
  }

  void consider_best(const EpochRow& row, Metric metric, const std::vector<PhasePlan>& plans) {
    const double value = metric_value(row, metric);
    if (!best_ || value > best_value_) {
      best_.emplace(classifier_, &plans);
      best_value_ = value;
      best_untouched_factor_ = untouched_factor_;
      result_.best_epoch = row.epoch;
    } else if (options_.patience > 0 && row.epoch - result_.best_epoch >= options_.patience) {
      result_.stopped_early = true;
      done_ = true;
    }
  }

  void log_row(const EpochRow& row) const {
    std::string line = row.epoch == 0 ? concat(options_.stage, ": solved head")
                                      : concat(options_.stage, ": phase ", row.phase + 1, ", epoch ", row.epoch);
    const auto rounded = [](double value) { return std::round(value * 1e4) / 1e4; };
    if (!std::isnan(row.train_loss)) line += concat(", loss ", rounded(row.train_loss));
    if (!std::isnan(row.validation_accuracy)) {
      line += concat(", validation accuracy ", rounded(row.validation_accuracy));
    }
    log_info(concat(line, ", ", rounded(row.seconds), " s"));
  }

  [[nodiscard]] std::int64_t steps_per_epoch() const {
    const std::int64_t per_step = options_.batch_size * options_.gradient_accumulation_steps;
    return (static_cast<std::int64_t>(train_.size()) + per_step - 1) / per_step;
  }
  [[nodiscard]] bool reached_limit() const { return options_.stop_after >= 0 && epoch_ >= options_.stop_after; }

  model::Classifier& classifier_;
  const Texts& train_;
  const Texts* validation_;
  const FitOptions& options_;
  const ProgressCallback& progress_;
  ActivationStore own_store_;
  ActivationStore& store_;
  at::Tensor class_weights_;
  std::vector<at::Tensor> starts_;  ///< of the used parameters; only with l2_sp
  FitResult result_;
  std::int64_t epoch_ = 0;
  bool done_ = false;
  double untouched_factor_ = 1.0;
  double best_untouched_factor_ = 1.0;
  std::uint64_t forward_count_ = 0;
  std::int64_t cache_depth_ = 0;
  PrefixCache train_prefix_;
  PrefixCache validation_prefix_;
  std::optional<Snapshot> best_;
  double best_value_ = 0;
};

}  // namespace

void set_validation(EpochRow& row, const evaluation::Metrics& metrics) {
  row.validation_accuracy = metrics.accuracy;
  row.validation_macro_f1 = metrics.macro.f1;
  row.validation_log_loss = metrics.log_loss;
}

double metric_value(const EpochRow& row, Metric metric) {
  switch (metric) {
    case Metric::accuracy:
      return row.validation_accuracy;
    case Metric::macro_f1:
      return row.validation_macro_f1;
    case Metric::log_loss:
      return -row.validation_log_loss;
  }
  throw InternalError("unknown metric");
}

std::vector<ParameterInfo> parameter_infos(model::Classifier& classifier) {
  std::vector<ParameterInfo> infos;
  for (const model::Parameter* parameter : classifier.used_parameters()) {
    infos.push_back({parameter->name, parameter->group, parameter->first_use, parameter->value.numel()});
  }
  return infos;
}

bool is_convex(const PhasePlan& plan, model::Classifier& classifier) {
  const std::vector<model::Parameter*> parameters = classifier.used_parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if ((plan.learning_rates[i] > 0) != (parameters[i]->group == "head")) return false;
  }
  return true;
}

Snapshot::Snapshot(model::Classifier& classifier, const std::vector<PhasePlan>* plans) {
  const std::vector<model::Parameter*> parameters = classifier.used_parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const bool kept =
        plans == nullptr || parameters[i]->group == "head" ||
        std::any_of(plans->begin(), plans->end(), [&](const PhasePlan& plan) { return plan.learning_rates[i] > 0; });
    values_.push_back(kept ? parameters[i]->value.detach().clone() : at::Tensor());
  }
}

void Snapshot::restore(model::Classifier& classifier) const {
  const std::vector<model::Parameter*> parameters = classifier.used_parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (values_[i].defined()) parameters[i]->value = values_[i].clone();
  }
}

evaluation::Scores to_scores(const at::Tensor& logits, const std::vector<std::int32_t>& labels, double temperature) {
  const at::Tensor rows = logits.to(at::kCPU, at::kFloat).contiguous();
  const auto columns = static_cast<std::size_t>(rows.size(1));
  const std::span<const float> values(rows.const_data_ptr<float>(), static_cast<std::size_t>(rows.numel()));
  return {columns, labels, evaluation::softmax(values, columns, temperature)};
}

FitResult fit(model::Classifier& classifier, const Texts& train, const std::optional<Texts>& validation,
              const std::vector<PhasePlan>& plans, const FitOptions& options, const ProgressCallback& progress) {
  const std::vector<model::Parameter*> parameters = classifier.used_parameters();
  const bool trains_words = std::any_of(plans.begin(), plans.end(), [&](const PhasePlan& plan) {
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      if (parameters[i]->by_token) return plan.learning_rates[i] > 0;
    }
    return false;
  });
  const Texts* held_out = validation ? &*validation : nullptr;
  if (!trains_words) return Fitter(classifier, train, held_out, options, progress).run(plans);

  std::vector<const EncodedSet*> sets{train.set};
  if (held_out != nullptr && held_out->set != train.set) sets.push_back(held_out->set);
  CompactVocabulary vocabulary(classifier.encoder(), sets, options.pad_id);
  FitOptions compact_options = options;
  compact_options.pad_id = vocabulary.remap(options.pad_id);
  const EncodedSet compact_set = vocabulary.remap(*train.set);
  const EncodedSet other_set = sets.size() > 1 ? vocabulary.remap(*held_out->set) : EncodedSet{};
  const Texts compact_train(compact_set, train.indices);
  std::optional<Texts> compact_held_out;
  if (held_out != nullptr) compact_held_out.emplace(sets.size() > 1 ? other_set : compact_set, held_out->indices);
  Fitter fitter(classifier, compact_train, compact_held_out ? &*compact_held_out : nullptr, compact_options, progress);
  FitResult result = fitter.run(plans);
  vocabulary.untouched_factor = fitter.untouched_factor();
  return result;
}

}  // namespace tt::training
