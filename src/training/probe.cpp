#include "transfer_tune/training/probe.hpp"

#include "transfer_tune/core/log.hpp"
#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <numeric>
#include <utility>

namespace tt::training {
namespace {

constexpr int kMaxIterations = 300;
constexpr int kMemory = 10;
/// Largest gradient component of the mean loss at which the solution counts as found; scikit-learn's is 1e-4.
constexpr double kTolerance = 2e-5;

/// The objective divided by C·Σw: mean loss + ‖W‖²/(2·C·Σw), over the flat vector [W | b].
class Objective {
 public:
  Objective(const ProbeProblem& problem, double C)
      : features_(problem.features), num_labels_(problem.num_labels), hidden_(problem.features.size(1)) {
    const auto n = static_cast<std::int64_t>(problem.labels.size());
    const at::Tensor labels = at::tensor(problem.labels, at::kLong).unsqueeze(1);
    const double off = problem.label_smoothing / static_cast<double>(num_labels_);
    targets_ = at::full({n, num_labels_}, off, at::kFloat);
    targets_.scatter_(1, labels, 1.0 - problem.label_smoothing + off);
    row_weights_ = at::ones({n, 1}, at::kFloat);
    if (!problem.class_weights.empty()) {
      row_weights_ = at::tensor(problem.class_weights, at::kFloat).index_select(0, labels.squeeze(1)).unsqueeze(1);
    }
    const double total = row_weights_.sum(at::kDouble).item<double>();
    row_weights_.div_(total);
    penalty_ = 1.0 / (C * total);
  }

  double evaluate(const at::Tensor& x, at::Tensor& gradient) const {
    const at::Tensor weight = x.narrow(0, 0, num_labels_ * hidden_).view({num_labels_, hidden_});
    const at::Tensor bias = x.narrow(0, num_labels_ * hidden_, num_labels_);
    at::Tensor residual = at::log_softmax(at::addmm(bias, features_, weight.t()), 1);
    const double loss = -(residual * targets_).mul_(row_weights_).sum(at::kDouble).item<double>();
    residual.exp_().sub_(targets_).mul_(row_weights_);
    at::Tensor weight_gradient = gradient.narrow(0, 0, num_labels_ * hidden_).view({num_labels_, hidden_});
    at::addmm_out(weight_gradient, weight, residual.t(), features_, penalty_, 1);
    gradient.narrow(0, num_labels_ * hidden_, num_labels_).copy_(residual.sum(0));
    return loss + 0.5 * penalty_ * weight.square().sum(at::kDouble).item<double>();
  }

  [[nodiscard]] std::int64_t size() const { return num_labels_ * (hidden_ + 1); }

