#pragma once

#include "transfer_tune/config/run_config.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"

#include "support/messages.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace tt::tests {

/// A config file of a test's own.
class ConfigFile {
 public:
  explicit ConfigFile(std::string_view text) : path_(directory_.path() / "run.json") { write_file(path_, text); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path directory() const { return directory_.path(); }

  [[nodiscard]] config::RunConfig load(const config::Overrides& overrides = {},
                                       const std::vector<std::string>& gates = {}) const {
    return config::load(path_, overrides, gates);
  }

  /// The message that `load` fails with, the file's path cut from its lines.
  [[nodiscard]] std::string error(const config::Overrides& overrides = {},
                                  const std::vector<std::string>& gates = {}) const {
    return replaced(message_of<UsageError>([&] { (void)load(overrides, gates); }), path_.string(), "F");
  }

 private:
  TemporaryDirectory directory_;
  std::filesystem::path path_;
};

/// A config with the required settings, and with `more` (members of the root object) added.
inline std::string config_text(const std::string& more = "") {
  return R"({"encoder": {"path": "./encoder"}, "target": {"train": "train.csv"}, "output": {"dir": "out"})" +
         (more.empty() ? "" : ", " + more) + "}";
}

inline std::string error_of(const std::string& more) { return ConfigFile(config_text(more)).error(); }

}  // namespace tt::tests
