#pragma once

#include "transfer_tune/core/output_directory.hpp"
#include "transfer_tune/record/comparison_report.hpp"

#include <filesystem>
#include <vector>

namespace tt::runs {

/// The output directory of a comparison that trains its own runs: runs/, which outlives an interruption, and beside it
/// the files that say what came out.
class ComparisonDirectory {
 public:
  /// Throws `IoError`, with nothing touched, where `root` exists and neither flag is given, is no comparison, is, holds
  /// or lies in an input, is being written by another process, or, to be overwritten, holds anything else.
  ComparisonDirectory(const std::filesystem::path& root, const std::vector<Input>& inputs, bool resume, bool overwrite);
  ComparisonDirectory(const ComparisonDirectory&) = delete;
  ComparisonDirectory& operator=(const ComparisonDirectory&) = delete;
  /// Removes the directory that the files grow in, and with it the lock.
  ~ComparisonDirectory();
  /// Puts the report's files in the place of older ones.
  void write(const report::ComparisonReport& report);

 private:
  std::filesystem::path root_;
  WorkDirectory work_;
};

}  // namespace tt::runs
