#include "transfer_tune/training/probe.hpp"

#include "transfer_tune/core/log.hpp"
#include "transfer_tune/evaluation/multi_label.hpp"
#include "transfer_tune/ops/sigmoid_regression.hpp"
#include "transfer_tune/ops/softmax_regression.hpp"
#include "transfer_tune/training/fit.hpp"
#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

namespace tt::training {
namespace {

constexpr int kMaxIterations = 300;
constexpr std::size_t kMemory = 10;
/// The search ends once the gradient times the step promises less than this share of the objective. A bound on the
/// gradient itself would mean less and less as C grows.
constexpr double kTolerance = 3e-7;
/// The same where solutions are only compared by what they score.
constexpr double kScoringTolerance = 1e-3;
/// Steps before curvatures are looked at anew.
constexpr int kPreparedFor = 10;
/// Steps without a smaller promise or value after which rounding is what is left.
constexpr int kPatience = 5;
/// What fp32 leaves undecided in the objective.
constexpr double kRounding = 1e-7;

/// Calls `work(begin, count)` for blocks of `rows`, so that what it makes of them is never in memory for all at once.
template <class Work>
void for_row_blocks(std::int64_t rows, const Work& work) {
  constexpr std::int64_t kBlock = 16384;
  for (std::int64_t begin = 0; begin < rows; begin += kBlock) work(begin, std::min(kBlock, rows - begin));
}

/// The objective divided by C·Σw: mean loss + ‖W‖²/(2·C·Σw), over the flat vector [W | b]. Features are centred (b then
/// stands for the bias at their mean) and turned to their principal axes, which leaves the problem the same and
/// its curvature far more even.
class Problem {
 public:
  explicit Problem(const ProbeProblem& problem) : num_labels_(problem.num_labels), hidden_(problem.features.size(1)) {
    const std::int64_t n = problem.features.size(0);
    at::Tensor row_weights = problem.row_weights.defined() ? problem.row_weights.clone() : at::ones({n}, at::kFloat);
    const at::Tensor by_label =
        problem.class_weights.empty() ? at::ones({num_labels_}) : at::tensor(problem.class_weights, at::kFloat);
    if (!problem.class_weights.empty() && !problem.multi_label) {
      row_weights.mul_(problem.targets.defined() ? at::mv(problem.targets, by_label)
                                                 : by_label.index_select(0, at::tensor(problem.labels, at::kLong)));
    }
    total_weight_ = row_weights.sum(at::kDouble).item<double>();
    row_weights.div_(total_weight_);
    mean_ = at::matmul(row_weights, problem.features);
    at::Tensor covariance = at::zeros({hidden_, hidden_});
    for_row_blocks(n, [&](std::int64_t begin, std::int64_t count) {
      const at::Tensor centred = problem.features.narrow(0, begin, count) - mean_;
      covariance.addmm_((centred * row_weights.narrow(0, begin, count).unsqueeze(1)).t(), centred);
    });
    const auto [variances, axes] = at::linalg_eigh(covariance.to(at::kDouble));
    variances_ = variances.clamp_min(0).to(at::kFloat);
    axes_ = axes.to(at::kFloat);
    const at::Tensor turned = at::addmm(at::matmul(mean_, axes_).neg(), problem.features, axes_);
    if (problem.multi_label) {
      const double smoothing = problem.label_smoothing;
      of_each_ = {turned, problem.targets * (1 - smoothing) + smoothing / 2, row_weights, by_label};
      return;
    }
    regression_ = {turned, problem.targets.defined() ? at::Tensor() : at::tensor(problem.labels, at::kInt), row_weights,
                   problem.label_smoothing, problem.targets};
  }

  void set_C(double C) { penalty_ = 1.0 / (C * total_weight_); }

  double evaluate(const at::Tensor& x, at::Tensor& gradient) const {
    const at::Tensor weight = weight_of(x);
    at::Tensor weight_gradient = weight_of(gradient);
    at::Tensor bias_gradient = bias_of(gradient);
    const double loss = of_each_.features.defined()
                            ? of_each_.loss(weight, bias_of(x), weight_gradient, bias_gradient)
                            : regression_.loss(weight, bias_of(x), weight_gradient, bias_gradient);
    weight_gradient.add_(weight, penalty_);
    return loss + 0.5 * penalty_ * weight.square().sum(at::kDouble).item<double>();
  }

