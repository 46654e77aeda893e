#include "transfer_tune/training/fit.hpp"
#include "support/messages.hpp"

#include "support/temporary_directory.hpp"
#include "training/toy.hpp"
#include "transfer_tune/checkpoint/safetensors.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/training/forward.hpp"
#include "transfer_tune/training/probe.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace {

using namespace tt;
using namespace tt::training;
using tests::holds;
using tests::identical;
using tests::kPad;
using tests::toy_classifier;
using tests::toy_plans;
using tests::toy_set;
using tests::values_of;
using Phases = std::vector<std::vector<std::string>>;

FitOptions options_of(std::uint64_t seed = 1) {
  FitOptions options;
  options.batch_size = 8;
  options.optimizer.weight_decay = 0.01;
  options.optimizer.max_grad_norm = 1;
  options.seed = seed;
  return options;
}

/// Fits as nearly every test here does.
TrainState fit_plainly(model::Classifier& classifier, const Texts& train, const std::optional<Texts>& validation,
                       const std::vector<PhasePlan>& plans, const FitOptions& options,
                       const CrossEntropyOptions& loss = {}, const ProgressCallback& progress = {}) {
  return fit(classifier, train, validation, plans, *make_cross_entropy(loss), options,
             {.pad_id = kPad, .progress = progress});
}

/// The weights after a fit from the same start.
std::vector<at::Tensor> fitted(const Phases& phases, std::int64_t epochs, const FitOptions& options,
                               const CrossEntropyOptions& loss = {}, double dropout = 0.1) {
  model::Classifier classifier = toy_classifier(tests::kMeanHead, dropout);
  const auto plans = toy_plans(classifier, phases, epochs);
  (void)fit_plainly(classifier, toy_set(24, 7), std::nullopt, plans, options, loss);
  return values_of(classifier);
}

/// Texts whose labels are those of others: the more is learnt, the worse they are answered.
EncodedSet misleading_set() {
  EncodedSet set = toy_set(15, 8);
  for (std::int32_t& label : set.labels) label = (label + 1) % 3;
  return set;
}

struct PolicyCase {
  std::string name;
  model::HeadSpec head;
  Phases phases;
};

class Policies : public testing::TestWithParam<PolicyCase> {};

TEST_P(Policies, FrozenParametersStayBitIdenticalAndAllOthersMove) {
  model::Classifier classifier = toy_classifier(GetParam().head);
  const auto plans = toy_plans(classifier, GetParam().phases, 2);
  std::vector<at::Tensor> all_before;
  for (const model::Parameter* parameter : classifier.all_parameters()) all_before.push_back(parameter->value.clone());
  const std::vector<at::Tensor> before = values_of(classifier);
  const TrainState result = fit_plainly(classifier, toy_set(24, 7), std::nullopt, plans, options_of());
  EXPECT_FALSE(result.rows.empty());
  const auto parameters = classifier.used_parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const bool trained =
        std::any_of(plans.begin(), plans.end(), [&](const PhasePlan& plan) { return plan.learning_rates[i] > 0; });
    EXPECT_EQ(at::equal(parameters[i]->value, before[i]), !trained) << parameters[i]->name;
    EXPECT_FALSE(parameters[i]->value.requires_grad()) << parameters[i]->name;
  }
  if (GetParam().head.pooling != model::Pooling::mean) return;
  const auto all = classifier.all_parameters();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i]->group != "pooler") continue;
    EXPECT_TRUE(at::equal(all[i]->value, all_before[i])) << all[i]->name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Each, Policies,
    testing::Values(PolicyCase{"Frozen", tests::kMeanHead, {{"head"}}},
                    PolicyCase{"TopLayer", tests::kMeanHead, {{"head", "layer.last-1"}}},
                    PolicyCase{"AllLayers", tests::kMeanHead, {{"head", "layer.*"}}},
                    PolicyCase{"Full", tests::kMeanHead, {{"head", "layer.*", "embeddings"}}},
                    PolicyCase{"Gradual",
                               tests::kMeanHead,
                               {{"head"}, {"head", "layer.last-2"}, {"head", "layer.*", "embeddings"}}},
                    PolicyCase{"Biases", tests::kMeanHead, {{"head", "*.bias"}}},
                    PolicyCase{"EncoderAlone", tests::kMeanHead, {{"layer.1"}}},
                    PolicyCase{"DownAndUpAgain", tests::kMeanHead, {{"layer.0"}, {"layer.2"}, {"head"}}},
                    PolicyCase{"NativeFrozen", tests::kNativeHead, {{"head"}}},
                    PolicyCase{"NativePooler", tests::kNativeHead, {{"head", "pooler"}}},
                    PolicyCase{"NativeFull", tests::kNativeHead, {{"head", "pooler", "layer.*", "embeddings"}}}),
    [](const auto& policy) { return policy.param.name; });

