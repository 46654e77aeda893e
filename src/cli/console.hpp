#pragma once

#include "transfer_tune/core/log.hpp"

#include <memory>

namespace tt::cli {

/// Standard error, for as long as a command runs: takes the library's log lines, and draws progress as one moving line
/// on a terminal or as plain lines at intervals elsewhere. `quiet` leaves warnings only.
class Console {
 public:
  explicit Console(bool quiet);
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;
  ~Console();

  /// May be kept no longer than the console.
  [[nodiscard]] ProgressCallback progress();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tt::cli
