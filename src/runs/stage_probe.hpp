#pragma once

#include "runs/stage_work.hpp"
#include "transfer_tune/training/probe.hpp"

#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

namespace tt::runs {

/// The linear head as the optimum over what the stage's starting encoder makes of its texts: of all where nothing else
/// trains, of some a label where tuning starts from it.
class StageProbe {
 public:
  /// Encodes the texts and chooses the head's strength, unless the settings name it.
  explicit StageProbe(const StageWork& work);

  [[nodiscard]] double C() const noexcept { return C_; }
  [[nodiscard]] const std::vector<report::CandidateC>& candidates() const noexcept { return candidates_; }
  /// The optimum for those of the texts at `train` that have features; `start` is where its search begins.
  [[nodiscard]] training::LinearHead solve(const Indices& train, const training::LinearHead* start = nullptr,
                                           training::ProbeAccuracy accuracy = training::ProbeAccuracy::solved) const;
  /// Of the stage's texts, one row each, where all of them were encoded.
  [[nodiscard]] const at::Tensor& features() const noexcept { return features_; }
  /// Of the validation file's texts.
  [[nodiscard]] const at::Tensor& validation_features() const noexcept { return validation_features_; }
  /// The solution over the split's training part, to the accuracy of a score, where the strength was chosen on it.
  [[nodiscard]] const training::LinearHead* split_head() const { return split_head_ ? &*split_head_ : nullptr; }
  /// Of the same kind over the folds that the strength was chosen on; null where there is none of that number.
  [[nodiscard]] const training::LinearHead* fold_head(std::size_t fold) const {
    return fold < fold_heads_.size() ? &fold_heads_[fold] : nullptr;
  }

 private:
  [[nodiscard]] Indices rows_of(const Indices& texts) const;
  [[nodiscard]] std::vector<Indices> choice_folds(training::ProbeProblem& problem) const;
  void choose_C();

  const StageWork& work_;
  Indices texts_;        ///< positions of those that have features
  Indices rows_;         ///< by position in the stage's texts: the row of features_, or kNoRow
  at::Tensor features_;  ///< [texts_, hidden]
  at::Tensor validation_features_;
  double C_ = 0;
  std::vector<report::CandidateC> candidates_;  ///< empty: given, not searched
  std::optional<training::LinearHead> split_head_;
  std::vector<training::LinearHead> fold_heads_;
};

}  // namespace tt::runs