TEST(Fit, TheSeedDecidesEverything) {
  const Phases full{{"*"}};
  const auto first = fitted(full, 2, options_of(1));
  EXPECT_TRUE(identical(first, fitted(full, 2, options_of(1))));
  EXPECT_FALSE(identical(first, fitted(full, 2, options_of(2))));
}

/// Options under which the direction of a step is not rounding's where there is next to no gradient.
FitOptions steady_options(std::int64_t batch_size, std::int64_t gradient_accumulation_steps) {
  FitOptions options = options_of();
  options.optimizer.epsilon = 1e-3;
  options.batch_size = batch_size;
  options.gradient_accumulation_steps = gradient_accumulation_steps;
  return options;
}

TEST(Fit, AStepDoesNotDependOnHowItsBatchIsCut) {
  for (const std::vector<double>& weights : {std::vector<double>{}, std::vector<double>{1, 50, 0.02}}) {
    for (const double smoothing : {0.0, 0.1}) {
      const auto fitted_in = [&](std::int64_t batch_size, std::int64_t steps) {
        return fitted({{"*"}}, 2, steady_options(batch_size, steps), {weights, smoothing}, 0);
      };
      const auto whole = fitted_in(10, 1);
      EXPECT_LE(tests::distance(whole, fitted_in(5, 2)), 2e-5);
      EXPECT_LE(tests::distance(whole, fitted_in(1, 10)), 2e-5);
      EXPECT_GT(tests::distance(whole, fitted_in(5, 1)), 1e-3);
    }
  }
}

/// Three in ten texts count for nothing, and targets are spread.
EncodedSet weighted_set() {
  EncodedSet set = toy_set(24, 7);
  set.targets = at::one_hot(at::tensor(set.labels, at::kLong), tests::kLabels).to(at::kFloat) * 0.7 + 0.1;
  for (std::size_t i = 0; i < set.size(); ++i) set.weights.push_back(i % 10 < 3 ? 0.0F : 0.25F * static_cast<float>(i));
  return set;
}

TEST(Fit, NorDoesItWhereTextsHaveWeightsAndTargets) {
  const EncodedSet set = weighted_set();
  const auto fitted_in = [&](std::int64_t batch_size, std::int64_t steps) {
    model::Classifier classifier = toy_classifier(tests::kMeanHead, 0);
    const TrainState result = fit_plainly(classifier, set, std::nullopt, toy_plans(classifier, {{"*"}}, 2),
                                          steady_options(batch_size, steps), {{1, 5, 0.2}, 0.1});
    EXPECT_TRUE(std::isfinite(result.rows.back().train_loss));
    return values_of(classifier);
  };
  const auto whole = fitted_in(10, 1);
  EXPECT_LE(tests::distance(whole, fitted_in(5, 2)), 2e-5);
  EXPECT_LE(tests::distance(whole, fitted_in(1, 10)), 2e-5);
  EXPECT_GT(tests::distance(whole, fitted_in(5, 1)), 1e-3);
}

TEST(Fit, ClassWeightsCountAtBatchesOfOneText) {
  const auto plain = fitted({{"*"}}, 1, steady_options(1, 8), {}, 0);
  EXPECT_GT(tests::distance(plain, fitted({{"*"}}, 1, steady_options(1, 8), {{0.001, 1, 1000}}, 0)), 1e-3);
}

