#include "transfer_tune/core/json.hpp"

#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace tt {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxMessage = 300;
constexpr std::size_t kMostRepeated = 100;  ///< keys that are named; pointers to them may be long

JsonError fault(JsonError::Reason reason, const std::string& message, std::string pointer) {
  JsonError error(reason, message);
  error.pointer = std::move(pointer);
  error.without_found = message.size();
  return error;
}

JsonError repeated_key(const std::string& key, std::string pointer) {
  JsonError error = fault(JsonError::Reason::repeated_key,
                          concat("the key ", quote(key), " stands twice in one object"), std::move(pointer));
  error.key = key;
  return error;
}

JsonError syntax_error(const std::string& detail, std::size_t offset) {
  JsonError error(JsonError::Reason::syntax, "not valid JSON: " + detail);
  error.offset = offset;
  error.without_found =
      std::min(std::string_view(error.what()).find("; last read"), std::string_view(error.what()).size());
  return error;
}

/// What the parser says beside its error number and position.
std::string detail_of(std::string_view what) {
  std::size_t begin = what.find("] ");
  begin = begin == std::string_view::npos ? 0 : begin + 2;
  if (const std::size_t column = what.find("column "); column != std::string_view::npos) {
    if (const std::size_t colon = what.find(": ", column); colon != std::string_view::npos) begin = colon + 2;
  }
  const std::string_view detail = what.substr(begin);
  if (find_invalid_utf8(detail)) return "invalid UTF-8";
  std::size_t end = std::min(detail.size(), kMaxMessage);
  while (find_invalid_utf8(detail.substr(0, end))) --end;  // at most the bytes of a character
  return concat(detail.substr(0, end), end < detail.size() ? "…" : "");
}

/// Builds the tree from the parser's events, because only they show a key that stands twice. The names and signatures
/// are those that nlohmann's `sax_parse` calls.
template <class Json>
class Builder {
 public:
  explicit Builder(const JsonOptions& options) : options_(options) {
    if (options.table != nullptr) {
      table_depth_ = static_cast<std::size_t>(std::ranges::count(options.table->pointer, '/'));
    }
  }

  [[nodiscard]] Json take() { return std::move(root_); }

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return in_table_ != nullptr ? add_entry(value) : add(value); }
  bool number_unsigned(std::uint64_t value) {
    if (in_table_ == nullptr) return add(value);
    if (value > std::numeric_limits<std::int32_t>::max()) refuse_entry();
    return add_entry(static_cast<std::int64_t>(value));
  }
  bool number_float(double value, const std::string& /*text*/) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(typename Json::binary_t& /*value*/) { return false; }
  bool start_object(std::size_t /*size*/) {
    const bool is_table =
        options_.table != nullptr && frames_.size() == table_depth_ && here() == options_.table->pointer;
    open(Json::object());
    in_table_ = is_table ? options_.table : nullptr;
    return true;
  }
  bool start_array(std::size_t /*size*/) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& key) {
    Frame& frame = frames_.back();
    frame.key = std::move(key);
    if (in_table_ != nullptr || !frame.container->contains(frame.key)) return true;
    if (options_.repeated_keys == nullptr) throw repeated_key(frame.key, here());
    if (options_.repeated_keys->size() < kMostRepeated) options_.repeated_keys->push_back(here());
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/, const nlohmann::detail::exception& error) {
    throw syntax_error(detail_of(error.what()), position == 0 ? 0 : position - 1);
  }

 private:
  struct Frame {
    Json* container;  // its address holds while it is open: only the innermost one grows
    std::string key;
  };

  /// The pointer of the value that comes next.
  [[nodiscard]] std::string here() const {
    std::string out;
    for (const Frame& frame : frames_) {
      const std::size_t begun = &frame == &frames_.back() ? 0 : 1;
      out += frame.container->is_array() ? concat('/', frame.container->size() - begun) : json_pointer_step(frame.key);
    }
    return out;
  }

  Json& place(Json value) {
    if (frames_.empty()) return root_ = std::move(value);
    Json& container = *frames_.back().container;
    if (container.is_array()) return container.emplace_back(std::move(value));
    return container[frames_.back().key] = std::move(value);
  }
  bool add(Json value) {
    if (in_table_ != nullptr) refuse_entry();
    place(std::move(value));
    return true;
  }
  bool open(Json container) {
    if (in_table_ != nullptr) refuse_entry();
    if (frames_.size() == kMaxDepth) {
      throw fault(JsonError::Reason::depth, concat("not valid JSON: nested deeper than ", kMaxDepth, " levels"),
                  here());
    }
    frames_.push_back({&place(std::move(container)), {}});
    return true;
  }
  bool close() {
    in_table_ = nullptr;
    frames_.pop_back();
    return true;
  }
  bool add_entry(std::int64_t value) {
    in_table_->entries.emplace_back(std::move(frames_.back().key), value);
    return true;
  }
  [[noreturn]] void refuse_entry() const {
    throw fault(JsonError::Reason::table, concat("expected ", in_table_->expected), here());
  }

  const JsonOptions& options_;
  std::size_t table_depth_ = 0;
  JsonTable* in_table_ = nullptr;  ///< while its members come
  Json root_;
  std::vector<Frame> frames_;
};