  /// Prepares `precondition` for curvatures as they are at `x`: each label's block of the Hessian, Σ rᵢpᵢ(1-pᵢ)xᵢxᵢᵀ
  /// plus the penalty, is taken as h·covariance + penalty with h = Σ rᵢpᵢ(1-pᵢ) averaged over labels (in the spirit of
  /// Böhning, "Multinomial logistic regression algorithm", AISM 1992); along the axes that is a diagonal.
  void prepare(const at::Tensor& x) {
    if (of_each_.features.defined()) return prepare_each(x);
    double curvature = 0;
    for_row_blocks(regression_.features.size(0), [&](std::int64_t begin, std::int64_t count) {
      const at::Tensor p =
          at::softmax(at::addmm(bias_of(x), regression_.features.narrow(0, begin, count), weight_of(x).t()), 1);
      const at::Tensor weights = regression_.row_weights.narrow(0, begin, count).unsqueeze(1);
      curvature += (p * (1 - p)).mul_(weights).sum(at::kDouble).item<double>();
    });
    curvature_ = at::full({1}, std::max(curvature / static_cast<double>(num_labels_), kLeastCurvature));
  }

  /// The same where labels have nothing to do with each other: an h of its own for each.
  void prepare_each(const at::Tensor& x) {
    const at::Tensor p = at::sigmoid(at::addmm(bias_of(x), of_each_.features, weight_of(x).t()));
    curvature_ = (at::mv((p * (1 - p)).t(), of_each_.row_weights) * of_each_.label_weights).clamp_min(kLeastCurvature);
  }

  /// The approximate inverse Hessian times `q`.
  [[nodiscard]] at::Tensor precondition(const at::Tensor& q) const {
    at::Tensor out = at::empty_like(q);
    weight_of(out).copy_(weight_of(q) / (variances_ * curvature_.unsqueeze(1) + penalty_));
    bias_of(out).copy_(bias_of(q) / curvature_);
    return out;
  }

  [[nodiscard]] at::Tensor zeros() const { return at::zeros({num_labels_ * (hidden_ + 1)}); }
  /// [W | b] of a head over the features as they were given, and back.
  [[nodiscard]] at::Tensor vector_of(const LinearHead& head) const {
    const at::Tensor weight = head.weight.cpu();
    return at::cat({at::matmul(weight, axes_).reshape({-1}), head.bias.cpu() + at::matmul(weight, mean_)});
  }
  [[nodiscard]] LinearHead head_of(const at::Tensor& x) const {
    const at::Tensor weight = at::matmul(weight_of(x), axes_.t());
    return {weight, bias_of(x) - at::matmul(weight, mean_)};
  }

 private:
  /// Where every text is answered with certainty, the penalty is all that curves.
  static constexpr double kLeastCurvature = 1e-9;

  [[nodiscard]] at::Tensor weight_of(const at::Tensor& x) const {
    return x.narrow(0, 0, num_labels_ * hidden_).view({num_labels_, hidden_});
  }
  [[nodiscard]] at::Tensor bias_of(const at::Tensor& x) const {
    return x.narrow(0, num_labels_ * hidden_, num_labels_);
  }

