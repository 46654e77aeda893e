#include "transfer_tune/record/run_report.hpp"

namespace tt::report {

std::vector<std::pair<std::string, const FileReport*>> files_of(const DataReport& data) {
  std::vector<std::pair<std::string, const FileReport*>> files;
  const auto add = [&](const char* role, const std::optional<FileReport>& file) {
    if (file) files.emplace_back(role, &*file);
  };
  add("training", data.train);
  for (const FileReport& file : data.more_train) files.emplace_back("training", &file);
  add("validation", data.validation);
  add("test", data.test);
  add("unlabelled", data.unlabelled);
  return files;
}

}  // namespace tt::report
