#pragma once

#include "transfer_tune/training/probe.hpp"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace tt::training {

struct SelfTrainingOptions {
  double C = 10;  ///< of the head; few labelled texts tell little of it, and a larger one believes itself too soon
  /// How far the labels' shares of the pool are drawn to those of the labelled texts: from 0, as the head has them, to
  /// 1. Right where labels have a text or three, and wrong for a pool that is skewed otherwise once those texts tell.
  double balance = 0;
  at::Tensor shares{};       ///< of the labelled texts by label [labels], sum 1; undefined: all the same
  double temperature = 0.3;  ///< of the pseudo-labels: below 1 sharpens them
  double weight = 0.2;       ///< of the pool's texts beside labelled ones, on average: the surer, the more
  std::int64_t rounds = 3;   ///< times that the pool is labelled anew and the head solved again
};

/// Each label's share of the texts of `labelled`.
[[nodiscard]] at::Tensor label_shares(const ProbeProblem& labelled);

/// What `head` makes of the pool's features [texts, hidden], as soft targets [texts, labels]: softmax(logits /
/// temperature), columns and rows scaled in turn until each label has its share (Sinkhorn and Knopp 1967).
[[nodiscard]] at::Tensor pseudo_labels(const LinearHead& head, const at::Tensor& pool,
                                       const SelfTrainingOptions& options);

/// Solves the head for labelled texts, then for those and a pool of unlabelled ones that it labels itself, round by
/// round. `labelled` is as for `solve_probe`, `pool` [texts, hidden] fp32 on the CPU.
[[nodiscard]] LinearHead self_train(const ProbeProblem& labelled, const at::Tensor& pool,
                                    const SelfTrainingOptions& options, ProbeAccuracy accuracy = ProbeAccuracy::solved);

/// What one way to take the pool scored on held-out texts.
struct BalanceScore {
  std::optional<double> balance;  ///< absent: without the pool
  HeadScore score;
  std::vector<LinearHead> heads;  ///< what scored it, one per fold
};

/// Scores `heads`, one per fold, as they are and self-trained with each of `balances`. `folds` hold the rows of
/// `labelled` held out in turn.
[[nodiscard]] std::vector<BalanceScore> cross_validate_balance(const ProbeProblem& labelled, const at::Tensor& pool,
                                                               const SelfTrainingOptions& options,
                                                               const std::vector<LinearHead>& heads,
                                                               const std::vector<std::vector<std::size_t>>& folds,
                                                               const std::vector<double>& balances);

}  // namespace tt::training
