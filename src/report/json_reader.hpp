#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "report/fields.hpp"
#include "transfer_tune/core/text.hpp"

// JSON back into the structs that fields.hpp describes.

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

template <class T>
void read(const nlohmann::json& json, const std::string& pointer, T& value);
template <class T>
void read(const nlohmann::json& json, const std::string& pointer, std::optional<T>& value);
template <class T>
void read(const nlohmann::json& json, const std::string& pointer, std::vector<T>& values);

/// Fills a struct's fields from an object.
struct FieldReader {
  const nlohmann::json& object;
  const std::string& pointer;

  template <class T>
  void operator()(const char* name, T& value, const char* /*description*/) const {
    const std::string here = pointer + "/" + name;
    const auto item = object.find(name);
    if (item == object.end()) throw Misfit{here, "nothing", "a value"};
    read(*item, here, value);
  }
};

template <class T>
void read(const nlohmann::json& json, const std::string& pointer, std::optional<T>& value) {
  value.reset();
  if (!json.is_null()) read(json, pointer, value.emplace());
}

template <class T>
void read(const nlohmann::json& json, const std::string& pointer, std::vector<T>& values) {
  if (!json.is_array()) throw Misfit{pointer, json.type_name(), "an array"};
  values.resize(json.size());
  for (std::size_t i = 0; i < values.size(); ++i) read(json[i], concat(pointer, "/", i), values[i]);
}

template <class Enum>
void read_name(const nlohmann::json& json, const std::string& pointer, Enum& value) {
  const auto& names = names_of(value);
  const auto name = json.is_string() ? std::find(names.begin(), names.end(), json.get<std::string>()) : names.end();
  if (name == names.end()) {
    throw Misfit{pointer, quote(json.dump()), "one of " + join({names.begin(), names.end()}, ", ")};
  }
  value = static_cast<Enum>(name - names.begin());
}

inline void read_interval(const nlohmann::json& json, const std::string& pointer, evaluation::Interval& value) {
  if (!json.is_array() || json.size() != 2) throw Misfit{pointer, json.type_name(), "an array of two numbers"};
  read(json[0], pointer + "/0", value.low);
  read(json[1], pointer + "/1", value.high);
}

template <class T>
void read(const nlohmann::json& json, const std::string& pointer, T& value) {
  if constexpr (std::is_enum_v<T>) {
    read_name(json, pointer, value);
  } else if constexpr (std::is_same_v<T, evaluation::Interval>) {
    read_interval(json, pointer, value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!json.is_string()) throw Misfit{pointer, json.type_name(), "a string"};
    value = json.get<std::string>();
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!json.is_boolean()) throw Misfit{pointer, json.type_name(), "true or false"};
    value = json.get<bool>();
  } else if constexpr (std::is_floating_point_v<T>) {
    if (!json.is_number() && !json.is_null()) throw Misfit{pointer, json.type_name(), "a number or null"};
    value = json.is_null() ? evaluation::kUndefined : json.get<T>();
  } else if constexpr (std::is_integral_v<T>) {
    if (!json.is_number_integer()) throw Misfit{pointer, json.type_name(), "an integer"};
    value = json.get<T>();
  } else {
    if (!json.is_object()) throw Misfit{pointer, json.type_name(), "an object"};
    FieldReader reader{json, pointer};
    fields(reader, value);
  }
}

}  // namespace tt::report
