#include "transfer_tune/config/run_config.hpp"

#include "transfer_tune/core/text.hpp"

#include "config/schema_check.hpp"
#include "config/settings.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tt::config {
namespace {

std::string printed(const Json& json) {
  constexpr int kIndent = 2;
  return json.dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json defaults_of(const Json& object_schema) {
  Json out = Json::object();
  for (const auto& [name, property] : object_schema["properties"].items()) {
    out[name] = property.contains("properties") ? defaults_of(property) : property.value("default", Json());
  }
  return out;
}

struct HelpRow {
  std::string name;
  std::string fallback;
  std::string description;
};

std::string default_of(const Json& property) {
  if (!property.contains("default")) return "required";
  return property["default"].is_null() ? "none" : property["default"].dump();
}

void collect_help(const Json& object_schema, const std::string& prefix, std::vector<HelpRow>& rows) {
  for (const auto& [name, property] : object_schema["properties"].items()) {
    if (property.contains("properties")) {
      collect_help(property, prefix + name + ".", rows);
      continue;
    }
    const auto description = property["description"].get<std::string>();
    rows.push_back({prefix + name, default_of(property), concat(description, " [", expected(property), "]")});
    if (property.contains("items") && property["items"].contains("properties")) {
      collect_help(property["items"], prefix + name + "[].", rows);
    }
  }
}

/// The policy as its phases, which is what a run does, where it is not the run that chooses.
PolicyConfig expanded(const PolicyConfig& policy, const TrainingConfig& training, HeadType head) {
  if (policy.policy == Policy::automatic) return policy;
  return {Policy::phases, 0, expand_policy(policy, training.epochs, head), policy.lora};
}

}  // namespace

std::string schema_json() { return printed(schema()); }

std::string defaults_json() { return printed(defaults_of(schema())); }

std::string resolved_json(const RunConfig& config) {
  RunConfig explicit_config = config;
  explicit_config.transfer = expanded(config.transfer, config.training, config.head.type);
  if (config.source) {
    explicit_config.source->policy = expanded(config.source->policy, config.source->training, config.head.type);
  }
  return printed(to_document(explicit_config));
}

std::string help_text() {
  std::vector<HelpRow> rows;
  collect_help(schema(), "", rows);
  std::size_t name_width = 0;
  std::size_t fallback_width = 0;
  for (const auto& row : rows) {
    name_width = std::max(name_width, row.name.size());
    fallback_width = std::max(fallback_width, row.fallback.size());
  }
  const auto padded = [](const std::string& text, std::size_t width) {
    return text + std::string(width - text.size() + 2, ' ');
  };
  std::string out;
  for (const auto& row : rows) {
    out += padded(row.name, name_width) + padded(row.fallback, fallback_width) + row.description + "\n";
  }
  return out;
}

}  // namespace tt::config