 private:
  at::Tensor features_;
  at::Tensor targets_;
  at::Tensor row_weights_;
  std::int64_t num_labels_;
  std::int64_t hidden_;
  double penalty_ = 0;
};

double scalar_product(const at::Tensor& a, const at::Tensor& b) { return at::dot(a, b).item<double>(); }

struct Correction {
  at::Tensor step;
  at::Tensor change;
  double inverse_product;
};

/// The two-loop recursion: minus the inverse-Hessian estimate times the gradient.
at::Tensor descent_direction(const at::Tensor& gradient, const std::deque<Correction>& memory) {
  at::Tensor q = gradient.neg();
  std::vector<double> alphas(memory.size());
  for (std::size_t i = memory.size(); i-- > 0;) {
    alphas[i] = memory[i].inverse_product * scalar_product(memory[i].step, q);
    q.sub_(memory[i].change, alphas[i]);
  }
  if (!memory.empty()) {
    const Correction& last = memory.back();
    q.mul_(1.0 / (last.inverse_product * scalar_product(last.change, last.change)));
  }
  for (std::size_t i = 0; i < memory.size(); ++i) {
    const double beta = memory[i].inverse_product * scalar_product(memory[i].change, q);
    q.add_(memory[i].step, alphas[i] - beta);
  }
  return q;
}

void minimise(const Objective& objective, at::Tensor& x) {
  at::Tensor gradient = at::empty_like(x);
  double value = objective.evaluate(x, gradient);
  std::deque<Correction> memory;
  at::Tensor trial_gradient = at::empty_like(x);
  for (int iteration = 0; iteration < kMaxIterations; ++iteration) {
    throw_if_interrupted();
    if (gradient.abs().max().item<double>() <= kTolerance) return;
    at::Tensor direction = descent_direction(gradient, memory);
    double slope = scalar_product(gradient, direction);
    if (slope >= 0) {  // rounding spoiled the estimate: start over from steepest descent
      memory.clear();
      direction = gradient.neg();
      slope = scalar_product(gradient, direction);
    }
    // The first step has no curvature to scale it.
    double length = memory.empty() ? std::min(1.0, 1.0 / std::sqrt(-slope)) * 10.0 : 1.0;
    at::Tensor trial;
    double trial_value = 0;
    bool accepted = false;
    for (int halving = 0; halving < 30 && !accepted; ++halving) {
      trial = x + direction * length;
      trial_value = objective.evaluate(trial, trial_gradient);
      accepted = trial_value <= value + 1e-4 * length * slope;
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

ProbeProblem take(const ProbeProblem& problem, const std::vector<std::size_t>& indices) {
  ProbeProblem out = problem;
  out.features = rows_at(problem.features, indices);
  out.labels.clear();
  for (const std::size_t i : indices) out.labels.push_back(problem.labels[i]);
  return out;
}

std::vector<std::size_t> complement(const std::vector<std::size_t>& held_out, std::size_t total) {
  std::vector<bool> out(total, false);
  for (const std::size_t i : held_out) out[i] = true;
  std::vector<std::size_t> rest;
  for (std::size_t i = 0; i < total; ++i) {
    if (!out[i]) rest.push_back(i);
  }
  return rest;
}

}  // namespace

LinearHead solve_probe(const ProbeProblem& problem, double C, const LinearHead* start) {
  const at::NoGradGuard no_grad;
  const Objective objective(problem, C);
  at::Tensor x = start != nullptr ? at::cat({start->weight.cpu().reshape({-1}), start->bias.cpu()})
                                  : at::zeros({objective.size()});
  minimise(objective, x);
  const std::int64_t split = objective.size() - problem.num_labels;
  return {x.narrow(0, 0, split).view({problem.num_labels, -1}).clone(), x.narrow(0, split, problem.num_labels).clone()};
}

std::vector<ProbeScore> cross_validate_probe(const ProbeProblem& problem,
                                             const std::vector<std::vector<std::size_t>>& folds,
                                             const std::vector<double>& path) {
  const at::NoGradGuard no_grad;
  struct Fold {
    ProbeProblem train;
    ProbeProblem test;
    LinearHead head;
  };
  std::vector<Fold> parts;
  for (const auto& held_out : folds) {
    parts.push_back({take(problem, complement(held_out, problem.labels.size())), take(problem, held_out), {}});
  }
  std::vector<ProbeScore> scores;
  int falls = 0;
  for (const double C : path) {
    ProbeScore score{C, 0, 0};
    double texts = 0;
    for (Fold& fold : parts) {
      fold.head = solve_probe(fold.train, C, fold.head.weight.defined() ? &fold.head : nullptr);
      const at::Tensor logits = at::addmm(fold.head.bias, fold.test.features, fold.head.weight.t());
      const at::Tensor labels = at::tensor(fold.test.labels, at::kLong);
      score.accuracy += static_cast<double>((logits.argmax(1) == labels).sum().item<std::int64_t>());
      score.log_loss += at::cross_entropy_loss(logits, labels, {}, at::Reduction::Sum).item<double>();
      texts += static_cast<double>(fold.test.labels.size());
    }
    score.accuracy /= texts;
    score.log_loss /= texts;
    falls = !scores.empty() && score.accuracy < best_probe_score(scores).accuracy ? falls + 1 : 0;
    scores.push_back(score);
    if (falls == 2) break;
  }
  return scores;
}

const std::vector<double>& default_C_path() {
  static const std::vector<double> path{1, 3, 10, 30, 100, 300, 1000};
  return path;
}

const ProbeScore& best_probe_score(const std::vector<ProbeScore>& scores) {
  return *std::max_element(scores.begin(), scores.end(), [](const ProbeScore& a, const ProbeScore& b) {
    return std::pair(a.accuracy, -a.log_loss) < std::pair(b.accuracy, -b.log_loss);
  });
}

}  // namespace tt::training
