#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "record/fields/comparison.hpp"
#include "record/fields/run.hpp"

namespace tt::report {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json json_of(const T& value);
template <class T>
Json json_of(const std::optional<T>& value);
template <class T>
Json json_of(const std::vector<T>& values);

/// Collects a struct's fields as an object.
struct Writer {
  Json object = Json::object();

  template <class T>
  void operator()(const char* name, const T& value, const char* /*description*/, Since /*since*/ = {}) {
    object[name] = json_of(value);
  }
};

template <class T>
Json json_of(const std::optional<T>& value) {
  return value ? json_of(*value) : Json();
}

template <class T>
Json json_of(const std::vector<T>& values) {
  Json array = Json::array();
  for (const T& value : values) array.push_back(json_of(value));
  return array;
}

template <class T>
Json json_of(const T& value) {
  if constexpr (std::is_enum_v<T>) {
    return names_of(value).at(static_cast<std::size_t>(value));
  } else if constexpr (std::is_same_v<T, evaluation::Interval>) {
    return Json::array({value.low, value.high});
  } else if constexpr (std::is_class_v<T> && !std::is_same_v<T, std::string>) {
    Writer writer;
    fields(writer, value);
    return std::move(writer.object);
  } else {
    return value;  // a NaN is printed as null
  }
}

/// Paths may hold bytes that are not UTF-8: those become U+FFFD.
std::string compact(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// Indented by two spaces a level, but an array of plain values stays on one line.
void print(const Json& json, const std::string& indent, std::string& out) {
  if (!json.is_structured() || json.empty()) {
    out += compact(json);
    return;
  }
  const bool nested = std::any_of(json.begin(), json.end(), [](const Json& item) { return item.is_structured(); });
  const bool on_one_line = json.is_array() && !nested;
  const std::string inner = indent + "  ";
  const std::string line_break = on_one_line ? "" : "\n" + inner;
  std::string before_item = line_break;
  out += json.is_object() ? '{' : '[';
  for (const auto& [key, value] : json.items()) {
    out += before_item;
    before_item = on_one_line ? ", " : "," + line_break;
    if (json.is_object()) out += compact(key) + ": ";
    print(value, inner, out);
  }
  if (!on_one_line) out += '\n' + indent;
  out += json.is_object() ? '}' : ']';
}

std::string document(const Json& json) {
  std::string out;
  print(json, "", out);
  out += '\n';
  return out;
}

}  // namespace

std::string to_json(const EvaluationReport& report, const std::vector<GateReport>& gates) {
  Json json = json_of(report);
  if (!gates.empty()) json["gates"] = json_of(gates);
  return document(json);
}
/// As it is kept by itself, for this program to read again.
template <class Report>
std::string kept(const Report& report) {
  Json json{{"schema_version", kSchemaVersion}};
  json.update(json_of(report));
  return document(json);
}
std::string to_json(const StageReport& report) { return kept(report); }
std::string to_json(const SearchTrialReport& report) { return kept(report); }
std::string to_json(const RunReport& report) { return document(json_of(report)); }
std::string to_json(const Decision& decision) {
  Json json = json_of(decision);
  if (!decision.thresholds.empty()) json["thresholds"] = decision.thresholds;
  if (!decision.language_column.empty()) {
    json["language_column"] = decision.language_column;
    json["languages"] = json_of(decision.languages);
  }
  return document(json);
}
std::string to_json(const ComparisonReport& report) { return document(json_of(report)); }

}  // namespace tt::report
