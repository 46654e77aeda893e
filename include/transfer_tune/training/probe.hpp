#pragma once

#include "transfer_tune/training/encoded_set.hpp"
#include "transfer_tune/training/objective.hpp"

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace tt::training {

/// A linear layer: logits = features · weightᵀ + bias.
struct LinearHead {
  at::Tensor weight;  ///< [labels, hidden]
  at::Tensor bias;    ///< [labels]
};

struct ProbeProblem {
  at::Tensor features;               ///< [texts, hidden] fp32 on the CPU
  std::vector<std::int32_t> labels;  ///< one per text
  std::int64_t num_labels = 0;
  std::vector<double> class_weights;  ///< empty: all 1
  double label_smoothing = 0;
  at::Tensor row_weights = {};  ///< [texts] fp32, what each counts for beside its label's weight; undefined: all 1
  at::Tensor targets = {};      ///< [texts, labels] fp32, each row's sum 1, in place of labels; undefined: the labels
  bool multi_label = false;     ///< targets are 0 or 1, and each label is a problem of its own
};

/// The problem that cross-entropy `loss` poses over `features` [texts, hidden] of `texts`, as its weights and labels
/// are.
[[nodiscard]] ProbeProblem make_problem(at::Tensor features, const Texts& texts, std::int64_t num_labels,
                                        const CrossEntropyOptions& loss);

/// How near the minimum a search goes: to what fp32 can tell, or until what the head scores no longer changes.
enum class ProbeAccuracy { solved, scored };

/// The minimiser of ½‖W‖² + C·Σ wᵢ·crossentropyᵢ (bias unpenalised; a text with a soft target has its labels' mean
/// class weight): multinomial logistic regression as scikit-learn states it, by preconditioned L-BFGS (Nocedal and
/// Wright, "Numerical Optimization", algorithm 7.5). With several labels a text it is ½‖W‖² + C·Σᵢ wᵢ·Σⱼ cⱼ·ℓᵢⱼ: one
/// logistic regression a label, all at once. `start`, when given, is where the search begins.
[[nodiscard]] LinearHead solve_probe(const ProbeProblem& problem, double C, const LinearHead* start = nullptr,
                                     ProbeAccuracy accuracy = ProbeAccuracy::solved);

/// What a head scores on texts that it was not solved for.
struct HeadScore {
  double accuracy = 0;  ///< with several labels a text: micro F1 at the threshold that is best for all labels
  double log_loss = 0;  ///< mean

  /// Of two, the better has the higher accuracy; among equals the lower log loss.
  [[nodiscard]] bool operator<(const HeadScore& other) const {
    return accuracy != other.accuracy ? accuracy < other.accuracy : log_loss > other.log_loss;
  }
};

/// Of heads[i] on the texts of `problem` at folds[i], over all of them.
[[nodiscard]] HeadScore score_heads(const std::vector<LinearHead>& heads, const ProbeProblem& problem,
                                    const std::vector<std::vector<std::size_t>>& folds);

/// The rows of `problem` at `indices`, in that order.
[[nodiscard]] ProbeProblem take(const ProbeProblem& problem, const std::vector<std::size_t>& indices);
/// All rows of `problem` but those at `held_out`.
[[nodiscard]] ProbeProblem without(const ProbeProblem& problem, const std::vector<std::size_t>& held_out);

/// What one inverse regularisation strength scored on held-out texts.
struct ProbeScore {
  double C = 0;
  HeadScore score;
  std::vector<LinearHead> heads;  ///< what scored it, one per fold
};

/// Cross-validated scores along a path of growing C, each solution starting from the last. `folds` hold the indices
/// held out in turn. Ends early at a C that is worse than the best before it by accuracy and by log loss. `solved` is
/// told how many of how many solutions there are, at most.
[[nodiscard]] std::vector<ProbeScore> cross_validate_probe(
    const ProbeProblem& problem, const std::vector<std::vector<std::size_t>>& folds, const std::vector<double>& path,
    const std::function<void(std::size_t done, std::size_t total)>& solved = {});

/// The strengths tried when none is given.
[[nodiscard]] const std::vector<double>& default_C_path();

/// The best of `scores`; among equals the first.
[[nodiscard]] const ProbeScore& best_probe_score(const std::vector<ProbeScore>& scores);

}  // namespace tt::training
