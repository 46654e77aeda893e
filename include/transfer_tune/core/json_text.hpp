#pragma once

#include <string_view>

// JSON as it is written, for what reading it into numbers would lose.

namespace tt {

/// The text of the value that `pointer`, "/a/b", names by keys alone, in `text`, which must be valid JSON whose top
/// level is an object. Empty where there is none, or where a key on the way to it is spelt by escapes.
[[nodiscard]] std::string_view json_value_text(std::string_view text, std::string_view pointer) noexcept;

/// Goes through the items of an array or the members of an object, given by their text.
class JsonItems {
 public:
  explicit JsonItems(std::string_view container) noexcept;

  /// The text of the next item or member's value; empty behind the last one.
  [[nodiscard]] std::string_view next() noexcept;
  /// That of the key before it, without quotes and as it is written; empty in an array.
  [[nodiscard]] std::string_view key() const noexcept { return key_; }

 private:
  void skip_space() noexcept;
  std::string_view take_value() noexcept;

  std::string_view rest_;
  std::string_view key_;
  bool is_object_;
};

}  // namespace tt