TEST(Fit, LearnsWhatTellsTheLabelsApart) {
  model::Classifier classifier = toy_classifier(tests::kMeanHead);
  const auto plans = toy_plans(classifier, {{"head", "layer.*", "embeddings"}}, 15);
  const EncodedSet train = toy_set(60, 10);
  FitOptions options = options_of();
  options.warmup_ratio = 0.1;
  const TrainState result = fit_plainly(classifier, train, std::nullopt, plans, options);
  ASSERT_EQ(result.rows.size(), 15U);
  EXPECT_LT(result.rows.back().train_loss, 0.5 * result.rows.front().train_loss);
  EXPECT_EQ(result.kept_epoch(), 15);
  EXPECT_TRUE(std::isnan(result.rows.back().validation_accuracy));
  const at::Tensor answers = compute_logits(classifier, train, nullptr, kPad, "", {}).argmax(1);
  EXPECT_GE((answers == at::tensor(train.labels, at::kLong)).sum().item<std::int64_t>(), 54);
}

TEST(Fit, PutsTheBestEpochBack) {
  const EncodedSet validation = misleading_set();
  FitOptions options = options_of();
  options.metric = Metric::log_loss;
  const Phases layers{{"head", "layer.*"}};
  model::Classifier classifier = toy_classifier(tests::kMeanHead);
  const auto plans = toy_plans(classifier, layers, 12);
  const TrainState result = fit_plainly(classifier, toy_set(24, 7), validation, plans, options);
  ASSERT_EQ(result.rows.size(), 12U);
  ASSERT_LT(result.kept_epoch(), 12);
  EXPECT_FALSE(result.stopped_early);
  const EpochRow& best = result.rows[static_cast<std::size_t>(result.kept_epoch() - 1)];
  for (const EpochRow& row : result.rows) EXPECT_GE(row.validation_log_loss, best.validation_log_loss);
  const auto metrics = evaluation::compute_metrics(
      to_scores(compute_logits(classifier, validation, nullptr, kPad, "", {}), validation.labels));
  EXPECT_NEAR(metrics.log_loss, best.validation_log_loss, 1e-6);
  EXPECT_EQ(metrics.accuracy, best.validation_accuracy);
  // What is put back is what as many epochs of the same plan give.
  options.stop_after = result.kept_epoch();
  EXPECT_TRUE(identical(values_of(classifier), fitted(layers, 12, options)));
}

TEST(Fit, PutsTheBestEpochBackUnderFullTuningToo) {
  const EncodedSet validation = misleading_set();
  FitOptions options = options_of();
  options.metric = Metric::log_loss;
  options.optimizer.weight_decay = 1;
  model::Classifier classifier = toy_classifier(tests::kMeanHead);
  const auto plans = toy_plans(classifier, {{"*"}}, 12);
  const TrainState result = fit_plainly(classifier, toy_set(24, 7), validation, plans, options);
  ASSERT_LT(result.kept_epoch(), 12);
  options.stop_after = result.kept_epoch();
  EXPECT_LE(tests::distance(values_of(classifier), fitted({{"*"}}, 12, options)), 1e-5);
}

TEST(Fit, StopsAfterEpochsWithoutGain) {
  const EncodedSet validation = misleading_set();
  FitOptions options = options_of();
  options.metric = Metric::log_loss;
  options.patience = 2;
  model::Classifier classifier = toy_classifier(tests::kMeanHead);
  const auto plans = toy_plans(classifier, {{"head", "layer.*"}}, 12);
  const TrainState result = fit_plainly(classifier, toy_set(24, 7), validation, plans, options);
  EXPECT_TRUE(result.stopped_early);
  EXPECT_LT(result.rows.size(), 12U);
  EXPECT_EQ(static_cast<std::int64_t>(result.rows.size()), result.kept_epoch() + 2);
}

