#pragma once

#include "transfer_tune/core/error.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The one way in which JSON is read: strictly, and with a place in every complaint.

namespace tt {

/// Why JSON text is refused.
class JsonError : public std::runtime_error {
 public:
  enum class Reason { syntax, repeated_key, depth, table };

  JsonError(Reason reason, const std::string& message) : std::runtime_error(message), why(reason) {}

  Reason why;
  std::string pointer{};          ///< JSON pointer of the fault; empty for syntax, which has an offset
  std::string key{};              ///< that stands twice
  std::size_t offset = 0;         ///< bytes of the text before the fault, of syntax alone
  std::size_t without_found = 0;  ///< the length of the message up to where it repeats what the text holds
};

/// An object of whole numbers that is kept out of the tree, because it is most of the file: a vocabulary.
struct JsonTable {
  std::string pointer;                                          ///< where it stands; the tree has an empty object there
  std::string expected;                                         ///< what a member's value is, for messages
  std::vector<std::pair<std::string, std::int64_t>> entries{};  ///< as they stand in the file, none above 2^31 - 1
};

struct JsonOptions {
  /// Where given, the pointers of keys that stand twice in one object go here, and the last value counts.
  std::vector<std::string>* repeated_keys = nullptr;
  JsonTable* table = nullptr;
};

/// The one value that `text` holds, as `nlohmann::json` or `nlohmann::ordered_json`. Refused are keys that stand twice
/// in one object, bytes that are not UTF-8, zero bytes, anything behind the value, and more than 64 levels of nesting.
/// Throws `JsonError`.
template <class Json>
[[nodiscard]] Json parse_json(std::string_view text, const JsonOptions& options = {});

/// 1-based line and column, in bytes, of the byte at `offset`.
struct JsonPlace {
  std::size_t line;
  std::size_t column;
};
[[nodiscard]] JsonPlace json_place(std::string_view text, std::size_t offset);

/// `key` as a step of a JSON pointer, slash included, printable and cut where it is very long.
[[nodiscard]] std::string json_pointer_step(std::string_view key);

/// The value in `text`, which came from `file`. Throws an `Error` of `kind` that names file and place.
[[nodiscard]] nlohmann::json parse_json_file(std::string_view text, const std::filesystem::path& file, ErrorKind kind,
                                             const JsonOptions& options = {});
/// As above, for text whose top level must be an object.
[[nodiscard]] nlohmann::json parse_json_object(std::string_view text, const std::filesystem::path& file,
                                               ErrorKind kind);
/// The object in `file`.
[[nodiscard]] nlohmann::json read_json_object(const std::filesystem::path& file, ErrorKind kind);

/// Writes `value` as Hugging Face's Python does: two-space indent, sorted keys, final newline. Throws `IoError`.
void write_json(const std::filesystem::path& file, const nlohmann::json& value);

class JsonView;

/// A JSON file in memory: what views look into. Copies share it.
class JsonDocument {
 public:
  /// `value`, said to be the content of `file`, whose faults are errors of `kind`.
  JsonDocument(nlohmann::json value, const std::filesystem::path& file, ErrorKind kind);
  /// Reads `file`. Throws an `Error` of `kind`: missing, unreadable, empty, or JSON that `parse_json` refuses.
  [[nodiscard]] static JsonDocument read(const std::filesystem::path& file, ErrorKind kind,
                                         const JsonOptions& options = {});

  [[nodiscard]] JsonView root() const;
  [[nodiscard]] const std::string& file() const noexcept;

 private:
  friend class JsonView;
  struct Content;
  std::shared_ptr<const Content> content_;
};

/// A value of a `JsonDocument`, which must outlive it. Every complaint is an `Error` of the document's kind that names
/// file, JSON pointer, what was found and what was expected. Cheap to copy: the pointer is looked up when it is needed.
class JsonView {
 public:
  /// True when this is an object with `key`, and its value is not null.
  [[nodiscard]] bool has(std::string_view key) const;
  [[nodiscard]] JsonView at(std::string_view key) const;
  [[nodiscard]] JsonView at(std::size_t index) const;
  /// The number of items of an array.
  [[nodiscard]] std::size_t size() const;
  /// The items of an array.
  [[nodiscard]] std::vector<JsonView> items() const;
  /// The members of an object, in the order of their names.
  [[nodiscard]] std::vector<std::pair<std::string, JsonView>> members() const;

  [[nodiscard]] bool is_null() const;
  [[nodiscard]] bool is_string() const;
  [[nodiscard]] bool is_boolean() const;
  [[nodiscard]] bool is_number() const;
  [[nodiscard]] bool is_array() const;
  [[nodiscard]] bool is_object() const;

  /// This, which must be an object.
  [[nodiscard]] const JsonView& object() const;
  /// Valid as long as the document.
  [[nodiscard]] const std::string& string() const;
  [[nodiscard]] bool boolean() const;
  /// A whole number in `minimum`..`maximum`.
  [[nodiscard]] std::int64_t integer(std::int64_t minimum = 0,
                                     std::int64_t maximum = std::numeric_limits<std::int32_t>::max()) const;
  /// Any number.
  [[nodiscard]] double number() const;

  [[nodiscard]] bool boolean_or(std::string_view key, bool otherwise) const;
  [[nodiscard]] std::string string_or(std::string_view key, std::string_view otherwise) const;

  /// The value without its place.
  [[nodiscard]] const nlohmann::json& value() const noexcept { return *value_; }
  /// The document's file.
  [[nodiscard]] const std::string& file() const noexcept;
  /// JSON pointer; "/" for the whole document.
  [[nodiscard]] std::string pointer() const;
  /// Throws an `Error` of the document's kind: file, pointer, message.
  [[noreturn]] void fail(std::string_view message) const;
  /// The same for a value of another kind than `what`.
  [[noreturn]] void expected(std::string_view what) const;

 private:
  friend class JsonDocument;
  JsonView(const JsonDocument::Content& content, const nlohmann::json& value) : content_(&content), value_(&value) {}

  const JsonDocument::Content* content_;
  const nlohmann::json* value_;
};

}  // namespace tt
