#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "record/fields/field.hpp"
#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/evaluation/bootstrap.hpp"
#include "transfer_tune/evaluation/metrics.hpp"

// JSON back into the structs that fields/ describes.

namespace tt::report {

/// Thrown by `read` for a value of another kind than its struct's field; whoever reads a file says which it is.
struct Misfit {
  std::string pointer;  ///< JSON pointer
  std::string found;
  std::string expected;

  [[nodiscard]] std::string message() const {
    return concat(pointer.empty() ? "the document" : pointer, ": found ", found, ", expected ", expected);
  }
};

/// The JSON of a file that may not be ours.
inline nlohmann::json parsed(std::string_view text) {
  try {
    return parse_json<nlohmann::json>(text);
  } catch (const JsonError& error) {
    const bool is_syntax = error.why == JsonError::Reason::syntax;
    throw Misfit{error.pointer, is_syntax ? "text that is not JSON" : error.what(), "a JSON object"};
  }
}

/// Where in a document a value stands.
struct Place {
  std::string pointer;       ///< JSON pointer
  std::int64_t version = 1;  ///< of the document's layout

  [[nodiscard]] Place at(const auto& step) const { return {concat(pointer, "/", step), version}; }
};

template <class T>
void read(const nlohmann::json& json, const Place& place, T& value);
template <class T>
void read(const nlohmann::json& json, const Place& place, std::optional<T>& value);
template <class T>
void read(const nlohmann::json& json, const Place& place, std::vector<T>& values);

/// Fills a struct's fields from an object: all, or those that `only` names. A field that the object lacks stays as its
/// struct starts it, where the document is older than the field.
struct FieldReader {
  const nlohmann::json& object;
  const Place& place;
  std::span<const std::string_view> only{};

  template <class T>
  void operator()(const char* name, T& value, const char* /*description*/, Since since = {}) const {
    if (!only.empty() && std::find(only.begin(), only.end(), name) == only.end()) return;
    const Place here = place.at(name);
    const auto item = object.find(name);
    if (item != object.end()) return read(*item, here, value);
    if (place.version >= since.version) throw Misfit{here.pointer, "nothing", "a value"};
  }
};

template <class T>
void read(const nlohmann::json& json, const Place& place, std::optional<T>& value) {
  value.reset();
  if (!json.is_null()) read(json, place, value.emplace());
}

template <class T>
void read(const nlohmann::json& json, const Place& place, std::vector<T>& values) {
  if (!json.is_array()) throw Misfit{place.pointer, json.type_name(), "an array"};
  values.resize(json.size());
  for (std::size_t i = 0; i < values.size(); ++i) read(json[i], place.at(i), values[i]);
}

template <class Enum>
void read_name(const nlohmann::json& json, const Place& place, Enum& value) {
  const auto& names = names_of(value);
  const auto name = json.is_string() ? std::find(names.begin(), names.end(), json.get<std::string>()) : names.end();
  if (name == names.end()) {
    throw Misfit{place.pointer, quote(json.dump()), "one of " + join({names.begin(), names.end()}, ", ")};
  }
  value = static_cast<Enum>(name - names.begin());
}

inline void read_interval(const nlohmann::json& json, const Place& place, evaluation::Interval& value) {
  if (!json.is_array() || json.size() != 2) throw Misfit{place.pointer, json.type_name(), "an array of two numbers"};
  read(json[0], place.at(0), value.low);
  read(json[1], place.at(1), value.high);
}

template <class T>
void read(const nlohmann::json& json, const Place& place, T& value) {
  if constexpr (std::is_enum_v<T>) {
    read_name(json, place, value);
  } else if constexpr (std::is_same_v<T, evaluation::Interval>) {
    read_interval(json, place, value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!json.is_string()) throw Misfit{place.pointer, json.type_name(), "a string"};
    value = json.get<std::string>();
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!json.is_boolean()) throw Misfit{place.pointer, json.type_name(), "true or false"};
    value = json.get<bool>();
  } else if constexpr (std::is_floating_point_v<T>) {
    if (!json.is_number() && !json.is_null()) throw Misfit{place.pointer, json.type_name(), "a number or null"};
    value = json.is_null() ? evaluation::kUndefined : json.get<T>();
  } else if constexpr (std::is_integral_v<T>) {
    if (!json.is_number_integer()) throw Misfit{place.pointer, json.type_name(), "an integer"};
    if (std::is_unsigned_v<T> && !json.is_number_unsigned()) {
      throw Misfit{place.pointer, "a negative number", "0 or more"};
    }
    value = json.get<T>();
  } else {
    if (!json.is_object()) throw Misfit{place.pointer, json.type_name(), "an object"};
    FieldReader reader{json, place};
    fields(reader, value);
  }
}

}  // namespace tt::report