/// Appends the steps from `from` to `value`, which is found by its address.
bool find_steps(const json& from, const json* value, std::string& steps) {
  if (&from == value) return true;
  if (!from.is_structured()) return false;
  const std::size_t before = steps.size();
  for (auto item = from.begin(); item != from.end(); ++item) {
    steps += from.is_object() ? json_pointer_step(item.key()) : concat('/', item - from.begin());
    if (find_steps(*item, value, steps)) return true;
    steps.resize(before);
  }
  return false;
}

}  // namespace

template <class Json>
Json parse_json(std::string_view text, const JsonOptions& options) {
  // The parser takes a zero byte for the end of the text.
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
    throw syntax_error("holds a zero byte", zero);
  }
  Builder<Json> builder(options);
  Json::sax_parse(text, &builder);
  return builder.take();
}

template nlohmann::json parse_json(std::string_view text, const JsonOptions& options);
template nlohmann::ordered_json parse_json(std::string_view text, const JsonOptions& options);

JsonPlace json_place(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const std::size_t newline = before.rfind('\n');
  return {1 + static_cast<std::size_t>(std::ranges::count(before, '\n')),
          newline == std::string_view::npos ? before.size() + 1 : before.size() - newline};
}

std::string json_pointer_step(std::string_view key) {
  const std::string printable = quote(key, kMaxMessage);
  return '/' + pointer_escape(std::string_view(printable).substr(1, printable.size() - 2));
}

json parse_json_file(std::string_view text, const fs::path& file, ErrorKind kind, const JsonOptions& options) {
  if (text.empty()) throw_error(kind, concat(file.string(), ": the file is empty, expected JSON"));
  try {
    return parse_json<json>(text, options);
  } catch (const JsonError& error) {
    if (error.why != JsonError::Reason::syntax) {
      throw_error(kind, concat(file.string(), ": ", error.pointer, ": ", error.what()));
    }
    const auto [line, column] = json_place(text, error.offset);
    throw_error(kind, concat(file.string(), ": line ", line, ", column ", column, ": ", error.what(),
                             " (is the file cut off or damaged?)"));
  }
}

json parse_json_object(std::string_view text, const fs::path& file, ErrorKind kind) {
  json value = parse_json_file(text, file, kind);
  if (!value.is_object()) {
    throw_error(kind, concat(file.string(), ": expected a JSON object, found ", value.type_name()));
  }
  return value;
}

json read_json_object(const fs::path& file, ErrorKind kind) {
  return parse_json_object(read_file(file, kind), file, kind);
}

void write_json(const fs::path& file, const json& value) { write_file(file, value.dump(2) + "\n"); }

struct JsonDocument::Content {
  json root;
  std::string file;
  ErrorKind kind;
};

