#include "config/schema_check.hpp"

#include "transfer_tune/core/text.hpp"

#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <utility>

namespace tt::config {
namespace {

constexpr std::size_t kShownBytes = 80;

/// The schema's patterns are few, and take longer to read than to match.
const std::regex& pattern_of(const std::string& text) {
  thread_local std::map<std::string, std::regex> known;
  const auto found = known.find(text);
  return found != known.end() ? found->second : known.emplace(text, text).first->second;
}

std::string shown(const Json& value) {
  if (value.is_string()) return quote(value.get_ref<const std::string&>(), kShownBytes);
  if (value.is_object()) return value.empty() ? "an empty object" : "an object";
  if (value.is_array()) return value.empty() ? "an empty list" : "a list";
  return value.dump();
}

std::string shown_all(const Json& values, std::string_view separator) {
  std::vector<std::string> parts;
  for (const auto& value : values) parts.push_back(shown(value));
  return join(parts, separator);
}

bool has_type(const Json& value, const std::string& type) {
  if (type == "integer") {
    // As JSON Schema has it, 3.0 is an integer too.
    constexpr double kLimit = 9.2e18;
    if (!value.is_number_float()) return value.is_number_integer();
    const double number = value.get<double>();
    return std::trunc(number) == number && std::abs(number) < kLimit;
  }
  if (type == "number") return value.is_number();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  return value.is_null();
}

std::vector<std::string> types_of(const Json& schema) {
  const auto type = schema.find("type");
  if (type == schema.end()) return {};
  if (type->is_array()) return type->get<std::vector<std::string>>();
  return {type->get<std::string>()};
}

bool accepts_type(const Json& schema, const Json& value) {
  const std::vector<std::string> types = types_of(schema);
  if (types.empty()) return true;
  for (const auto& type : types) {
    if (has_type(value, type)) return true;
  }
  return false;
}

bool matches(const Json& schema, const Json& value) {
  std::vector<Problem> problems;
  check(schema, value, "", problems);
  return problems.empty();
}

std::string did_you_mean(const std::string& name, const std::vector<std::string>& candidates) {
  const auto nearest = nearest_name(name, candidates);
  return nearest ? concat(" (did you mean ", quote(*nearest), "?)") : "";
}

/// The names that a string was perhaps meant to be.
std::string hint_for(const Json& schema, const Json& value) {
  if (!value.is_string()) return "";
  std::vector<std::string> candidates;
  const std::function<void(const Json&)> collect = [&](const Json& part) {
    for (const char* keyword : {"enum", "examples"}) {
      if (!part.contains(keyword)) continue;
      for (const auto& candidate : part[keyword]) {
        if (candidate.is_string()) candidates.push_back(candidate.get<std::string>());
      }
    }
    if (part.contains("const") && part["const"].is_string()) candidates.push_back(part["const"].get<std::string>());
    if (part.contains("anyOf")) {
      for (const auto& branch : part["anyOf"]) collect(branch);
    }
  };
  collect(schema);
  return did_you_mean(value.get<std::string>(), candidates);
}

/// " in [1, 10]" and the like, from the bounds that `schema` sets.
std::string range_of(const Json& schema) {
  const auto bound = [&](const char* keyword) {
    if (!schema.contains(keyword)) return std::string();
    const Json& value = schema[keyword];
    return has_type(value, "integer") ? std::to_string(value.get<std::int64_t>()) : value.dump();
  };
  const bool open_below = schema.contains("exclusiveMinimum");
  const bool open_above = schema.contains("exclusiveMaximum");
  const std::string low = bound(open_below ? "exclusiveMinimum" : "minimum");
  const std::string high = bound(open_above ? "exclusiveMaximum" : "maximum");
  if (low.empty() && high.empty()) return "";
  if (high.empty()) return (open_below ? " above " : " of at least ") + low;
  if (low.empty()) return (open_above ? " below " : " of at most ") + high;
  return concat(" in ", open_below ? '(' : '[', low, ", ", high, open_above ? ')' : ']');
}

std::string expected_type(const Json& schema, const std::string& type) {
  if (type == "integer") return "an integer" + range_of(schema);
  if (type == "number") return "a number" + range_of(schema);
  if (type == "boolean") return "true or false";
  if (type == "object") {
    const auto values = schema.find("additionalProperties");
    return values != schema.end() && values->is_object() ? "an object, each value " + expected(*values) : "an object";
  }
  if (type == "array") {
    const int size = schema.value("minItems", 0);
    return concat("a list", size > 0 ? concat(" of ", size, " or more") : "", ", each item ",
                  expected(schema["items"]));
  }
  if (type == "string") {
    if (schema.contains("examples")) return "a string such as " + shown_all(schema["examples"], ", ");
    if (const std::string format = schema.value("format", ""); format.starts_with("path")) {
      return format == "path" ? "a path" : "a path, or a model's name on the hub";
    }
    return schema.contains("minLength") ? "a non-empty string" : "a string";
  }
  return type;
}

/// The checks of one value; `check` starts it.
class Checker {
 public:
  Checker(const Json& schema, const Json& value, const std::string& pointer, std::vector<Problem>& problems)
      : schema_(schema), value_(value), pointer_(pointer), problems_(problems) {}

  void run() {
    if (schema_.contains("anyOf")) return any_of();
    if (!accepts_type(schema_, value_)) return mismatch();
    if (has("const") && schema_["const"] != value_) return mismatch();
    if (has("enum") && !contains(schema_["enum"], value_)) return mismatch();
    if (value_.is_number() && !in_range()) return mismatch();
    if (value_.is_string() && !well_formed()) return mismatch();
    if (value_.is_array()) array();
    if (value_.is_object()) object();
    combinations();
  }

