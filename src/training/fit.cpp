#include "transfer_tune/training/fit.hpp"

#include "training/prefixes.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/process.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/training/forward.hpp"
#include "transfer_tune/training/probe.hpp"
#include "transfer_tune/training/rows.hpp"
#include "transfer_tune/training/vocabulary.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

namespace tt::training {
namespace {

using Clock = std::chrono::steady_clock;

/// Weight decay is for matrices; biases and norms have one dimension.
bool decays(const model::Parameter& parameter) { return parameter.value.dim() > 1; }

std::string list_origins(const EncodedSet& set, std::span<const std::size_t> batch) {
  constexpr std::size_t shown = 8;
  std::vector<std::string> origins;
  for (const std::size_t i : batch.first(std::min(batch.size(), shown))) origins.push_back(set.origin(i));
  const std::string more = batch.size() > shown ? concat(" and ", batch.size() - shown, " more") : "";
  return join(origins, ", ") + more;
}

void log_row(const std::string& stage, const EpochRow& row) {
  std::string line = row.epoch == 0 ? concat(stage, ": before any epoch")
                                    : concat(stage, ": phase ", row.phase + 1, ", epoch ", row.epoch);
  const auto rounded = [](double value) { return std::round(value * 1e4) / 1e4; };
  if (!std::isnan(row.train_loss)) line += concat(", loss ", rounded(row.train_loss));
  if (!std::isnan(row.validation_accuracy)) line += concat(", validation accuracy ", rounded(row.validation_accuracy));
  log_info(concat(line, ", ", rounded(row.seconds), " s"));
}

/// One call of `fit`: everything that outlives it is in the classifier and in `state_`.
class Fitter {
 public:
  Fitter(model::Classifier& classifier, const Texts& train, const Texts* validation,
         const std::vector<PhasePlan>& plans, const Objective& objective, const FitOptions& options,
         const FitServices& services, TrainState state)
      : classifier_(classifier),
        train_(train),
        validation_(validation),
        plans_(plans),
        objective_(objective),
        options_(options),
        services_(services),
        batch_size_(objective.batch_size(train, static_cast<std::size_t>(options.batch_size))),
        prefixes_(classifier, train, validation, services),
        state_(std::move(state)) {}

  TrainState run() {
    take_weights();
    if (!state_.begun) {
      state_.begun = true;
      if (options_.optimizer.l2_sp > 0) remember_starts();
      if (options_.head_solved || (validation_ != nullptr && !objective_.trains_head())) {
        finish_epoch({.phase = 0, .epoch = 0}, 0);
      }
    }
    while (state_.phase < plans_.size() && !is_over() && !paused_) run_phase();
    if (paused_) return std::move(state_);
    if (services_.keeper != nullptr && services_.keeper->wants(true)) keep(state_);
    state_.finished = true;
    if (state_.best && state_.best->epoch != state_.epoch) {
      state_.best->weights.restore(classifier_);
      state_.untouched_factor = state_.best->untouched_factor;
    }
    return std::move(state_);
  }

 private:
  /// Puts the state's own weights on.
  void take_weights() {
    const std::vector<model::Parameter*> parameters = classifier_.used_parameters();
    const auto fits = [&](const std::vector<at::Tensor>& values) {
      if (values.size() != parameters.size()) return false;
      for (std::size_t i = 0; i < values.size(); ++i) {
        const at::Tensor& parameter = parameters[i]->value;
        if (!values[i].defined()) continue;
        if (values[i].scalar_type() != parameter.scalar_type() || !values[i].sizes().equals(parameter.sizes())) {
          return false;
        }
      }
      return true;
    };
    if (state_.phase > plans_.size() || (!state_.weights.empty() && !fits(state_.weights)) ||
        (state_.best && !fits(state_.best->weights.values)) || (!state_.starts.empty() && !fits(state_.starts))) {
      throw CheckpointError("saved training state: found weights of another encoder or other texts");
    }
    if (state_.weights.empty()) return;
    Snapshot weights;
    weights.values = std::exchange(state_.weights, {});
    weights.restore(classifier_);
  }

  /// Hands `state` on with the weights as they are.
  void keep(const TrainState& state) {
    TrainState whole = state;
    const std::vector<model::Parameter*> parameters = classifier_.used_parameters();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const bool trains = parameters[i]->group == "head" || std::ranges::any_of(plans_, [&](const PhasePlan& plan) {
                            return plan.learning_rates[i] > 0;
                          });
      whole.weights.push_back(trains ? parameters[i]->value.detach() : at::Tensor());
    }
    services_.keeper->keep(whole);
    is_kept_ = true;
  }

  /// Whether no epoch follows.
  [[nodiscard]] bool is_over() const {
    return state_.stopped_early || (options_.stop_after >= 0 && state_.epoch >= options_.stop_after);
  }