TEST(Fit, StopAfterKeepsThePlannedSchedule) {
  FitOptions options = options_of();
  options.warmup_ratio = 0.25;
  const EncodedSet train = toy_set(24, 7);
  model::Classifier whole = toy_classifier(tests::kMeanHead);
  const auto plans = toy_plans(whole, {{"head", "layer.*"}, {"head", "layer.last-1"}}, 3);
  const TrainState all = fit_plainly(whole, train, std::nullopt, plans, options);
  options.stop_after = 4;
  model::Classifier part = toy_classifier(tests::kMeanHead);
  const TrainState some = fit_plainly(part, train, std::nullopt, plans, options);
  ASSERT_EQ(all.rows.size(), 6U);
  ASSERT_EQ(some.rows.size(), 4U);
  for (std::size_t i = 0; i < some.rows.size(); ++i) {
    EXPECT_EQ(some.rows[i].learning_rate, all.rows[i].learning_rate);
    EXPECT_EQ(some.rows[i].train_loss, all.rows[i].train_loss);
    EXPECT_EQ(some.rows[i].phase, i / 3);
    EXPECT_EQ(some.rows[i].epoch, static_cast<std::int64_t>(i) + 1);
  }
  EXPECT_EQ(some.kept_epoch(), 4);
  // Three steps an epoch, nine a phase, three of them warm-up.
  EXPECT_NEAR(all.rows[0].learning_rate, tests::kEncoderRate * 2 / 3, 1e-9);
  EXPECT_NEAR(all.rows[2].learning_rate, tests::kEncoderRate * 1 / 6, 1e-9);
}

TEST(Fit, ASolvedHeadIsAnEpochBeforeTheFirst) {
  const EncodedSet train = toy_set(24, 7);
  const EncodedSet validation = toy_set(9, 11);
  model::Classifier classifier = toy_classifier(tests::kMeanHead);
  FitOptions options = options_of();
  const LinearHead head = solve_probe(
      {ActivationStore().features(classifier, train, kPad, "", {}), train.labels, tests::kLabels, {}, 0}, 1);
  classifier.set_head(head.weight, head.bias);
  const auto logits = compute_logits(classifier, validation, nullptr, kPad, "", {});
  options.head_solved = true;
  const auto plans = toy_plans(classifier, {{"head"}, {"head", "layer.last-1"}}, 2);
  const TrainState result = fit_plainly(classifier, train, validation, plans, options);
  ASSERT_EQ(result.rows.size(), 4U);  // solved, the convex phase, two epochs
  EXPECT_EQ(result.rows[0].epoch, 0);
  EXPECT_TRUE(std::isnan(result.rows[0].train_loss));
  const auto metrics = evaluation::compute_metrics(to_scores(logits, validation.labels));
  EXPECT_NEAR(result.rows[0].validation_log_loss, metrics.log_loss, 1e-6);
  EXPECT_NEAR(result.rows[1].validation_log_loss, metrics.log_loss, 1e-6);
}

TEST(Fit, AHeadAloneIsSolvedNotStepped) {
  const EncodedSet train = toy_set(24, 7);
  model::Classifier classifier = toy_classifier(tests::kMeanHead);
  const LinearHead head = solve_probe(
      {ActivationStore().features(classifier, train, kPad, "", {}), train.labels, tests::kLabels, {}, 0}, 5);
  FitOptions options = options_of();
  options.C = 5;
  const auto plans = toy_plans(classifier, {{"head"}}, 9);
  EXPECT_TRUE(is_convex(plans[0], classifier));
  const TrainState result = fit_plainly(classifier, train, std::nullopt, plans, options);
  EXPECT_EQ(result.rows.size(), 1U);
  EXPECT_LE((classifier.head_weight() - head.weight).abs().max().item<double>(), 1e-5);
  EXPECT_LE((classifier.head_bias() - head.bias).abs().max().item<double>(), 1e-5);
}

TEST(Fit, OnlyAWholeHeadOverFixedFeaturesIsConvex) {
  model::Classifier mean = toy_classifier(tests::kMeanHead);
  model::Classifier native = toy_classifier(tests::kNativeHead);
  EXPECT_TRUE(is_convex(toy_plans(native, {{"head"}}, 1)[0], native));
  EXPECT_FALSE(is_convex(toy_plans(native, {{"head", "pooler"}}, 1)[0], native));
  EXPECT_FALSE(is_convex(toy_plans(mean, {{"head", "layer.0"}}, 1)[0], mean));
  EXPECT_FALSE(is_convex(toy_plans(mean, {{"classifier.bias"}}, 1)[0], mean));
}

TEST(Fit, ClassWeightsAndSmoothingChangeTheLoss) {
  const Phases layers{{"head", "layer.*"}};
  const auto plain = fitted(layers, 1, options_of());
  EXPECT_FALSE(identical(plain, fitted(layers, 1, options_of(), {{1, 5, 0.2}})));
  EXPECT_LE(tests::distance(plain, fitted(layers, 1, options_of(), {{1, 1, 1}})), 1e-4);
  EXPECT_FALSE(identical(plain, fitted(layers, 1, options_of(), {{}, 0.3})));
}

