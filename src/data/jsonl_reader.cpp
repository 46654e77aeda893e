#include "transfer_tune/core/text.hpp"

#include "data/reader.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

namespace tt::data {
namespace {

using nlohmann::json;

/// What is wrong with a line.
struct LineError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The object on a line. A repeated key is an error: which of its values counts would be a guess.
json parse_object(std::string_view line) {
  std::set<std::string> keys;
  std::string repeated;
  const auto watch_keys = [&](int depth, json::parse_event_t event, const json& value) {
    if (event == json::parse_event_t::key && depth == 1) {
      auto key = value.get<std::string>();
      if (!keys.insert(key).second) repeated = std::move(key);
    }
    return true;
  };
  json object;
  try {
    object = json::parse(line, watch_keys);
  } catch (const json::exception& error) {
    throw LineError(concat("not valid JSON: ", json_error_detail(error.what())));
  }
  if (!object.is_object()) throw LineError(concat("expected a JSON object, found ", object.type_name()));
  if (!repeated.empty()) throw LineError(concat("key ", quote(repeated), " occurs more than once"));
  return object;
}

const json& member(const json& object, const std::string& key, std::string_view setting) {
  const auto found = object.find(key);
  if (found != object.end()) return *found;
  std::vector<std::string> keys;
  for (const auto& item : object.items()) keys.push_back(item.key());
  throw LineError(concat("no key ", quote(key), " (", setting, "); ", describe_names(key, keys)));
}

std::string string_of(const json& value, const std::string& key) {
  if (value.is_string()) return value.get<std::string>();
  throw LineError(concat("key ", quote(key), ": expected a string, found ", value.type_name()));
}

/// Labels and ids: a number with a fraction is refused, since its spelling would not survive.
std::string name_of(const json& value, const std::string& key) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer() || value.is_boolean()) return value.dump();
  throw LineError(concat("key ", quote(key), ": expected a string, an integer or a boolean, found ",
                         value.is_number() ? value.dump() : std::string(value.type_name())));
}

std::string scalar_of(const json& value, const std::string& key) {
  if (value.is_null()) return {};
  if (value.is_string()) return value.get<std::string>();
  if (value.is_primitive()) return value.dump();
  throw LineError(
      concat("key ", quote(key), ": expected a string, a number, a boolean or null, found ", value.type_name()));
}

Example make_example(const json& object, const ReadOptions& options, std::size_t line) {
  Example example;
  example.line = line;
  example.text = string_of(member(object, options.text_column, "text_column"), options.text_column);
  if (options.labelled) {
    example.label = name_of(member(object, options.label_column, "label_column"), options.label_column);
  } else if (const auto label = object.find(options.label_column); label != object.end() && !label->is_null()) {
    example.label = name_of(*label, options.label_column);
  }
  if (options.id_column) example.id = name_of(member(object, *options.id_column, "id_column"), *options.id_column);
  for (const auto& column : options.extra_columns) {
    example.columns.push_back(scalar_of(member(object, column, "an extra column asked for"), column));
  }
  if (const auto fault = find_fault(example, options); !fault.empty()) throw LineError(std::string(fault));
  return example;
}

}  // namespace

void read_jsonl(const Source& source, const ReadOptions& options, Dataset& dataset) {
  RowErrors errors;
  std::size_t number = 0;
  for (std::size_t start = 0; start < source.text.size();) {
    const std::size_t end = std::min(source.text.find('\n', start), source.text.size());
    const std::string_view line = source.text.substr(start, end - start);
    start = end + 1;
    ++number;
    if (is_blank(line)) continue;
    try {
      dataset.examples.push_back(make_example(parse_object(line), options, number));
    } catch (const LineError& error) {
      errors.add(at_line(source.path, number), error.what());
    }
  }
  errors.throw_if_any();
}

}  // namespace tt::data