  /// What is left of the phase at work.
  void run_phase() {
    const PhasePlan& plan = this->plan();
    if (is_solved(plan, classifier_, objective_)) {
      const auto start = Clock::now();
      if (state_.phase > 0 || !options_.head_solved) solve_head(*objective_.as_cross_entropy());
      ++state_.epoch;
      finish_epoch({.phase = state_.phase, .epoch = state_.epoch}, seconds_since(start));
      ++state_.phase;
      return;
    }
    prefixes_.prepare(plan.frozen_depth);
    const std::vector<model::Parameter*> parameters = classifier_.used_parameters();
    std::vector<OptimizedTensor> tensors;
    double top_rate = 0;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      at::Tensor& value = parameters[i]->value;
      if (plan.learning_rates[i] <= 0) continue;
      value = value.detach().requires_grad_(true);
      const at::Tensor& start = state_.starts.empty() ? value : state_.starts[i];
      tensors.push_back({value, plan.learning_rates[i], decays(*parameters[i]), start});
      if (parameters[i]->group != "head") top_rate = std::max(top_rate, plan.learning_rates[i]);
    }
    if (top_rate == 0) top_rate = tensors.front().learning_rate;
    AdamW optimizer(std::move(tensors), options_.optimizer, state_.optimizer);
    std::optional<TrainState> last_step;  // of an epoch whose end is being measured
    try {
      while (state_.phase_epochs < plan.epochs && !is_over()) {
        const double epoch_weight = run_epoch(optimizer);
        if (paused_) break;
        if (services_.keeper != nullptr) last_step = state_;
        ++state_.epoch;
        ++state_.phase_epochs;
        state_.steps = 0;
        EpochRow row{.phase = state_.phase, .epoch = state_.epoch};
        row.train_loss = std::exchange(state_.loss_sum, 0) / epoch_weight;
        row.examples_per_second = static_cast<double>(train_.size()) / state_.epoch_seconds;
        row.learning_rate = top_rate * rate_factor(state_.phase_epochs * steps_per_epoch() - 1);
        finish_epoch(row, std::exchange(state_.epoch_seconds, 0));
        last_step.reset();
      }
    } catch (const InterruptedError&) {
      if (services_.keeper != nullptr && !is_kept_) {
        TrainState& left = last_step ? *last_step : state_;
        left.optimizer = optimizer.state();
        keep(left);
      }
      throw;
    }
    for (model::Parameter* parameter : parameters) parameter->value = parameter->value.detach();
    if (paused_ || is_over()) return;
    ++state_.phase;
    state_.phase_epochs = 0;
    state_.optimizer = {};
  }

  /// What is left of the epoch at work; returns what all its texts count for.
  double run_epoch(AdamW& optimizer) {
    const auto start = Clock::now();
    const double seconds_before = state_.epoch_seconds;
    const std::vector<std::size_t> order = objective_.order(train_, options_.seed, state_.epoch + 1);
    const std::size_t full = texts_per_step();
    for (std::size_t begin = static_cast<std::size_t>(state_.steps) * full; begin < order.size(); begin += full) {
      throw_if_interrupted();
      const auto batch = std::span(order).subspan(begin, std::min(full, order.size() - begin));
      const double loss = step(optimizer, batch, begin + full >= order.size());
      ++state_.steps;
      is_kept_ = false;
      state_.epoch_seconds = seconds_before + seconds_since(start);
      if (services_.progress) {
        const std::size_t seen = begin + batch.size();
        services_.progress({.stage = services_.stage,
                            .done = static_cast<std::size_t>(state_.phase_epochs) * order.size() + seen,
                            .total = static_cast<std::size_t>(plan().epochs) * order.size(),
                            .loss = loss,
                            .examples_per_second = static_cast<double>(seen) / state_.epoch_seconds});
      }
      if (services_.keeper != nullptr && services_.keeper->wants(false)) {
        state_.optimizer = optimizer.state();
        keep(state_);
      }
      if (!services_.after_step) continue;
      state_.optimizer = optimizer.state();
      paused_ = !services_.after_step(state_);
      if (paused_) break;
    }
    return objective_.weight(texts_of(order));
  }

