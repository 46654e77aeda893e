#pragma once

#include "transfer_tune/judge/gates.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tt::runs {

/// The quality gates of a run or a comparison, ready before it starts: a baseline may be what the run is going to
/// replace, and a gate that nothing could pass is not worth a training.
class Gates {
 public:
  /// Throws `UsageError` that lists every gate that is malformed, asks for what no report has or lacks a baseline, and
  /// when the baseline is no report.
  Gates(const std::vector<std::string>& texts, const std::optional<std::filesystem::path>& baseline,
        report::GateScope scope);

  /// True when judging them takes the answers too.
  [[nodiscard]] bool need_answers() const noexcept { return need_answers_; }

  [[nodiscard]] std::vector<report::GateReport> judge(const report::GateSubject& subject) const;

 private:
  std::vector<Gate> gates_;
  std::optional<report::GateSubject> baseline_;
  bool need_answers_ = false;
};

}  // namespace tt::runs