  ops::SoftmaxRegression regression_;
  ops::SigmoidRegression of_each_;  ///< in its place with several labels a text
  at::Tensor mean_;                 ///< [hidden], of the features as they were given
  at::Tensor axes_;                 ///< [hidden, hidden], one a column
  at::Tensor variances_;            ///< [hidden], along the axes
  std::int64_t num_labels_;
  std::int64_t hidden_;
  double total_weight_ = 0;
  double penalty_ = 0;
  at::Tensor curvature_;  ///< [1], or [labels] where each has its own
};

double scalar_product(const at::Tensor& a, const at::Tensor& b) { return at::dot(a, b).item<double>(); }

struct Correction {
  at::Tensor step;
  at::Tensor change;
  double inverse_product;
};

/// The two-loop recursion: minus the inverse-Hessian estimate times the gradient, beginning from the preconditioner.
at::Tensor descent_direction(const Problem& objective, const at::Tensor& gradient,
                             const std::deque<Correction>& memory) {
  at::Tensor q = gradient.neg();
  std::vector<double> alphas(memory.size());
  for (std::size_t i = memory.size(); i-- > 0;) {
    alphas[i] = memory[i].inverse_product * scalar_product(memory[i].step, q);
    q.sub_(memory[i].change, alphas[i]);
  }
  q = objective.precondition(q);
  if (!memory.empty()) {
    const Correction& last = memory.back();
    q.mul_(1.0 / (last.inverse_product * scalar_product(last.change, objective.precondition(last.change))));
  }
  for (std::size_t i = 0; i < memory.size(); ++i) {
    const double beta = memory[i].inverse_product * scalar_product(memory[i].change, q);
    q.add_(memory[i].step, alphas[i] - beta);
  }
  return q;
}

void minimise(Problem& objective, at::Tensor& x, double tolerance) {
  at::Tensor gradient = at::empty_like(x);
  double value = objective.evaluate(x, gradient);
  std::deque<Correction> memory;
  at::Tensor trial_gradient = at::empty_like(x);
  double least_slope = std::numeric_limits<double>::infinity();
  double least_value = least_slope;
  int stalled = 0;
  for (int iteration = 0; iteration < kMaxIterations; ++iteration) {
    throw_if_interrupted();
    if (iteration % kPreparedFor == 0) objective.prepare(x);
    at::Tensor direction = descent_direction(objective, gradient, memory);
    double slope = scalar_product(gradient, direction);
    if (slope >= 0) {  // rounding spoiled the estimate: start over from the preconditioner alone
      memory.clear();
      direction = objective.precondition(gradient).neg_();
      slope = scalar_product(gradient, direction);
    }
    const bool gains = -slope < least_slope || value < least_value - kRounding * std::abs(value);
    stalled = gains ? 0 : stalled + 1;
    least_slope = std::min(least_slope, -slope);
    least_value = std::min(least_value, value);
    if (-slope <= tolerance * value || stalled == kPatience) return;
    double length = 1.0;
    at::Tensor trial;
    double trial_value = 0;
    bool accepted = false;
    for (int halving = 0; halving < 30 && !accepted; ++halving) {
      trial = at::add(x, direction, length);
      trial_value = objective.evaluate(trial, trial_gradient);
      accepted = trial_value <= value + 1e-4 * length * slope + kRounding * std::abs(value);
      if (!accepted) length *= 0.5;
    }
    if (!accepted) return;  // no progress left at this precision
    Correction correction{trial - x, trial_gradient - gradient, 0};
    const double curvature = scalar_product(correction.step, correction.change);
    if (curvature > 1e-10 * scalar_product(correction.change, correction.change)) {
      correction.inverse_product = 1.0 / curvature;
      memory.push_back(std::move(correction));
      if (memory.size() > kMemory) memory.pop_front();
    }
    x = trial;
    value = trial_value;
    std::swap(gradient, trial_gradient);
  }
}

}  // namespace

ProbeProblem take(const ProbeProblem& problem, const std::vector<std::size_t>& indices) {
  ProbeProblem out = problem;
  out.features = rows_at(problem.features, indices);
  if (problem.row_weights.defined()) out.row_weights = problem.row_weights.index_select(0, index_tensor(indices));
  if (problem.targets.defined()) out.targets = rows_at(problem.targets, indices);
  out.labels.clear();
  for (const std::size_t i : indices) out.labels.push_back(problem.labels[i]);
  return out;
}

ProbeProblem without(const ProbeProblem& problem, const std::vector<std::size_t>& held_out) {
  std::vector<bool> out(problem.labels.size(), false);
  for (const std::size_t i : held_out) out[i] = true;
  std::vector<std::size_t> rest;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (!out[i]) rest.push_back(i);
  }
  return take(problem, rest);
}

namespace {

/// Of all folds together, so that the threshold is one.
HeadScore score_sets(const std::vector<LinearHead>& heads, const ProbeProblem& problem,
                     const std::vector<std::vector<std::size_t>>& folds) {
  std::vector<at::Tensor> logits;
  std::vector<at::Tensor> targets;
  for (std::size_t i = 0; i < folds.size(); ++i) {
    logits.push_back(at::addmm(heads[i].bias, rows_at(problem.features, folds[i]), heads[i].weight.t()));
    targets.push_back(rows_at(problem.targets, folds[i]));
  }
  const evaluation::MultiLabelScores scores = to_scores(at::cat(logits), at::cat(targets));
  return {evaluation::best_shared_threshold(scores).micro_f1, evaluation::binary_log_loss(scores)};
}

}  // namespace