 private:
  [[nodiscard]] bool has(const char* keyword) const { return schema_.contains(keyword); }

  static bool contains(const Json& values, const Json& value) {
    for (const auto& candidate : values) {
      if (candidate == value) return true;
    }
    return false;
  }

  void report(const std::string& pointer, std::string message) { problems_.push_back({pointer, std::move(message)}); }

  void mismatch() {
    report(pointer_, concat("found ", shown(value_), ", expected ", expected(schema_), hint_for(schema_, value_)));
  }

  /// A branch of the value's own type explains better what is wrong inside it than the list of all branches.
  void any_of() {
    const Json* same_type = nullptr;
    for (const auto& branch : schema_["anyOf"]) {
      if (matches(branch, value_)) return;
      if (value_.is_structured() && branch.contains("type") && accepts_type(branch, value_)) same_type = &branch;
    }
    if (same_type == nullptr) return mismatch();
    check(*same_type, value_, pointer_, problems_);
  }

  [[nodiscard]] bool in_range() const {
    const auto number = value_.get<double>();
    return !(has("minimum") && number < schema_["minimum"].get<double>()) &&
           !(has("maximum") && number > schema_["maximum"].get<double>()) &&
           !(has("exclusiveMinimum") && number <= schema_["exclusiveMinimum"].get<double>()) &&
           !(has("exclusiveMaximum") && number >= schema_["exclusiveMaximum"].get<double>());
  }

  [[nodiscard]] bool well_formed() const {
    const auto& text = value_.get_ref<const std::string&>();
    if (has("minLength") && text.size() < schema_["minLength"].get<std::size_t>()) return false;
    // Before the pattern: std::regex recurses with the length of its text.
    if (has("maxLength") && text.size() > schema_["maxLength"].get<std::size_t>()) return false;
    if (schema_.value("format", "").starts_with("path") && text.find('\0') != std::string::npos) return false;
    return !has("pattern") || std::regex_search(text, pattern_of(schema_["pattern"].get<std::string>()));
  }

  void array() {
    if (has("minItems") && value_.size() < schema_["minItems"].get<std::size_t>()) return mismatch();
    std::set<Json> seen;
    for (std::size_t i = 0; i < value_.size(); ++i) {
      const std::string pointer = child(pointer_, std::to_string(i));
      if (has("items")) check(schema_["items"], value_[i], pointer, problems_);
      if (schema_.value("uniqueItems", false) && !seen.insert(value_[i]).second) {
        report(pointer, concat("found ", shown(value_[i]), " a second time, expected each item once"));
      }
    }
  }

  void object() {
    static const Json kNone = Json::object();
    const Json& properties = has("properties") ? schema_["properties"] : kNone;
    for (const auto& [key, item] : value_.items()) {
      const std::string pointer = child(pointer_, key);
      if (has("propertyNames")) check(schema_["propertyNames"], key, pointer, problems_);
      if (properties.contains(key)) {
        check(properties[key], item, pointer, problems_);
      } else if (has("additionalProperties")) {
        additional(properties, key, item, pointer);
      }
    }
    if (!has("required")) return;
    for (const auto& name : schema_["required"]) {
      const auto key = name.get<std::string>();
      if (!value_.contains(key)) missing(properties.contains(key) ? properties[key] : kNone, child(pointer_, key));
    }
  }

  /// Of a block that is not there, what it would have to hold is missing.
  void missing(const Json& property, const std::string& pointer) {
    if (property.contains("required")) return check(property, Json::object(), pointer, problems_);
    report(pointer,
           concat("found nothing, expected ", expected(property), " (", property.value("description", ""), ")"));
  }

  void additional(const Json& properties, const std::string& key, const Json& item, const std::string& pointer) {
    const Json& rule = schema_["additionalProperties"];
    if (!rule.is_boolean()) return check(rule, item, pointer, problems_);
    std::vector<std::string> names;
    for (const auto& property : properties.items()) names.push_back(property.key());
    const std::string hint = did_you_mean(key, names);
    report(pointer, "found an unknown key" + (hint.empty() ? ", expected one of " + join(names, ", ") : hint));
  }

  void combinations() {
    const auto branches = [&](const char* keyword) -> const Json& {
      static const Json kNone = Json::array();
      return has(keyword) ? schema_[keyword] : kNone;
    };
    for (const auto& branch : branches("allOf")) {
      if (!matches(branch, value_)) report(pointer_, branch.value("description", ""));
    }
    std::size_t matching = 0;
    for (const auto& branch : branches("oneOf")) matching += matches(branch, value_) ? 1U : 0U;
    if (has("oneOf") && matching != 1) mismatch();
    if (has("not") && matches(schema_["not"], value_)) mismatch();
    if (has("if") && matches(schema_["if"], value_) && !matches(schema_["then"], value_)) mismatch();
  }

  const Json& schema_;
  const Json& value_;
  const std::string& pointer_;
  std::vector<Problem>& problems_;
};

}  // namespace

void check(const Json& schema, const Json& value, const std::string& pointer, std::vector<Problem>& problems) {
  Checker(schema, value, pointer, problems).run();
}

std::string expected(const Json& schema) {
  if (schema.contains("const")) return shown(schema["const"]);
  if (schema.contains("enum")) return shown_all(schema["enum"], " or ");
  std::vector<std::string> parts;
  if (schema.contains("anyOf")) {
    for (const auto& branch : schema["anyOf"]) parts.push_back(expected(branch));
  } else {
    for (const auto& type : types_of(schema)) parts.push_back(expected_type(schema, type));
  }
  return parts.empty() ? "a value" : join(parts, " or ");
}

}  // namespace tt::config