std::string divergence(model::Classifier& classifier, const std::vector<PhasePlan>& plans, const FitOptions& options) {
  return tests::message_of<NonFiniteError>(
      [&] { (void)fit_plainly(classifier, toy_set(24, 7), std::nullopt, plans, options); });
}

TEST(Fit, ANonFiniteLossNamesItsTexts) {
  model::Classifier classifier = toy_classifier(tests::kMeanHead);
  classifier.head_weight()[0][0] = std::numeric_limits<float>::quiet_NaN();
  const std::string message = divergence(classifier, toy_plans(classifier, {{"*"}}, 1), options_of());
  EXPECT_TRUE(holds(message, "step 1 of epoch 1"));
  EXPECT_TRUE(holds(message, "toy.csv:"));
  // The table is whole again.
  EXPECT_EQ(classifier.encoder().word_embeddings().size(0), 60);
}

TEST(Fit, AnAbsurdLearningRateIsNoticed) {
  model::Classifier classifier = toy_classifier(tests::kMeanHead);
  auto plans = toy_plans(classifier, {{"head", "layer.*"}}, 3);
  for (double& rate : plans[0].learning_rates) rate *= 1e35;
  FitOptions options = options_of();
  options.optimizer.max_grad_norm = 0;
  EXPECT_NE(divergence(classifier, plans, options), "");
}

TEST(Fit, TheLastStepIsWatchedToo) {
  model::Classifier classifier = toy_classifier(tests::kMeanHead);
  auto plans = toy_plans(classifier, {{"head", "layer.*"}}, 1);
  for (double& rate : plans[0].learning_rates) rate *= 1e38;
  FitOptions options = options_of();
  options.batch_size = 24;
  options.optimizer = {.weight_decay = 1e3};
  const std::string message = divergence(classifier, plans, options);
  EXPECT_TRUE(holds(message, "step 1 of epoch 1"));
  EXPECT_TRUE(holds(message, "toy.csv:"));
}

TEST(Fit, AnInterruptionEndsItAtTheNextStep) {
  const std::shared_ptr<void> reset(nullptr, [](void*) { request_interrupt(0); });
  model::Classifier classifier = toy_classifier(tests::kMeanHead);
  const auto plans = toy_plans(classifier, {{"*"}}, 3);
  int steps = 0;
  const auto stop = [&](const Progress&) {
    if (++steps == 2) request_interrupt(2);
  };
  EXPECT_THROW((void)fit_plainly(classifier, toy_set(24, 7), std::nullopt, plans, options_of(), {}, stop),
               InterruptedError);
  EXPECT_EQ(steps, 2);
  EXPECT_EQ(classifier.encoder().word_embeddings().size(0), 60);
}

/// What a fit of everything that a state holds works with: two phases, one of them over the embedding table, weights
/// pulled back, dropout, and an epoch to choose.
struct Paused {
  EncodedSet train = toy_set(20, 7);
  EncodedSet validation = misleading_set();
  FitOptions options = options_of();
  std::unique_ptr<Objective> objective = make_cross_entropy({{1, 2, 0.5}, 0.1});

  Paused() {
    options.metric = Metric::log_loss;
    options.optimizer.l2_sp = 0.1;
    options.gradient_accumulation_steps = 2;
    options.batch_size = 4;
  }

  /// Until `after_step` says no.
  [[nodiscard]] TrainState run(model::Classifier& classifier, TrainState state,
                               const std::function<bool(const TrainState&)>& after_step = {},
                               FitKeeper* keeper = nullptr, const ProgressCallback& progress = {}) const {
    const auto plans = toy_plans(classifier, {{"head", "layer.last-1"}, {"*"}}, 2);
    return fit(classifier, train, validation, plans, *objective, options,
               {.pad_id = kPad, .progress = progress, .keeper = keeper, .after_step = after_step}, std::move(state));
  }
};

/// The state after it was written to a file and read again.
TrainState through_a_file(const TrainState& state) {
  const tests::TemporaryDirectory directory;
  checkpoint::write_safetensors(directory.path() / "state.safetensors", to_tensors(state));
  return from_tensors(checkpoint::read_safetensors(directory.path() / "state.safetensors"));
}

