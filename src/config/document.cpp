#include "config/document.hpp"

#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

namespace tt::config {
namespace {

/// The value of a `--set`: JSON, or else the text itself.
Json parse_value(const std::string& text, const std::string& pointer, std::vector<Problem>& problems) {
  if (const auto offset = find_invalid_utf8(text)) {
    problems.push_back({pointer, concat("found invalid UTF-8 at byte ", *offset, ", expected UTF-8")});
    return nullptr;
  }
  try {
    std::vector<Problem> inner;
    Json value = parse(text, inner);
    for (const auto& problem : inner) problems.push_back({pointer + problem.pointer, problem.message});
    return value;
  } catch (const JsonError&) {
    return text;
  }
}

/// The element of `array` that `key` numbers, or null.
Json* element(Json& array, const std::string& key) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
  const bool is_index = error == std::errc() && end == key.data() + key.size();
  return is_index && index < array.size() ? &array[index] : nullptr;
}

}  // namespace

std::string child(const std::string& pointer, std::string_view key) { return pointer + '/' + pointer_escape(key); }

Json parse(std::string_view text, std::vector<Problem>& problems) {
  std::vector<std::string> repeated;
  Json out = parse_json<Json>(text, {.repeated_keys = &repeated});
  for (std::string& pointer : repeated) {
    problems.push_back({std::move(pointer), "found this key twice in one object, expected it once"});
  }
  return out;
}

std::string assign(Json& document, std::string_view name, const std::string& value, std::vector<Problem>& problems) {
  Json* node = &document;
  std::string pointer;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    const std::string key(name.substr(begin, end - begin));
    begin = end + 1;
    if (key.empty() || find_invalid_utf8(key)) {
      problems.push_back({"", concat("found the name ", quote(name), ", expected one such as training.epochs")});
      return pointer;
    }
    if (node->is_null()) *node = Json::object();
    Json* next = nullptr;
    if (node->is_object()) {
      next = &(*node)[key];
    } else if (node->is_array()) {
      next = element(*node, key);
    }
    if (next == nullptr) {
      problems.push_back({child(pointer, key), node->is_array()
                                                   ? concat("expected an index below ", node->size())
                                                   : concat(pointer, " is a value and has no settings inside")});
      return child(pointer, key);
    }
    pointer = child(pointer, key);
    node = next;
  }
  *node = parse_value(value, pointer, problems);
  return pointer;
}

}  // namespace tt::config
