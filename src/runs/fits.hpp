#pragma once

#include "runs/stage_probe.hpp"
#include "runs/stage_work.hpp"
#include "transfer_tune/training/fit.hpp"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tt::runs {

/// Fits on parts of the stage's texts, each from the starting weights.
class Fits {
 public:
  /// `probe`: what gives the head to start from, and says what beside the stage's texts is learnt from; null: nothing.
  /// `once`: there will be no second fit, so the starting weights need not be kept.
  Fits(const StageWork& work, const StageProbe* probe, bool once);

  /// The starting weights again.
  void reset() const;

  /// Puts the solved head on, where there is one, then runs the phases; `stop_after` as in `training::FitOptions`,
  /// `what` says in the log which fit it is. Where unlabelled texts are learnt from, the phases see them with what the
  /// solved head makes of them, in about as many steps as without them, one epoch at least; then the head is solved
  /// again over what the tuned encoder makes of all texts. `use`: what becomes of the weights, which are others where
  /// the run's state has that already.
  training::TrainState run(FitUse use, const Indices& train, const std::optional<training::Texts>& validation,
                           const std::vector<training::PhasePlan>& plans, std::int64_t stop_after = -1,
                           const std::string& what = "") const;

 private:
  training::TrainState train(const Indices& train, const std::optional<training::Texts>& validation,
                             const std::vector<training::PhasePlan>& plans, std::int64_t stop_after,
                             const std::string& what, training::FitKeeper* keeper, training::TrainState from) const;
  [[nodiscard]] training::EncodedSet with_pseudo_labels(const training::LinearHead& head) const;
  void solve_again(const Indices& labelled, const std::string& stage) const;
  void measure_again(training::TrainState& state, const training::Texts& validation, const std::string& stage) const;

  const StageWork& work_;
  const StageProbe* probe_;
  std::optional<training::Snapshot> start_;
  training::EncodedSet set_;  ///< the stage's texts, those of the labels where they count, and the unlabelled ones
  Indices label_texts_;       ///< positions in `set_`
  Indices unlabelled_;        ///< likewise
};

}  // namespace tt::runs
