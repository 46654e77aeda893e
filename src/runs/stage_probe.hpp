#pragma once

#include "runs/stage_work.hpp"
#include "transfer_tune/training/probe.hpp"
#include "transfer_tune/training/self_training.hpp"

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

namespace tt::runs {

/// As `config` has them, its C being for features whose squared distance from their mean, `pool`'s [texts, hidden],
/// is 1.
[[nodiscard]] training::SelfTrainingOptions self_training_options(const config::SelfTrainingConfig& config,
                                                                  const at::Tensor& pool);

/// The linear head as the optimum over what the stage's starting encoder makes of its texts: of all where nothing else
/// trains, of some a label where tuning starts from it. The labels' own texts and the unlabelled ones are learnt from
/// too, where that is found to help. Where languages come that no labelled text is of, the head lies outside of the
/// directions that tell languages apart.
class StageProbe {
 public:
  /// Encodes the texts and chooses, by what is held out, all that the settings leave open: the head's strength, whether
  /// the labels' texts count, and how the unlabelled ones are taken.
  explicit StageProbe(const StageWork& work);

  /// Puts what was chosen, and why, into the report.
  void report_to(report::TrainingReport& report) const;
  [[nodiscard]] double C() const noexcept { return C_; }
  [[nodiscard]] bool uses_label_texts() const noexcept { return label_texts_ && label_texts_->used; }
  [[nodiscard]] bool language_neutral() const noexcept { return directions_.defined(); }
  /// How the unlabelled texts are learnt from; null: they are not.
  [[nodiscard]] const training::SelfTrainingOptions* self_training() const { return options_ ? &*options_ : nullptr; }
  [[nodiscard]] const at::Tensor& unlabelled_features() const noexcept { return unlabelled_features_; }
  /// The optimum for those of the texts at `train` that have features; `start` is where its search begins.
  [[nodiscard]] training::LinearHead solve(const Indices& train, const training::LinearHead* start = nullptr,
                                           training::ProbeAccuracy accuracy = training::ProbeAccuracy::solved) const;
  /// Of the stage's texts, one row each, where all of them were encoded.
  [[nodiscard]] const at::Tensor& features() const noexcept { return features_; }
  /// Of the validation file's texts.
  [[nodiscard]] const at::Tensor& validation_features() const noexcept { return validation_features_; }
  /// The solution over the split's training part, to the accuracy of a score, where the strength was chosen on it.
  [[nodiscard]] const training::LinearHead* split_head() const { return split_head_ ? &*split_head_ : nullptr; }
  /// The solution without what fold `number` of the stage's texts holds out, `train` being the rest.
  [[nodiscard]] training::LinearHead solve_fold(std::size_t number, const Indices& train) const;

 private:
  struct Choice {
    training::ProbeProblem problem{};
    std::vector<Indices> folds{};  ///< rows of `problem` held out in turn; empty: nothing can be
    training::ProbeScore best{};
    std::vector<report::CandidateC> tried{};
  };

  /// Whether the labels' texts are asked for, or held-out texts say if they help.
  [[nodiscard]] bool tries_label_texts() const;
  [[nodiscard]] Indices rows_of(const Indices& texts) const;
  /// What the head may learn from of the features of some texts.
  [[nodiscard]] at::Tensor learnable(const at::Tensor& features) const;
  [[nodiscard]] training::ProbeProblem problem_of(const Indices& rows, bool with_label_texts) const;
  [[nodiscard]] Choice choose_C(bool with_label_texts) const;
  /// `nameless`: what `choose_C` says without the labels' texts, where that is known.
  [[nodiscard]] Choice choose_head(std::optional<Choice> nameless);
  /// Returns what `choose_C` then says without the labels' texts, where that was tried.
  std::optional<Choice> choose_directions();
  void choose_balance(Choice& choice);

  const StageWork& work_;
  Indices texts_;        ///< positions of those that have features
  Indices rows_;         ///< by position in the stage's texts: the row of features_, or kNoRow
  at::Tensor features_;  ///< [texts_, hidden]
  at::Tensor validation_features_;
  at::Tensor label_features_;       ///< of the labels' texts; undefined: none
  at::Tensor unlabelled_features_;  ///< undefined: none
  at::Tensor directions_;           ///< that the head lies outside of; undefined: none
  double C_ = 0;
  std::optional<report::LanguageNeutralReport> language_neutral_;
  std::optional<report::LabelTextsReport> label_texts_;
  std::optional<report::SelfTrainingReport> self_training_;
  std::optional<training::SelfTrainingOptions> options_;  ///< absent: the unlabelled texts are not used
  std::vector<report::CandidateC> candidates_;            ///< empty: given, not searched
  std::optional<training::LinearHead> split_head_;
  std::vector<training::LinearHead> fold_heads_;
};

}  // namespace tt::runs
