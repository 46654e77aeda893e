#include "data/json_record.hpp"

#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/data/json_text.hpp"

#include "data/reader.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace tt::data {
namespace {

using nlohmann::json;

json parse_object(std::string_view text, bool quote) {
  json object;
  try {
    object = parse_json<json>(text);
  } catch (const JsonError& error) {
    throw RecordError(json_fault(error, quote), error.offset);
  }
  if (!object.is_object()) throw RecordError(concat("expected a JSON object, found ", object.type_name()));
  return object;
}

const json& member(const json& object, const std::string& key, std::string_view setting) {
  const auto found = object.find(key);
  if (found != object.end()) return *found;
  std::vector<std::string> keys;
  for (const auto& item : object.items()) keys.push_back(item.key());
  throw RecordError(concat("no key ", quote(key), " (", setting, "); ", describe_names(key, keys)));
}

/// A member that must not be null, as pandas writes a gap.
const json& filled_member(const json& object, const std::string& key, std::string_view setting,
                          std::string_view meaning) {
  const json& value = member(object, key, setting);
  if (value.is_null()) throw RecordError(concat("the ", meaning, " is null; fill it in or delete the record"));
  return value;
}

std::string text_of(const json& value, const std::string& key) {
  if (value.is_string()) return value.get<std::string>();
  throw RecordError(concat("key ", quote(key), ": expected a string, found ", value.type_name()));
}

/// The integer that a float such as 1.0 stands for: so pandas writes integers where another one is missing.
std::optional<std::int64_t> whole_number(const json& value) {
  constexpr double kExact = 9007199254740992;  // 2^53
  if (!value.is_number_float()) return std::nullopt;
  const auto number = value.get<double>();
  if (std::trunc(number) != number || std::abs(number) > kExact) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::string scalar_of(const json& value, const std::string& key) {
  if (value.is_null()) return {};
  if (value.is_string()) return value.get<std::string>();
  if (value.is_primitive()) return value.dump();
  throw RecordError(
      concat("key ", quote(key), ": expected a string, a number, a boolean or null, found ", value.type_name()));
}

/// A number with a fraction is refused as a label, since its spelling would not survive.
std::string label_of(const json& value, const std::string& key, std::size_t& whole_floats) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer() || value.is_boolean()) return value.dump();
  if (const auto number = whole_number(value)) {
    ++whole_floats;
    return std::to_string(*number);
  }
  throw RecordError(concat("key ", quote(key), ": expected a string, an integer or a boolean, found ",
                           value.is_number() ? value.dump() : std::string(value.type_name())));
}

/// One label, or a list of them.
void take_labels(const json& value, const std::string& key, std::size_t& whole_floats, Example& example) {
  if (!value.is_array()) {
    example.label = label_of(value, key, whole_floats);
    return;
  }
  example.labels.emplace();
  for (const json& item : value) example.labels->push_back(label_of(item, key, whole_floats));
}

/// As it is written; empty: null.
std::string id_of(const json& object, std::string_view text, const std::string& key) {
  const json& value = member(object, key, "id_column");
  if (value.is_null()) return {};
  if (value.is_structured()) {
    throw RecordError(
        concat("key ", quote(key), ": expected a string, a number or a boolean, found ", value.type_name()));
  }
  return std::string(find_value(json_members(text), key).value());
}

}  // namespace

Example RecordReader::read(std::string_view text, std::size_t line) {
  const json object = parse_object(text, options_.quote);
  const std::string& label_column = options_.label_column;
  Example example;
  example.line = line;
  example.text = text_of(filled_member(object, options_.text_column, "text_column", "text"), options_.text_column);
  if (options_.labelled) {
    take_labels(filled_member(object, label_column, "label_column", "label"), label_column, whole_floats_, example);
  } else if (const auto label = object.find(label_column); label != object.end() && !label->is_null()) {
    take_labels(*label, label_column, whole_floats_, example);
  }
  if (options_.id_column) example.id = id_of(object, text, *options_.id_column);
  if (const auto& column = options_.language_column;
      column && (options_.language_required || object.contains(*column))) {
    example.language = language_of(scalar_of(member(object, *column, "language_column"), *column));
  }
  for (const auto& column : options_.extra_columns) {
    example.columns.push_back(scalar_of(member(object, column, "an extra column asked for"), column));
  }
  if (const auto& column = options_.weight_column) {
    const std::string value = scalar_of(member(object, *column, "weight_column"), *column);
    if (const std::string fault = read_weight(value, options_, example.weight); !fault.empty()) {
      throw RecordError(fault);
    }
  }
  if (const std::string fault = finish(example, options_); !fault.empty()) throw RecordError(fault);
  return example;
}

void RecordReader::add_notes(Dataset& dataset) const {
  if (whole_floats_ == 0) return;
  dataset.notes.push_back(concat(whole_floats_, whole_floats_ == 1 ? " label is" : " labels are",
                                 " written as a number such as 1.0: taken for the integer, as \"1\""));
}

}  // namespace tt::data
