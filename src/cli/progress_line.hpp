#pragma once

#include "transfer_tune/core/log.hpp"

#include <cstddef>
#include <string>

namespace tt::cli {

/// "train phase 1/2  [#####-----]  50%  loss 0.412  812 examples/s  0:07 left", cut to `width` columns;
/// `elapsed` is in seconds since the stage began.
[[nodiscard]] std::string bar_line(const Progress& progress, double elapsed, std::size_t width);

/// The same in plain words: "train phase 1/2: 50 of 100 (50%), loss 0.412, 812 examples/s, 0:07 left".
[[nodiscard]] std::string plain_line(const Progress& progress, double elapsed);

}  // namespace tt::cli
