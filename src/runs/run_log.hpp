#pragma once

#include "transfer_tune/core/log.hpp"

#include <filesystem>
#include <fstream>

namespace tt::runs {

/// Copies every log line into a JSONL file, with its time and level, for as long as it lives.
class RunLog {
 public:
  /// Throws `IoError` when the file cannot be created.
  explicit RunLog(const std::filesystem::path& file);
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;
  ~RunLog();

 private:
  std::ofstream out_;
  int observer_;
};

}  // namespace tt::runs
