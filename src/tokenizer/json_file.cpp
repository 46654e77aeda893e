#include "tokenizer/json_file.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/text.hpp"

#include <nlohmann/json.hpp>

#include <limits>

namespace tt::tokenizer {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxMessage = 300;

/// Builds a document from the parser's events, and the vocabulary beside it.
class Builder {
 public:
  Builder(std::string file, VocabularyEntries* vocabulary) : file_(std::move(file)), vocabulary_(vocabulary) {}

  [[nodiscard]] json take() { return std::move(root_); }

  // The names and signatures are those that nlohmann::json::sax_parse calls.
  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(json::number_integer_t value) { return in_vocabulary_ ? add_entry(value) : add(value); }
  bool number_unsigned(json::number_unsigned_t value) {
    if (!in_vocabulary_) return add(value);
    return value > std::numeric_limits<std::int32_t>::max() ? refuse_entry()
                                                            : add_entry(static_cast<std::int64_t>(value));
  }
  bool number_float(json::number_float_t value, const std::string& /*text*/) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(json::binary_t& /*value*/) { return false; }
  bool start_object(std::size_t /*size*/) {
    if (vocabulary_ != nullptr && open_.size() == 2 && path_ == "model" && key_ == "vocab") {
      open(json::object());
      in_vocabulary_ = true;
      return true;
    }
    return open(json::object());
  }
  bool key(std::string& value) {
    key_ = std::move(value);
    if (open_.size() == 1) path_ = key_;
    return true;
  }
  bool end_object() { return close(); }
  bool start_array(std::size_t /*size*/) { return open(json::array()); }
  bool end_array() { return close(); }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/, const json::exception& error) {
    const std::string_view what = error.what();
    const std::size_t tag = what.find("] ");
    const std::string_view message = tag == std::string_view::npos ? what : what.substr(tag + 2);
    throw CheckpointError(concat(file_, ": not valid JSON (cut off or damaged?): ", quote(message, kMaxMessage)));
  }

 private:
  bool add(json value) {
    if (in_vocabulary_) return refuse_entry();
    place(std::move(value));
    return true;
  }
  json& place(json value) {
    if (open_.empty()) return root_ = std::move(value);
    json& parent = *open_.back();
    if (parent.is_array()) return parent.emplace_back(std::move(value));
    return parent[key_] = std::move(value);
  }
  bool open(json container) {
    if (in_vocabulary_) return refuse_entry();
    if (open_.size() == kMaxDepth) {
      throw CheckpointError(concat(file_, ": nested deeper than ", kMaxDepth, " levels: not a file of a tokenizer"));
    }
    open_.push_back(&place(std::move(container)));
    return true;
  }
  bool close() {
    in_vocabulary_ = false;
    open_.pop_back();
    return true;
  }
  bool add_entry(std::int64_t id) {
    vocabulary_->emplace_back(std::move(key_), id);
    return true;
  }
  [[noreturn]] bool refuse_entry() const {
    throw CheckpointError(
        concat(file_, ": /model/vocab", pointer_step(key_), ": expected a token's id, a whole number"));
  }

  std::string file_;
  VocabularyEntries* vocabulary_;
  bool in_vocabulary_ = false;
  json root_;
  std::vector<json*> open_;  // a container's address holds while it is open: only the innermost one grows
  std::string key_;
  std::string path_;  // the key of the top level
};

}  // namespace

json parse_json_file(const std::filesystem::path& file, VocabularyEntries* vocabulary) {
  const std::string text = read_file(file, ErrorKind::checkpoint);
  if (text.empty()) throw CheckpointError(concat(file.string(), ": the file is empty, expected JSON"));
  Builder builder(file.string(), vocabulary);
  json::sax_parse(text, &builder);
  return builder.take();
}

std::string pointer_step(std::string_view step) {
  const std::string printable = quote(step, kMaxMessage);
  return '/' + pointer_escape(std::string_view(printable).substr(1, printable.size() - 2));
}

JsonView::JsonView(const json& value, const std::filesystem::path& file) : value_(&value), file_(file.string()) {}

JsonView JsonView::child(const json& value, std::string_view step) const {
  JsonView view = *this;
  view.value_ = &value;
  view.pointer_ += pointer_step(step);
  return view;
}

const JsonView& JsonView::object() const {
  if (!value_->is_object()) expected("an object");
  return *this;
}

bool JsonView::has(std::string_view key) const {
  const auto found = value_->find(key);
  return found != value_->end() && !found->is_null();
}

JsonView JsonView::at(std::string_view key) const {
  static_cast<void>(object());
  const auto found = value_->find(key);
  if (found == value_->end()) fail(concat("has no ", quote(key)));
  return child(*found, key);
}

JsonView JsonView::at(std::size_t index) const {
  if (index >= size()) fail(concat("has ", size(), " items, expected at least ", index + 1));
  return child((*value_)[index], std::to_string(index));
}

std::size_t JsonView::size() const {
  if (!value_->is_array()) expected("an array");
  return value_->size();
}

std::vector<std::pair<std::string, JsonView>> JsonView::members() const {
  static_cast<void>(object());
  std::vector<std::pair<std::string, JsonView>> out;
  for (const auto& [key, value] : value_->items()) out.emplace_back(key, child(value, key));
  return out;
}

bool JsonView::is_string() const { return value_->is_string(); }

bool JsonView::is_no_limit() const {
  return value_->is_number() && value_->get<double>() > std::numeric_limits<std::int32_t>::max();
}

std::string JsonView::string() const {
  if (!value_->is_string()) expected("a string");
  return value_->get<std::string>();
}

bool JsonView::boolean() const {
  if (!value_->is_boolean()) expected("true or false");
  return value_->get<bool>();
}

std::int32_t JsonView::integer() const {
  constexpr auto kMax = std::numeric_limits<std::int32_t>::max();
  if (!value_->is_number_unsigned() || value_->get<std::uint64_t>() > kMax) {
    expected(concat("a whole number from 0 to ", kMax));
  }
  return value_->get<std::int32_t>();
}

bool JsonView::boolean_or(std::string_view key, bool otherwise) const {
  return has(key) ? at(key).boolean() : otherwise;
}

void JsonView::fail(std::string_view message) const {
  throw CheckpointError(concat(file_, ": ", pointer_.empty() ? "/" : pointer_, ": ", message));
}

void JsonView::expected(std::string_view what) const {
  const std::string found = value_->is_structured() ? concat("an ", value_->type_name())
                                                    : value_->dump(-1, ' ', false, json::error_handler_t::replace);
  fail(concat("found ", found.size() > kMaxMessage ? quote(found, kMaxMessage) : found, ", expected ", what));
}

}  // namespace tt::tokenizer
