#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tt::tokenizer {

/// Token and id, in the order of the file.
using VocabularyEntries = std::vector<std::pair<std::string, std::int64_t>>;

/// Parses `file`. Where `vocabulary` is given, the object at /model/vocab goes there instead of into the result: it is
/// most of the file. Throws `CheckpointError`: missing, unreadable, not JSON, nested too deeply, an id that is no
/// whole number.
[[nodiscard]] nlohmann::json parse_json_file(const std::filesystem::path& file,
                                             VocabularyEntries* vocabulary = nullptr);

/// A value of a JSON file that knows where it stands, so that every complaint names the file and the JSON pointer.
/// Refers to the document it is made from.
class JsonView {
 public:
  JsonView(const nlohmann::json& value, const std::filesystem::path& file);

  /// This, which must be an object.
  [[nodiscard]] const JsonView& object() const;
  /// True when this is an object with `key`, and its value is not null.
  [[nodiscard]] bool has(std::string_view key) const;
  [[nodiscard]] JsonView at(std::string_view key) const;
  [[nodiscard]] JsonView at(std::size_t index) const;
  /// The number of items of an array.
  [[nodiscard]] std::size_t size() const;
  /// The members of an object, in the order of their names.
  [[nodiscard]] std::vector<std::pair<std::string, JsonView>> members() const;

  [[nodiscard]] bool is_string() const;
  /// True for a number beyond what `integer` reads, such as the 1e30 that stands for "no limit".
  [[nodiscard]] bool is_no_limit() const;
  [[nodiscard]] std::string string() const;
  [[nodiscard]] bool boolean() const;
  /// A whole number from 0 to 2^31 - 1.
  [[nodiscard]] std::int32_t integer() const;
  [[nodiscard]] bool boolean_or(std::string_view key, bool otherwise) const;

  /// Throws `CheckpointError`: file, pointer, message.
  [[noreturn]] void fail(std::string_view message) const;

 private:
  JsonView child(const nlohmann::json& value, std::string_view step) const;
  [[noreturn]] void expected(std::string_view what) const;

  const nlohmann::json* value_;
  std::string file_;
  std::string pointer_;
};

/// `step` as a part of a JSON pointer (RFC 6901), printable and cut where it is very long.
[[nodiscard]] std::string pointer_step(std::string_view step);

}  // namespace tt::tokenizer
