#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tt::data {

/// One field of a record: a view of the file without the enclosing quotes.
struct Field {
  std::string_view raw;
  bool has_doubled_quotes = false;
  /// The field's text, doubled quotes made single.
  [[nodiscard]] std::string value() const;
};

struct Record {
  std::size_t line = 0;  ///< 1-based line where it starts
  std::vector<Field> fields;
};

/// Splits delimited text into records after RFC 4180. The views it hands out point into `text`.
class DelimitedParser {
 public:
  /// `text` begins at `first_line` of the file. With `quote`, messages quote where it is wrong.
  DelimitedParser(std::string_view text, char separator, std::filesystem::path path, std::size_t first_line = 1,
                  bool quote = true);
  /// Moves to the next record that is not an empty line; false at the end. Throws `DataError` for a quote that is never
  /// closed and for text between a closing quote and the separator.
  [[nodiscard]] bool next(Record& record);

 private:
  [[nodiscard]] bool at_end() const noexcept { return position_ == text_.size(); }
  [[nodiscard]] bool at_field_end() const noexcept;
  bool take(char c) noexcept;
  bool take_line_end() noexcept;
  [[nodiscard]] Field plain_field() noexcept;
  [[nodiscard]] Field quoted_field();
  /// ": " and the rest of the line from `position` on, for a message.
  [[nodiscard]] std::string rest_of_line(std::size_t position) const;

  std::string_view text_;
  char separator_;
  std::filesystem::path path_;
  std::size_t position_ = 0;
  std::size_t line_;
  bool quote_;
};

}  // namespace tt::data
