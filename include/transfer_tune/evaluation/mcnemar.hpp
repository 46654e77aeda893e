#pragma once

#include <cstddef>

namespace tt::evaluation {

/// Two-sided p-value of McNemar's exact test: how likely two classifiers that are equally often right would differ as
/// unevenly as here, where one alone was right on `first` texts and the other alone on `second`. 1 where they never
/// differ.
[[nodiscard]] double mcnemar_exact(std::size_t first, std::size_t second);

}  // namespace tt::evaluation
