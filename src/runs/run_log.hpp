#pragma once

#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/log.hpp"

#include <filesystem>
#include <string>

namespace tt::runs {

/// Copies every log line into a JSONL file, with its time and level, for as long as it lives.
class RunLog {
 public:
  /// Throws `IoError` when the file cannot be created.
  explicit RunLog(const std::filesystem::path& file);
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;
  ~RunLog();
  /// Ends the file. Throws `IoError` when a line could not be written: a line itself never ends a run.
  void close();

 private:
  void stop();
  FileWriter out_;
  std::string problem_;
  int observer_;
};

}  // namespace tt::runs
