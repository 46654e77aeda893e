#include "transfer_tune/training/self_training.hpp"

#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace tt::training {
namespace {

/// Scalings after which shares no longer move.
constexpr int kScalings = 10;
constexpr double kLeastShare = 1e-9;

at::Tensor evened(at::Tensor targets, const SelfTrainingOptions& options) {
  const double texts = static_cast<double>(targets.size(0));
  const at::Tensor wanted = options.shares.defined()
                                ? options.shares * texts
                                : at::full({targets.size(1)}, texts / static_cast<double>(targets.size(1)));
  const at::Tensor shares = targets.sum(0, true) * (1 - options.balance) + wanted * options.balance;
  for (int scaling = 0; scaling < kScalings; ++scaling) {
    targets = targets * (shares / targets.sum(0, true).clamp_min(kLeastShare));
    targets = targets / targets.sum(1, true);
  }
  return targets;
}

at::Tensor targets_of(const ProbeProblem& problem) {
  if (problem.targets.defined()) return problem.targets;
  return one_hot(problem.labels, problem.num_labels);
}

at::Tensor row_weights_of(const ProbeProblem& problem) {
  return problem.row_weights.defined() ? problem.row_weights : at::ones({problem.features.size(0)});
}

/// What each pseudo-label counts for, `weight` on average: the square of its surest answer, so that a text which the
/// head cannot place does not blur every label.
at::Tensor weights_of(const at::Tensor& targets, double weight) {
  const at::Tensor squares = targets.amax(1).square();
  return squares * (weight / squares.mean());
}

}  // namespace

at::Tensor label_shares(const ProbeProblem& labelled) {
  const at::Tensor sums = targets_of(labelled).sum(0);
  return sums / sums.sum();
}

at::Tensor pseudo_labels(const LinearHead& head, const at::Tensor& pool, const SelfTrainingOptions& options) {
  const at::NoGradGuard no_grad;
  const at::Tensor logits = at::addmm(head.bias, pool, head.weight.t());
  at::Tensor targets = at::softmax(logits / options.temperature, 1);
  if (options.balance > 0) targets = evened(std::move(targets), options);
  return targets.contiguous();
}

LinearHead self_train(const ProbeProblem& labelled, const at::Tensor& pool, const SelfTrainingOptions& options,
                      ProbeAccuracy accuracy) {
  const at::NoGradGuard no_grad;
  LinearHead head = solve_probe(labelled, options.C, nullptr, accuracy);
  ProbeProblem both = labelled;
  both.features = at::cat({labelled.features, pool});
  const at::Tensor given = targets_of(labelled);
  const at::Tensor given_weights = row_weights_of(labelled);
  for (std::int64_t round = 0; round < options.rounds; ++round) {
    const at::Tensor pseudo = pseudo_labels(head, pool, options);
    both.targets = at::cat({given, pseudo});
    both.row_weights = at::cat({given_weights, weights_of(pseudo, options.weight)});
    head = solve_probe(both, options.C, &head, accuracy);
  }
  return head;
}

std::vector<BalanceScore> cross_validate_balance(const ProbeProblem& labelled, const at::Tensor& pool,
                                                 const SelfTrainingOptions& options,
                                                 const std::vector<LinearHead>& heads,
                                                 const std::vector<std::vector<std::size_t>>& folds,
                                                 const std::vector<double>& balances) {
  std::vector<BalanceScore> scores{{{}, score_heads(heads, labelled, folds), heads}};
  for (const double balance : balances) {
    SelfTrainingOptions balanced = options;
    balanced.balance = balance;
    BalanceScore& score = scores.emplace_back(BalanceScore{balance, {}, {}});
    for (std::size_t i = 0; i < folds.size(); ++i) {
      score.heads.push_back(self_train(without(labelled, folds[i]), pool, balanced, ProbeAccuracy::scored));
    }
    score.score = score_heads(score.heads, labelled, folds);
  }
  return scores;
}

}  // namespace tt::training