  /// Returns the loss over `batch`.
  double step(AdamW& optimizer, std::span<const std::size_t> batch, bool is_last_of_epoch) {
    const std::size_t micro = batch_size_;
    const double batch_weight = objective_.weight(texts_of(batch));
    if (batch_weight <= 0) return 0;
    double loss = 0;
    for (std::size_t at = 0; at < batch.size(); at += micro) {
      const Texts part = texts_of(batch.subspan(at, std::min(micro, batch.size() - at)));
      const double weight = objective_.weight(part);
      if (weight > 0) loss += backward(part, weight / batch_weight);
    }
    const double norm = optimizer.gradient_norm();
    const auto diverged = [&](const std::string& found) {
      return NonFiniteError(concat("training diverged at step ", state_.steps + 1, " of epoch ", state_.epoch + 1, ": ",
                                   found, "; the batch's texts: ", list_origins(*train_.set, batch),
                                   ". Lower the learning rate or set training.max_grad_norm"));
    };
    if (!std::isfinite(loss) || !std::isfinite(norm)) {
      throw diverged(concat("loss ", loss, ", gradient norm ", norm, ", expected finite ones"));
    }
    const double factor = rate_factor(state_.phase_epochs * steps_per_epoch() + state_.steps);
    optimizer.step(factor, norm);
    // The next step would find it in the loss; after the last there is none.
    if (is_last_of_epoch && !optimizer.finite()) throw diverged("its update made a weight non-finite");
    track_untouched_rows(factor);
    state_.loss_sum += loss * batch_weight;
    return loss;
  }

  /// Adds the gradient of the weighted mean loss over `part` times `share`; returns that loss times `share`.
  double backward(const Texts& part, double share) {
    Texts batch = part;
    for (std::size_t pass = 1; pass < objective_.passes(); ++pass) {
      batch.indices.insert(batch.indices.end(), part.indices.begin(), part.indices.end());
    }
    const model::ForwardMode mode{true, options_.seed, state_.forwards++};
    const Outputs outputs = forward(classifier_, *batch.set, prefixes_.train(), batch.indices, services_.pad_id, mode);
    const at::Tensor loss = objective_.loss(outputs, batch) * share;
    loss.backward();
    return loss.item<double>();
  }

  /// Where l2_sp pulls to in every phase: the weights before the first.
  void remember_starts() {
    const std::vector<model::Parameter*> parameters = classifier_.used_parameters();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const bool trains =
          std::ranges::any_of(plans_, [&](const PhasePlan& plan) { return plan.learning_rates[i] > 0; });
      state_.starts.push_back(trains ? parameters[i]->value.detach().clone() : at::Tensor());
    }
  }

  /// Rows of the embedding table that never occur only decay, and are pulled to where they started.
  void track_untouched_rows(double factor) {
    const std::vector<model::Parameter*> parameters = classifier_.used_parameters();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const double rate = plan().learning_rates[i];
      if (!parameters[i]->by_token || rate <= 0) continue;
      state_.untouched_factor =
          AdamW::untouched_factor(state_.untouched_factor, rate * factor, true, options_.optimizer);
    }
  }

  /// The linear head as the optimum over the features as they are now.
  void solve_head(const CrossEntropyOptions& loss) {
    prefixes_.prepare(classifier_.encoder().spec().depth());
    const at::NoGradGuard no_grad;
    const at::Tensor features =
        classifier_.features(rows_at(prefixes_.train()->rows, train_.indices).to(classifier_.device())).cpu();
    const LinearHead head =
        solve_probe(make_problem(features, train_, classifier_.head().num_labels, loss), options_.C);
    classifier_.set_head(head.weight, head.bias);
  }

  /// Validates, records the row and decides whether to go on; `seconds` is what the epoch took until now.
  void finish_epoch(EpochRow row, double seconds) {
    const auto start = Clock::now();
    if (validation_ != nullptr) {
      const Outputs outputs =
          compute_outputs(classifier_, *validation_, prefixes_.validation(), services_.pad_id, services_.stage, {});
      const Answers answers = objective_.answers(outputs, *validation_, options_.seed);
      set_validation(row, answers);
      if (options_.metric) consider_best(row, *options_.metric);
    }
    row.seconds = seconds + seconds_since(start);
    log_row(services_.stage, row);
    state_.rows.push_back(row);
  }

  void consider_best(const EpochRow& row, Metric metric) {
    const double value = metric_value(row, metric);
    if (!state_.best || value > state_.best->value) {
      state_.best = {row.epoch, value, state_.untouched_factor, Snapshot(classifier_, &plans_)};
    } else if (options_.patience > 0 && row.epoch - state_.best->epoch >= options_.patience) {
      state_.stopped_early = true;
    }
  }

  [[nodiscard]] Texts texts_of(std::span<const std::size_t> batch) const {
    return {*train_.set, {batch.begin(), batch.end()}};
  }
  [[nodiscard]] const PhasePlan& plan() const { return plans_[state_.phase]; }
  [[nodiscard]] std::size_t texts_per_step() const {
    return batch_size_ * static_cast<std::size_t>(options_.gradient_accumulation_steps);
  }
  [[nodiscard]] std::int64_t steps_per_epoch() const {
    return static_cast<std::int64_t>((train_.size() + texts_per_step() - 1) / texts_per_step());
  }
  /// What the phase's learning rates are multiplied by at its step `step`, from 0.
  [[nodiscard]] double rate_factor(std::int64_t step) const {
    const std::int64_t total = steps_per_epoch() * plan().epochs;
    return schedule_factor(options_.schedule, step, total, warmup_steps(options_.warmup_ratio, total));
  }

  model::Classifier& classifier_;
  const Texts& train_;
  const Texts* validation_;
  const std::vector<PhasePlan>& plans_;
  const Objective& objective_;
  const FitOptions& options_;
  const FitServices& services_;
  std::size_t batch_size_;
  Prefixes prefixes_;
  TrainState state_;
  bool paused_ = false;
  bool is_kept_ = false;  ///< the state after the last step
};

}  // namespace

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