TEST(Fit, GoesOnFromAnyStepAsIfItHadNeverPaused) {
  const Paused fits;
  model::Classifier whole = toy_classifier(tests::kMeanHead);
  int steps = 0;
  const TrainState expected = fits.run(whole, {}, [&](const TrainState&) { return ++steps > 0; });
  ASSERT_EQ(steps, 12);
  ASSERT_TRUE(expected.finished);
  for (int pause = 1; pause <= steps; ++pause) {
    model::Classifier first = toy_classifier(tests::kMeanHead);
    int done = 0;
    const TrainState left = fits.run(first, {}, [&](const TrainState&) { return ++done < pause; });
    ASSERT_FALSE(left.finished);
    model::Classifier second = toy_classifier(tests::kMeanHead);
    Snapshot(first).restore(second);
    const TrainState result = fits.run(second, through_a_file(left));
    EXPECT_TRUE(result.finished);
    EXPECT_TRUE(identical(values_of(second), values_of(whole))) << "paused after step " << pause;
    EXPECT_EQ(result.kept_epoch(), expected.kept_epoch());
    ASSERT_EQ(result.rows.size(), expected.rows.size());
    for (std::size_t i = 0; i < result.rows.size(); ++i) {
      EXPECT_EQ(result.rows[i].train_loss, expected.rows[i].train_loss) << "paused after step " << pause;
      EXPECT_EQ(result.rows[i].validation_log_loss, expected.rows[i].validation_log_loss);
    }
  }
}

/// Writes down what a fit hands on, and asks it to stop at some moment.
class File : public FitKeeper {
 public:
  explicit File(int stop) : stop_(stop) {}
  bool wants(bool ended) override {
    ended_ = ended;
    if (++asked_ == stop_ && !late_) request_interrupt(2);
    return interrupted() || ended;
  }
  void keep(const TrainState& state) override { left = through_a_file(state); }
  /// Stops in what comes between two steps instead.
  void stop_late() { late_ = true; }
  [[nodiscard]] bool is_at() const { return asked_ == stop_; }
  [[nodiscard]] bool ended() const { return ended_; }

  std::optional<TrainState> left;

 private:
  int stop_;
  int asked_ = 0;
  bool late_ = false;
  bool ended_ = false;
};

TEST(Fit, HandsOnAllThatAnotherProcessGoesOnFrom) {
  const std::shared_ptr<void> reset(nullptr, [](void*) { request_interrupt(0); });
  const Paused fits;
  model::Classifier whole = toy_classifier(tests::kMeanHead);
  const TrainState expected = fits.run(whole, {});
  for (const bool late : {false, true}) {
    for (int stop = 1; stop <= 13; ++stop) {
      File file(stop);
      if (late) file.stop_late();
      model::Classifier first = toy_classifier(tests::kMeanHead);
      // Every 3rd step is an epoch's last: the late request then comes while its end is measured.
      const ProgressCallback progress = [&](const Progress&) {
        if (late && file.is_at()) request_interrupt(2);
      };
      try {
        (void)fits.run(first, {}, {}, &file, progress);
      } catch (const InterruptedError&) {
      }
      request_interrupt(0);
      ASSERT_TRUE(file.left) << stop;
      EXPECT_TRUE(stop == 12 || file.ended() == (stop == 13)) << stop;  // at the 12th nothing but the end is left
      model::Classifier second = toy_classifier(tests::kMeanHead);
      const TrainState result = fits.run(second, *file.left);
      EXPECT_TRUE(result.finished);
      EXPECT_TRUE(identical(values_of(second), values_of(whole))) << "stopped at " << stop << ' ' << late;
      EXPECT_EQ(result.kept_epoch(), expected.kept_epoch());
      EXPECT_EQ(result.rows.size(), expected.rows.size());
    }
  }
}

