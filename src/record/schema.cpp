#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "record/fields/comparison.hpp"
#include "record/fields/run.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::report {
namespace {

using Json = nlohmann::ordered_json;

/// A value that only says its type.
template <class T>
struct Type {};

template <class T>
Json schema_of(Type<T>);
template <class T>
Json schema_of(Type<std::optional<T>>);
template <class T>
Json schema_of(Type<std::vector<T>>);

/// Collects a struct's fields as an object's schema.
struct Describer {
  Json properties = Json::object();
  Json required = Json::array();

  template <class T>
  void operator()(const char* name, const T& /*value*/, const char* description, Since since = {}) {
    Json schema{{"description", description}};
    if (since.version > 1) schema["$comment"] = concat("since schema_version ", since.version);
    schema.update(schema_of(Type<T>{}));
    properties[name] = std::move(schema);
    required.push_back(name);
  }
};

template <class T>
Json schema_of(Type<std::optional<T>>) {
  Json schema = schema_of(Type<T>{});
  if (schema["type"].is_string()) schema["type"] = Json::array({schema["type"], "null"});
  return schema;
}

template <class T>
Json schema_of(Type<std::vector<T>>) {
  return {{"type", "array"}, {"items", schema_of(Type<T>{})}};
}

template <class T>
Json schema_of(Type<T>) {
  if constexpr (std::is_enum_v<T>) {
    return {{"type", "string"}, {"enum", names_of(T{})}};
  } else if constexpr (std::is_same_v<T, evaluation::Interval>) {
    return {{"type", "array"}, {"items", schema_of(Type<double>{})}, {"minItems", 2}, {"maxItems", 2}};
  } else if constexpr (std::is_same_v<T, std::string>) {
    return {{"type", "string"}};
  } else if constexpr (std::is_same_v<T, bool>) {
    return {{"type", "boolean"}};
  } else if constexpr (std::is_floating_point_v<T>) {
    return {{"type", Json::array({"number", "null"})}};
  } else if constexpr (std::is_integral_v<T>) {
    return {{"type", "integer"}};
  } else {
    Describer describer;
    const T report{};
    fields(describer, report);
    return {{"type", "object"},
            {"properties", std::move(describer.properties)},
            {"required", std::move(describer.required)},
            {"additionalProperties", false}};
  }
}

template <class Report>
std::string document(const char* file, std::int64_t version) {
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", concat("transfer-tune ", file)}};
  schema.update(schema_of(Type<Report>{}));
  // Its value too is fixed: a reader made for another layout must notice.
  schema["properties"]["schema_version"]["const"] = version;
  return schema.dump(2) + "\n";
}

}  // namespace

std::string report_schema_json() { return document<RunReport>("report.json", kSchemaVersion); }
std::string comparison_schema_json() { return document<ComparisonReport>("compare.json", kComparisonSchemaVersion); }

}  // namespace tt::report