HeadScore score_heads(const std::vector<LinearHead>& heads, const ProbeProblem& problem,
                      const std::vector<std::vector<std::size_t>>& folds) {
  if (problem.multi_label) return score_sets(heads, problem, folds);
  HeadScore sum;
  double texts = 0;
  for (std::size_t i = 0; i < folds.size(); ++i) {
    const ProbeProblem test = take(problem, folds[i]);
    const at::Tensor logits = at::addmm(heads[i].bias, test.features, heads[i].weight.t());
    const at::Tensor labels = at::tensor(test.labels, at::kLong);
    sum.accuracy += static_cast<double>((logits.argmax(1) == labels).sum().item<std::int64_t>());
    sum.log_loss += at::cross_entropy_loss(logits, labels, {}, at::Reduction::Sum).item<double>();
    texts += static_cast<double>(test.labels.size());
  }
  return {sum.accuracy / texts, sum.log_loss / texts};
}

ProbeProblem make_problem(at::Tensor features, const Texts& texts, std::int64_t num_labels,
                          const CrossEntropyOptions& loss) {
  ProbeProblem problem{std::move(features), texts.labels(), num_labels, loss.class_weights, loss.label_smoothing};
  problem.multi_label = texts.set->multi_label;
  if (problem.multi_label) problem.targets = rows_at(texts.set->targets, texts.indices);
  if (const std::vector<float> weights = texts.weights(); !weights.empty()) problem.row_weights = at::tensor(weights);
  return problem;
}

LinearHead solve_probe(const ProbeProblem& problem, double C, const LinearHead* start, ProbeAccuracy accuracy) {
  const at::NoGradGuard no_grad;
  Problem objective(problem);
  objective.set_C(C);
  at::Tensor x = start != nullptr ? objective.vector_of(*start) : objective.zeros();
  minimise(objective, x, accuracy == ProbeAccuracy::solved ? kTolerance : kScoringTolerance);
  return objective.head_of(x);
}

std::vector<ProbeScore> cross_validate_probe(const ProbeProblem& problem,
                                             const std::vector<std::vector<std::size_t>>& folds,
                                             const std::vector<double>& path,
                                             const std::function<void(std::size_t, std::size_t)>& solved) {
  const at::NoGradGuard no_grad;
  struct Fold {
    Problem train;
    at::Tensor x;
  };
  std::vector<Fold> parts;
  for (const auto& held_out : folds) {
    Problem train(without(problem, held_out));
    at::Tensor start = train.zeros();
    parts.push_back({std::move(train), std::move(start)});
  }
  std::vector<ProbeScore> scores;
  for (const double C : path) {
    ProbeScore score{C, {}, {}};
    score.heads.reserve(parts.size());
    for (Fold& fold : parts) {
      fold.train.set_C(C);
      minimise(fold.train, fold.x, kScoringTolerance);
      score.heads.push_back(fold.train.head_of(fold.x));
      if (solved) solved(scores.size() * parts.size() + score.heads.size(), path.size() * parts.size());
    }
    score.score = score_heads(score.heads, problem, folds);
    scores.push_back(std::move(score));
    const HeadScore& last = scores.back().score;
    const HeadScore& best = best_probe_score(scores).score;
    if (last.accuracy >= best.accuracy || last.log_loss <= best.log_loss) continue;
    const std::size_t total = path.size() * parts.size();
    if (solved && scores.size() < path.size()) solved(total, total);  // the others need not be
    break;
  }
  return scores;
}

const std::vector<double>& default_C_path() {
  static const std::vector<double> path{1, 3, 10, 30, 100, 300, 1000};
  return path;
}

const ProbeScore& best_probe_score(const std::vector<ProbeScore>& scores) {
  return *std::ranges::max_element(scores, std::less<>{}, &ProbeScore::score);
}

}  // namespace tt::training
