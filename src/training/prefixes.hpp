#pragma once

#include "transfer_tune/training/fit.hpp"
#include "transfer_tune/training/forward.hpp"

#include <cstdint>

namespace tt::training {

/// What the frozen first part of the encoder makes of the texts of a fit.
class Prefixes {
 public:
  Prefixes(model::Classifier& classifier, const Texts& train, const Texts* validation, const FitServices& services);

  /// Makes them those up to `depth` (see `PhasePlan::frozen_depth`); 0: none. What a phase trains lies behind its own,
  /// so those of the same depth stay true.
  void prepare(std::int64_t depth);
  /// Null: there are none.
  [[nodiscard]] const PrefixCache* train() const { return depth_ > 0 ? &train_cache_ : nullptr; }
  [[nodiscard]] const PrefixCache* validation() const { return depth_ > 0 ? &validation_cache_ : nullptr; }

 private:
  model::Classifier& classifier_;
  const Texts& train_;
  const Texts* validation_;
  const FitServices& services_;
  ActivationStore own_store_;
  std::int64_t depth_ = 0;
  PrefixCache train_cache_;
  PrefixCache validation_cache_;
};

}  // namespace tt::training