bool is_solved(const PhasePlan& plan, model::Classifier& classifier, const Objective& objective) {
  return objective.as_cross_entropy() != nullptr && is_convex(plan, classifier);
}

Answers answers_of(const at::Tensor& logits, const Texts& texts) {
  if (texts.set->multi_label) return {logits, {}, rows_at(texts.set->targets, texts.indices)};
  return {logits, texts.labels()};
}

void set_validation(EpochRow& row, const Answers& answers) {
  if (answers.targets.defined()) {
    const evaluation::MultiLabelScores scores = to_scores(answers.logits, answers.targets);
    const std::vector<double> thresholds(scores.num_labels, evaluation::best_shared_threshold(scores).threshold);
    const evaluation::MultiLabelMetrics metrics = evaluation::compute_metrics(scores, thresholds);
    row.validation_accuracy = metrics.accuracy;
    row.validation_macro_f1 = metrics.macro.f1;
    row.validation_log_loss = metrics.log_loss;
    return;
  }
  const evaluation::Metrics metrics = evaluation::compute_metrics(to_scores(answers.logits, answers.labels));
  row.validation_accuracy = metrics.accuracy;
  row.validation_macro_f1 = metrics.macro.f1;
  row.validation_log_loss = metrics.log_loss;
}

evaluation::Scores to_scores(const at::Tensor& logits, const std::vector<std::int32_t>& labels, double temperature) {
  const at::Tensor rows = logits.to(at::kCPU, at::kFloat).contiguous();
  const auto columns = static_cast<std::size_t>(rows.size(1));
  const std::span<const float> values(rows.const_data_ptr<float>(), static_cast<std::size_t>(rows.numel()));
  return {columns, labels, evaluation::softmax(values, columns, temperature)};
}

evaluation::MultiLabelScores to_scores(const at::Tensor& logits, const at::Tensor& targets, double temperature) {
  const at::Tensor probabilities = at::sigmoid(logits.to(at::kCPU, at::kDouble) / temperature).contiguous();
  const at::Tensor truths = targets.to(at::kCPU, at::kByte).contiguous();
  const double* p = probabilities.const_data_ptr<double>();
  const std::uint8_t* t = truths.const_data_ptr<std::uint8_t>();
  return {static_cast<std::size_t>(logits.size(1)), {t, t + truths.numel()}, {p, p + probabilities.numel()}};
}

TrainState fit(model::Classifier& classifier, const Texts& train, const std::optional<Texts>& validation,
               const std::vector<PhasePlan>& plans, const Objective& objective, const FitOptions& options,
               const FitServices& services, TrainState state) {
  if (state.finished) return state;
  const std::vector<model::Parameter*> parameters = classifier.used_parameters();
  const bool trains_words = std::any_of(plans.begin(), plans.end(), [&](const PhasePlan& plan) {
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      if (parameters[i]->by_token) return plan.learning_rates[i] > 0;
    }
    return false;
  });
  const Texts* held_out = validation ? &*validation : nullptr;
  if (!trains_words) {
    return Fitter(classifier, train, held_out, plans, objective, options, services, std::move(state)).run();
  }
  std::vector<const EncodedSet*> sets{train.set};
  if (held_out != nullptr && held_out->set != train.set) sets.push_back(held_out->set);
  CompactVocabulary vocabulary(classifier.encoder(), sets, services.pad_id);
  FitServices compact_services = services;
  compact_services.pad_id = vocabulary.remap(services.pad_id);
  const EncodedSet compact_set = vocabulary.remap(*train.set);
  const EncodedSet other_set = sets.size() > 1 ? vocabulary.remap(*held_out->set) : EncodedSet{};
  const Texts compact_train(compact_set, train.indices);
  std::optional<Texts> compact_held_out;
  if (held_out != nullptr) compact_held_out.emplace(sets.size() > 1 ? other_set : compact_set, held_out->indices);
  TrainState result = Fitter(classifier, compact_train, compact_held_out ? &*compact_held_out : nullptr, plans,
                             objective, options, compact_services, std::move(state))
                          .run();
  // What goes on later multiplies the rows once, at its end.
  if (result.finished) vocabulary.untouched_factor = result.untouched_factor;
  return result;
}

}  // namespace tt::training
