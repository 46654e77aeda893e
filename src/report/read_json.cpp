#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "report/fields.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::report {
namespace {

using Json = nlohmann::json;

[[noreturn]] void fail(const std::string& pointer, const std::string& found, std::string_view expected) {
  throw CheckpointError(concat("stage report: ", pointer.empty() ? "the document" : pointer, ": found ", found,
                               ", expected ", expected, "; remove it to have the stage trained again"));
}

template <class T>
void read(const Json& json, const std::string& pointer, T& value);
template <class T>
void read(const Json& json, const std::string& pointer, std::optional<T>& value);
template <class T>
void read(const Json& json, const std::string& pointer, std::vector<T>& values);

/// Fills a struct's fields from an object.
struct Reader {
  const Json& object;
  const std::string& pointer;

  template <class T>
  void operator()(const char* name, T& value, const char* /*description*/) const {
    const std::string here = pointer + "/" + name;
    const auto item = object.find(name);
    if (item == object.end()) fail(here, "nothing", "a value");
    read(*item, here, value);
  }
};

template <class T>
void read(const Json& json, const std::string& pointer, std::optional<T>& value) {
  value.reset();
  if (!json.is_null()) read(json, pointer, value.emplace());
}

template <class T>
void read(const Json& json, const std::string& pointer, std::vector<T>& values) {
  if (!json.is_array()) fail(pointer, json.type_name(), "an array");
  values.resize(json.size());
  for (std::size_t i = 0; i < values.size(); ++i) read(json[i], concat(pointer, "/", i), values[i]);
}

void read_validation(const Json& json, const std::string& pointer, Validation& value) {
  const auto name = json.is_string()
                        ? std::find(kValidationNames.begin(), kValidationNames.end(), json.get<std::string>())
                        : kValidationNames.end();
  if (name == kValidationNames.end()) fail(pointer, quote(json.dump()), "a validation strategy");
  value = static_cast<Validation>(name - kValidationNames.begin());
}

void read_interval(const Json& json, const std::string& pointer, evaluation::Interval& value) {
  if (!json.is_array() || json.size() != 2) fail(pointer, json.type_name(), "an array of two numbers");
  read(json[0], pointer + "/0", value.low);
  read(json[1], pointer + "/1", value.high);
}

template <class T>
void read(const Json& json, const std::string& pointer, T& value) {
  if constexpr (std::is_same_v<T, Validation>) {
    read_validation(json, pointer, value);
  } else if constexpr (std::is_same_v<T, evaluation::Interval>) {
    read_interval(json, pointer, value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!json.is_string()) fail(pointer, json.type_name(), "a string");
    value = json.get<std::string>();
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!json.is_boolean()) fail(pointer, json.type_name(), "true or false");
    value = json.get<bool>();
  } else if constexpr (std::is_floating_point_v<T>) {
    if (!json.is_number() && !json.is_null()) fail(pointer, json.type_name(), "a number or null");
    value = json.is_null() ? evaluation::kUndefined : json.get<T>();
  } else if constexpr (std::is_integral_v<T>) {
    if (!json.is_number_integer()) fail(pointer, json.type_name(), "an integer");
    value = json.get<T>();
  } else {
    if (!json.is_object()) fail(pointer, json.type_name(), "an object");
    Reader reader{json, pointer};
    fields(reader, value);
  }
}

}  // namespace

StageReport read_stage_report(std::string_view json) {
  const Json document = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded()) fail("", "text that is not JSON", "a JSON object");
  StageReport report;
  read(document, "", report);
  return report;
}

}  // namespace tt::report
