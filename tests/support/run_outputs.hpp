#pragma once

#include "transfer_tune/core/files.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace tt::tests {

/// `report` without the values of `keys`, wherever they stand.
inline void drop(nlohmann::ordered_json& report, const std::vector<std::string>& keys) {
  if (report.is_object()) {
    for (const std::string& key : keys) report.erase(key);
  }
  if (report.is_structured()) {
    for (nlohmann::ordered_json& part : report) drop(part, keys);
  }
}

/// What a run or a comparison wrote that must not depend on how often it was stopped, by file: reports without what
/// tells of time and of what was there already, and without `keys`; no pages, log, manifest or compare.json.
inline std::map<std::string, std::string> steady_outputs(const std::filesystem::path& out,
                                                         std::vector<std::string> keys) {
  keys.insert(keys.end(),
              {"seconds", "reused_seconds", "examples_per_second", "timing", "started_at", "cache_hit", "reused"});
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(out)) {
    const std::string name = entry.path().lexically_relative(out).string();
    const std::string file = entry.path().filename().string();
    const bool tells_of_time = file.ends_with(".html") || file.ends_with(".md") || file == "log.jsonl" ||
                               file == "manifest.sha256" || file == "compare.json";
    if (!entry.is_regular_file() || tells_of_time) continue;
    files[name] = read_file(entry.path(), ErrorKind::internal);
    if (file != "report.json") continue;
    nlohmann::ordered_json report = nlohmann::ordered_json::parse(files[name]);
    drop(report, keys);
    files[name] = report.dump(1);
  }
  return files;
}

}  // namespace tt::tests
