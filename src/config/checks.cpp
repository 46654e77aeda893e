#include "config/checks.hpp"

#include <nlohmann/json.hpp>

namespace tt::config {

Json integer(std::int64_t minimum, std::int64_t maximum) {
  return {{"type", "integer"}, {"minimum", minimum}, {"maximum", maximum}};
}

Json at_least(double minimum) { return {{"type", "number"}, {"minimum", minimum}}; }

Json between(double minimum, double maximum) {
  return {{"type", "number"}, {"minimum", minimum}, {"maximum", maximum}};
}

Json positive(double maximum) { return {{"type", "number"}, {"exclusiveMinimum", 0}, {"maximum", maximum}}; }

Json from_0_below_1() { return {{"type", "number"}, {"minimum", 0}, {"exclusiveMaximum", 1}}; }

Json boolean() { return {{"type", "boolean"}}; }

Json text() { return {{"type", "string"}, {"minLength", 1}}; }

Json path() { return {{"type", "string"}, {"minLength", 1}, {"format", "path"}}; }

Json path_or_name() { return {{"type", "string"}, {"minLength", 1}, {"format", "path-or-name"}}; }

Json any_text() { return {{"type", "string"}}; }

Json device_name() {
  return {{"type", "string"},
          {"maxLength", 20},
          {"pattern", "^(auto|cpu|cuda(:[0-9]{1,3})?)$"},
          {"examples", {"auto", "cpu", "cuda", "cuda:1"}}};
}

Json delimiter() {
  return {{"type", "string"},
          {"maxLength", 4},
          {"pattern", "^(auto|tab|[\\t -!#-~])$"},
          {"examples", {"auto", "tab", ";", "|"}}};
}

Json encoding() {
  return {{"type", "string"},
          {"maxLength", 40},
          {"pattern", "^[A-Za-z0-9][A-Za-z0-9_.:-]*$"},
          {"examples", {"auto", "utf-8", "utf-16", "windows-1252", "windows-1254", "iso-8859-15"}}};
}

Json phase_rule() {
  return {{"type", "string"},
          {"maxLength", 200},
          {"pattern",
           "^(embeddings|pooler|dense|head|layer\\.([0-9]{1,4}|[0-9]{1,4}-[0-9]{1,4}|last-[1-9][0-9]{0,3})|.*[*?].*|"
           "(?!layer\\.[^.]*$)[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z0-9_]+)+)$"},
          {"examples", {"head", "pooler", "embeddings", "layer.3", "layer.0-3", "layer.last-2", "*.bias"}}};
}

Json gate() {
  return {{"type", "string"},
          {"minLength", 1},
          {"examples",
           {"test.accuracy>=0.9", "test.per_class['card arrival'].recall>=0.5", "test.per_class[*].recall>=0.3",
            "not_worse(test.accuracy)"}}};
}

Json list_of(const Json& items, std::int64_t minimum) {
  return {{"type", "array"}, {"items", items}, {"uniqueItems", true}, {"minItems", minimum}};
}

Json object_of(const Json& values) { return {{"type", "object"}, {"additionalProperties", values}}; }

Json either(const Json& first, const Json& second) { return {{"anyOf", Json::array({first, second})}}; }

Json constant(const char* value) { return {{"const", value}}; }

Json optional(Json check) {
  if (check.contains("anyOf")) {
    check["anyOf"].push_back({{"type", "null"}});
  } else {
    check["type"] = Json::array({check["type"], "null"});
  }
  return check;
}

Json given(const char* key) {
  return {{"type", "object"}, {"required", Json::array({key})}, {"properties", {{key, {{"not", {{"type", "null"}}}}}}}};
}

Json is(const char* key, const Json& value) {
  return {{"type", "object"}, {"required", Json::array({key})}, {"properties", {{key, {{"const", value}}}}}};
}

Json constraint(const char* message, Json condition) {
  condition["description"] = message;
  return condition;
}

}  // namespace tt::config
