#pragma once

namespace tt {

/// While one lives, what is said for information or as a warning is logged for debugging alone: for work that is done
/// many times over, of which the outcome matters.
class QuietLog {
 public:
  QuietLog();
  ~QuietLog();
  QuietLog(const QuietLog&) = delete;
  QuietLog& operator=(const QuietLog&) = delete;
};

}  // namespace tt
