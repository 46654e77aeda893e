#include "model/families/config_reader.hpp"

#include "transfer_tune/core/text.hpp"

#include <nlohmann/json.hpp>

namespace tt::model {

ConfigReader::ConfigReader(const std::string& config_json, const std::filesystem::path& file)
    : document_(parse_json_object(config_json, file, ErrorKind::checkpoint), file, ErrorKind::checkpoint) {}

void ConfigReader::reject(const char* key, const std::string& expected) const {
  document_.root().at(key).expected(expected);
}

std::int64_t ConfigReader::integer(const char* key, std::int64_t minimum, std::int64_t maximum,
                                   std::optional<std::int64_t> when_absent) const {
  if (when_absent && !document_.root().has(key)) return *when_absent;
  return document_.root().at(key).integer(minimum, maximum);
}

double ConfigReader::number(const char* key, double minimum, double maximum, double when_absent) const {
  if (!document_.root().has(key)) return when_absent;
  const double value = document_.root().at(key).number();
  if (value < minimum || value > maximum) reject(key, concat("a number from ", minimum, " to ", maximum));
  return value;
}

std::string ConfigReader::text(const char* key, const std::string& when_absent) const {
  return document_.root().string_or(key, when_absent);
}

bool ConfigReader::flag(const char* key, bool when_absent) const {
  return document_.root().boolean_or(key, when_absent);
}

}  // namespace tt::model
