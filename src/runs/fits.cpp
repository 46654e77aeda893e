#include "runs/fits.hpp"

#include "transfer_tune/training/forward.hpp"
#include "transfer_tune/training/language_directions.hpp"
#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace tt::runs {
namespace {

/// Of an epoch over unlabelled texts; labelled ones are repeated until they are so many.
constexpr double kLabelledShare = 0.15;

Indices range(std::size_t begin, std::size_t count) {
  Indices out(count);
  std::iota(out.begin(), out.end(), begin);
  return out;
}

/// As many texts in all as `plans` have over `before` of them, if an epoch has `now`; one epoch a phase at least.
std::vector<training::PhasePlan> spread(std::vector<training::PhasePlan> plans, std::size_t before, std::size_t now) {
  const double share = static_cast<double>(before) / static_cast<double>(now);
  for (training::PhasePlan& plan : plans) {
    plan.epochs = std::max<std::int64_t>(1, std::llround(static_cast<double>(plan.epochs) * share));
  }
  return plans;
}

}  // namespace

Fits::Fits(const StageWork& work, const StageProbe* probe, bool once) : work_(work), probe_(probe) {
  if (!once) start_.emplace(work.classifier, &work.plans, training::Snapshot::Words::shared);
  if (probe == nullptr) return;
  const StageData& data = work.data;
  if (probe->uses_label_texts()) label_texts_ = range(data.train.size(), data.label_texts.size());
  if (probe->self_training() != nullptr) {
    unlabelled_ = range(data.train.size() + label_texts_.size(), data.unlabelled->size());
  }
  if (label_texts_.empty() && unlabelled_.empty()) return;
  set_ = label_texts_.empty() ? data.train : training::append(data.train, data.label_texts);
  if (!unlabelled_.empty()) set_ = training::append(set_, *data.unlabelled);
}

void Fits::reset() const {
  if (start_) start_->restore(work_.classifier);
}

training::TrainState Fits::run(FitUse use, const Indices& train, const std::optional<training::Texts>& validation,
                               const std::vector<training::PhasePlan>& plans, std::int64_t stop_after,
                               const std::string& what) const {
  reset();
  return work_.state.fit(work_.settings.name, use, [&](training::FitKeeper* keeper, training::TrainState from) {
    return this->train(train, validation, plans, stop_after, what, keeper, std::move(from));
  });
}

training::TrainState Fits::train(const Indices& train, const std::optional<training::Texts>& validation,
                                 const std::vector<training::PhasePlan>& plans, std::int64_t stop_after,
                                 const std::string& what, training::FitKeeper* keeper,
                                 training::TrainState from) const {
  std::optional<training::LinearHead> head;
  if (probe_ != nullptr) {
    head = probe_->solve(train);
    work_.classifier.set_head(head->weight, head->bias);
  }
  training::FitOptions options = work_.fit;
  options.stop_after = stop_after;
  const training::FitServices services{.pad_id = work_.settings.pad_id,
                                       .stage = work_.settings.name + what,
                                       .int8 = work_.settings.int8,
                                       .store = &work_.store,
                                       .progress = work_.progress,
                                       .keeper = keeper};
  const auto fit = [&](const training::Texts& texts, const std::vector<training::PhasePlan>& phases) {
    return training::fit(work_.classifier, texts, validation, phases, *work_.objective, options, services,
                         std::move(from));
  };
  if (set_.size() == 0) return fit({work_.data.train, train}, plans);
  Indices labelled = train;
  labelled.insert(labelled.end(), label_texts_.begin(), label_texts_.end());
  if (unlabelled_.empty()) return fit({set_, std::move(labelled)}, plans);
  const training::EncodedSet set = with_pseudo_labels(*head);
  Indices texts = unlabelled_;
  const double wanted = kLabelledShare / (1 - kLabelledShare) * static_cast<double>(unlabelled_.size());
  do {
    texts.insert(texts.end(), labelled.begin(), labelled.end());
  } while (static_cast<double>(texts.size() - unlabelled_.size()) < wanted);
  training::TrainState state = fit({set, texts}, spread(plans, labelled.size(), texts.size()));
  solve_again(labelled, services.stage);
  if (validation) measure_again(state, *validation, services.stage);
  return state;
}

/// All texts, the unlabelled ones answered by `head`: each counts for as much as the surest of its answers.
training::EncodedSet Fits::with_pseudo_labels(const training::LinearHead& head) const {
  training::EncodedSet set = set_;
  const std::size_t labelled = unlabelled_.front();
  const at::Tensor answers = training::pseudo_labels(head, probe_->unlabelled_features(), *probe_->self_training());
  const auto [surest, label] = answers.max(1);
  set.weights.resize(labelled, 1.0F);
  for (std::size_t i = 0; i < unlabelled_.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    set.weights.push_back(surest[row].item<float>());
    set.labels[labelled + i] = label[row].item<std::int32_t>();
  }
  const std::vector<std::int32_t> given(set.labels.begin(), set.labels.begin() + static_cast<std::ptrdiff_t>(labelled));
  set.targets = at::cat({training::one_hot(given, answers.size(1)), answers});
  return set;
}

void Fits::solve_again(const Indices& labelled, const std::string& stage) const {
  const auto features = [&](const Indices& texts) {
    return training::compute_features(work_.classifier, {set_, texts}, work_.settings.pad_id, stage, work_.progress);
  };
  at::Tensor of_labelled = features(labelled);
  at::Tensor pool = features(unlabelled_);
  if (probe_->language_neutral()) {
    std::vector<std::int32_t> languages;
    for (const Indices* texts : {&labelled, &unlabelled_}) {
      for (const std::size_t i : *texts) languages.push_back(set_.languages[i]);
    }
    const at::Tensor directions = training::language_directions(at::cat({of_labelled, pool}), languages);
    of_labelled = training::without_directions(of_labelled, directions);
    pool = training::without_directions(pool, directions);
  }
  training::SelfTrainingOptions options = self_training_options(work_.settings.self_training, pool);
  options.balance = probe_->self_training()->balance;
  options.shares = probe_->self_training()->shares;
  const training::ProbeProblem problem =
      training::make_problem(of_labelled, {set_, labelled}, work_.classifier.head().num_labels, work_.loss);
  const training::LinearHead head = training::self_train(problem, pool, options);
  work_.classifier.set_head(head.weight, head.bias);
}

/// Of the last epoch's figures, those that the head solved since gives.
void Fits::measure_again(training::TrainState& state, const training::Texts& validation,
                         const std::string& stage) const {
  const at::Tensor logits =
      training::compute_logits(work_.classifier, validation, nullptr, work_.settings.pad_id, stage, work_.progress);
  training::set_validation(state.rows.back(), training::answers_of(logits, validation));
}

}  // namespace tt::runs
