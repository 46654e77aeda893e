#pragma once

#include "transfer_tune/core/json.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace tt::model {

/// Reads the settings of a config.json one by one, each with its check. Errors are `CheckpointError`s that name the
/// file, the key (as a JSON pointer), what it holds and what was expected. A key that holds null counts as absent.
class ConfigReader {
 public:
  ConfigReader(const std::string& config_json, const std::filesystem::path& file);

  /// An integer in `minimum`..`maximum`; without a default the key must be there.
  [[nodiscard]] std::int64_t integer(const char* key, std::int64_t minimum, std::int64_t maximum,
                                     std::optional<std::int64_t> when_absent = std::nullopt) const;
  /// A number in `minimum`..`maximum`.
  [[nodiscard]] double number(const char* key, double minimum, double maximum, double when_absent) const;
  [[nodiscard]] std::string text(const char* key, const std::string& when_absent) const;
  [[nodiscard]] bool flag(const char* key, bool when_absent) const;
  /// The file's object, for what the above do not read.
  [[nodiscard]] JsonView root() const { return document_.root(); }
  /// Throws for what `key` holds, which must be there.
  [[noreturn]] void reject(const char* key, const std::string& expected) const;

 private:
  JsonDocument document_;
};

}  // namespace tt::model
