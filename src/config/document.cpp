#include "config/document.hpp"

#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace tt::config {
namespace {

/// What nlohmann's message says beside its error number and position.
std::string detail_of(const std::string& what) {
  std::size_t begin = what.find("] ");
  begin = begin == std::string::npos ? 0 : begin + 2;
  if (const std::size_t column = what.find("column "); column != std::string::npos) {
    if (const std::size_t colon = what.find(": ", column); colon != std::string::npos) begin = colon + 2;
  }
  const std::string detail = what.substr(begin);
  return find_invalid_utf8(detail) ? "invalid UTF-8" : detail.substr(0, 300);
}

/// Builds the document from the parser's events, because only they show a key that occurs twice.
class Builder : public nlohmann::json_sax<Json> {
 public:
  Builder(std::string_view text, std::vector<Problem>& problems) : text_(text), problems_(problems) {}

  [[nodiscard]] Json take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t& /*written*/) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return false; }

  bool start_object(std::size_t /*size*/) override { return open(Json::object()); }
  bool start_array(std::size_t /*size*/) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& key) override {
    Frame& frame = frames_.back();
    frame.key = key;
    if (!frame.keys.insert(key).second) {
      problems_.push_back({child(pointer(), key), "found this key twice in one object, expected it once"});
    }
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/, const nlohmann::detail::exception& e) override {
    const std::string_view before = text_.substr(0, position == 0 ? 0 : position - 1);
    const std::size_t newline = before.rfind('\n');
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t column = newline == std::string_view::npos ? before.size() + 1 : before.size() - newline;
    throw SyntaxError(concat(line, ":", column, ": not valid JSON: ", detail_of(e.what())));
  }

 private:
  struct Frame {
    Json* container;
    std::string key;
    std::set<std::string> keys;
  };

  /// Of the innermost container. Put together only when asked for: deep nesting would make it long at every level.
  [[nodiscard]] std::string pointer() const {
    std::string out;
    for (std::size_t i = 0; i + 1 < frames_.size(); ++i) {
      const Json& container = *frames_[i].container;
      out = child(out, container.is_array() ? std::to_string(container.size() - 1) : frames_[i].key);
    }
    return out;
  }

  Json* place(Json value) {
    if (frames_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Json& container = *frames_.back().container;
    if (container.is_array()) {
      container.push_back(std::move(value));
      return &container.back();
    }
    return &(container[frames_.back().key] = std::move(value));
  }

  bool add(Json value) {
    place(std::move(value));
    return true;
  }

  bool open(Json container) {
    frames_.push_back({place(std::move(container)), {}, {}});
    return true;
  }

  bool close() {
    frames_.pop_back();
    return true;
  }

  std::string_view text_;
  std::vector<Problem>& problems_;
  Json root_;
  std::vector<Frame> frames_;
};

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
  } catch (const SyntaxError&) {
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
  Builder builder(text, problems);
  Json::sax_parse(text, &builder);
  return builder.take();
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