TEST(Fit, RefusesAStateOfOtherWeights) {
  const Paused fits;
  File file(-1);
  model::Classifier classifier = toy_classifier(tests::kMeanHead);
  (void)fits.run(classifier, {}, {}, &file);
  const auto expect_refused = [&](const TrainState& state) {
    EXPECT_TRUE(holds(tests::message_of<CheckpointError>([&] { (void)fits.run(classifier, state); }),
                      "saved training state: found weights of another encoder"));
  };
  TrainState state = file.left.value();
  state.weights.back() = at::zeros({1});
  expect_refused(state);
  state = file.left.value();
  for (at::Tensor& weight : state.weights) weight = weight.defined() ? weight.to(at::kDouble) : weight;
  expect_refused(state);
  // Lists that are too short would be read beyond their end, also where the classifier has its weights.
  state = file.left.value();
  state.weights.clear();
  state.starts = {at::zeros({1})};
  expect_refused(state);
  state.starts.clear();
  state.best = BestEpoch{.epoch = 5, .value = 1, .untouched_factor = 1, .weights = {}};
  expect_refused(state);
}

TEST(TrainState, RefusesTensorsThatAreNone) {
  const auto refused = [](const char* name, const std::optional<at::Tensor>& value) {
    checkpoint::NamedTensors tensors = to_tensors({});
    tensors.erase(name);
    if (value) tensors[name] = *value;
    return tests::message_of<CheckpointError>([&] { (void)from_tensors(tensors); });
  };
  EXPECT_EQ(refused("nothing", std::nullopt), "");
  EXPECT_TRUE(holds(refused("counts", std::nullopt), "\"counts\": found none"));
  EXPECT_TRUE(holds(refused("counts", at::zeros({3}, at::kLong)), "found 3 numbers"));
  EXPECT_TRUE(holds(refused("rows", at::zeros({10}, at::kDouble)), "found 10 numbers"));
  EXPECT_TRUE(holds(refused("figures", at::zeros({3}, at::kFloat)), "found another type"));
  EXPECT_TRUE(holds(refused("starts.count", at::full({1}, -1, at::kLong)), "\"starts.count\""));
}

TEST(Fit, TellsItsProgress) {
  model::Classifier classifier = toy_classifier(tests::kMeanHead);
  const auto plans = toy_plans(classifier, {{"*"}}, 2);
  std::vector<std::size_t> done;
  const auto note = [&](const Progress& progress) {
    EXPECT_EQ(progress.stage, "target");
    EXPECT_EQ(progress.total, 40U);
    EXPECT_TRUE(std::isfinite(progress.loss));
    done.push_back(progress.done);
  };
  (void)fit(classifier, toy_set(20, 7), std::nullopt, plans, *make_cross_entropy({}), options_of(),
            {.pad_id = kPad, .stage = "target", .progress = note});
  EXPECT_EQ(done, (std::vector<std::size_t>{8, 16, 20, 28, 36, 40}));
}

TEST(Snapshot, GoesBackToItsValues) {
  model::Classifier classifier = toy_classifier(tests::kMeanHead);
  const auto before = values_of(classifier);
  const Snapshot snapshot(classifier);
  for (model::Parameter* parameter : classifier.used_parameters()) parameter->value.add_(1);
  snapshot.restore(classifier);
  EXPECT_TRUE(identical(values_of(classifier), before));
  // Values of a snapshot are not shared with what it restored.
  for (model::Parameter* parameter : classifier.used_parameters()) parameter->value.add_(1);
  snapshot.restore(classifier);
  EXPECT_TRUE(identical(values_of(classifier), before));
}

TEST(Scores, AreTheSoftmaxOfTheLogits) {
  const auto scores = to_scores(at::tensor({0.0F, 0.0F, std::log(3.0F), 0.0F}).view({2, 2}), {1, -1});
  EXPECT_EQ(scores.num_classes, 2U);
  EXPECT_EQ(scores.labels, (std::vector<std::int32_t>{1, -1}));
  EXPECT_NEAR(scores.probabilities[2], 0.75, 1e-6);
  EXPECT_NEAR(scores.probabilities[0], 0.5, 1e-6);
}

TEST(Metric, LargerIsBetter) {
  EpochRow row;
  row.validation_accuracy = 0.5;
  row.validation_macro_f1 = 0.4;
  row.validation_log_loss = 0.3;
  EXPECT_EQ(metric_value(row, Metric::accuracy), 0.5);
  EXPECT_EQ(metric_value(row, Metric::macro_f1), 0.4);
  EXPECT_EQ(metric_value(row, Metric::log_loss), -0.3);
}

}  // namespace
