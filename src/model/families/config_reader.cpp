#include "model/families/config_reader.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/text.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace tt::model {

using nlohmann::json;

ConfigReader::ConfigReader(const std::string& config_json, std::filesystem::path file)
    : file_(std::move(file)),
      values_(std::make_shared<const json>(parse_json_object(config_json, file_, ErrorKind::checkpoint))) {}

const json* ConfigReader::find(const char* key) const {
  const auto found = values_->find(key);
  return found == values_->end() || found->is_null() ? nullptr : &*found;
}

void ConfigReader::reject(const char* key, const std::string& expected) const {
  const json* value = find(key);
  throw CheckpointError(concat(file_.string(), ": \"", key, "\" is ",
                               value == nullptr ? "missing" : quote(value->dump()), "; expected ", expected));
}

std::int64_t ConfigReader::integer(const char* key, std::int64_t minimum, std::int64_t maximum,
                                   std::optional<std::int64_t> when_absent) const {
  const json* value = find(key);
  if (value == nullptr && when_absent) return *when_absent;
  if (value != nullptr && value->is_number_integer() && *value >= minimum && *value <= maximum) {
    return value->get<std::int64_t>();
  }
  reject(key, concat("an integer from ", minimum, " to ", maximum));
}

double ConfigReader::number(const char* key, double minimum, double maximum, double when_absent) const {
  const json* value = find(key);
  if (value == nullptr) return when_absent;
  if (value->is_number() && *value >= minimum && *value <= maximum) return value->get<double>();
  reject(key, concat("a number from ", minimum, " to ", maximum));
}

std::string ConfigReader::text(const char* key, const std::string& when_absent) const {
  const json* value = find(key);
  if (value == nullptr) return when_absent;
  if (value->is_string()) return value->get<std::string>();
  reject(key, "a string");
}

bool ConfigReader::flag(const char* key, bool when_absent) const {
  const json* value = find(key);
  if (value == nullptr) return when_absent;
  if (value->is_boolean()) return value->get<bool>();
  reject(key, "true or false");
}

}  // namespace tt::model