JsonDocument::JsonDocument(json value, const fs::path& file, ErrorKind kind)
    : content_(std::make_shared<const Content>(Content{std::move(value), file.string(), kind})) {}

JsonDocument JsonDocument::read(const fs::path& file, ErrorKind kind, const JsonOptions& options) {
  return {parse_json_file(read_file(file, kind), file, kind, options), file, kind};
}

JsonView JsonDocument::root() const { return {*content_, content_->root}; }

const std::string& JsonDocument::file() const noexcept { return content_->file; }

bool JsonView::has(std::string_view key) const {
  const auto found = value_->find(key);
  return found != value_->end() && !found->is_null();
}

JsonView JsonView::at(std::string_view key) const {
  static_cast<void>(object());
  const auto found = value_->find(key);
  if (found == value_->end()) fail(concat("has no ", quote(key)));
  return {*content_, *found};
}

JsonView JsonView::at(std::size_t index) const {
  if (index >= size()) fail(concat("has ", size(), " items, expected at least ", index + 1));
  return {*content_, (*value_)[index]};
}

std::size_t JsonView::size() const {
  if (!value_->is_array()) expected("an array");
  return value_->size();
}

std::vector<JsonView> JsonView::items() const {
  std::vector<JsonView> out;
  out.reserve(size());
  for (const json& item : *value_) out.push_back(JsonView(*content_, item));
  return out;
}

std::vector<std::pair<std::string, JsonView>> JsonView::members() const {
  static_cast<void>(object());
  std::vector<std::pair<std::string, JsonView>> out;
  for (const auto& [key, value] : value_->items()) out.emplace_back(key, JsonView(*content_, value));
  return out;
}

bool JsonView::is_null() const { return value_->is_null(); }
bool JsonView::is_string() const { return value_->is_string(); }
bool JsonView::is_boolean() const { return value_->is_boolean(); }
bool JsonView::is_number() const { return value_->is_number(); }
bool JsonView::is_array() const { return value_->is_array(); }
bool JsonView::is_object() const { return value_->is_object(); }

const JsonView& JsonView::object() const {
  if (!is_object()) expected("an object");
  return *this;
}

const std::string& JsonView::string() const {
  if (!is_string()) expected("a string");
  return value_->get_ref<const std::string&>();
}

bool JsonView::boolean() const {
  if (!is_boolean()) expected("true or false");
  return value_->get<bool>();
}

std::int64_t JsonView::integer(std::int64_t minimum, std::int64_t maximum) const {
  const bool fits = value_->is_number_integer() &&
                    (!value_->is_number_unsigned() || std::in_range<std::int64_t>(value_->get<std::uint64_t>()));
  const std::int64_t number = fits ? value_->get<std::int64_t>() : 0;
  if (!fits || number < minimum || number > maximum) {
    expected(concat("a whole number from ", minimum, " to ", maximum));
  }
  return number;
}

double JsonView::number() const {
  if (!is_number()) expected("a number");
  return value_->get<double>();
}

bool JsonView::boolean_or(std::string_view key, bool otherwise) const {
  return has(key) ? at(key).boolean() : otherwise;
}

std::string JsonView::string_or(std::string_view key, std::string_view otherwise) const {
  return has(key) ? at(key).string() : std::string(otherwise);
}

const std::string& JsonView::file() const noexcept { return content_->file; }

std::string JsonView::pointer() const {
  std::string steps;
  find_steps(content_->root, value_, steps);
  return steps.empty() ? "/" : steps;
}

void JsonView::fail(std::string_view message) const {
  throw_error(content_->kind, concat(content_->file, ": ", pointer(), ": ", message));
}

void JsonView::expected(std::string_view what) const {
  const std::string found = value_->is_structured() ? concat("an ", value_->type_name())
                                                    : value_->dump(-1, ' ', false, json::error_handler_t::replace);
  fail(concat("found ", found.size() > kMaxMessage ? quote(found, kMaxMessage) : found, ", expected ", what));
}

}  // namespace tt
