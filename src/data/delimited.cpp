#include "data/delimited.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include "data/reader.hpp"

#include <utility>

namespace tt::data {

std::string Field::value() const {
  if (!has_doubled_quotes) return std::string(raw);
  std::string out;
  out.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    out += raw[i];
    if (raw[i] == '"') ++i;
  }
  return out;
}

DelimitedParser::DelimitedParser(std::string_view text, char separator, std::filesystem::path path,
                                 std::size_t first_line, bool quote)
    : text_(text), separator_(separator), path_(std::move(path)), line_(first_line), quote_(quote) {}

bool DelimitedParser::next(Record& record) {
  while (take_line_end()) {
  }
  if (at_end()) return false;
  record.line = line_;
  record.fields.clear();
  do {
    record.fields.push_back(!at_end() && text_[position_] == '"' ? quoted_field() : plain_field());
  } while (take(separator_));
  take_line_end();
  return true;
}

bool DelimitedParser::at_field_end() const noexcept {
  if (at_end()) return true;
  const char c = text_[position_];
  return c == separator_ || c == '\n' || c == '\r';
}

bool DelimitedParser::take(char c) noexcept {
  if (at_end() || text_[position_] != c) return false;
  ++position_;
  return true;
}

bool DelimitedParser::take_line_end() noexcept {
  const bool carriage_return = take('\r');
  const bool line_feed = take('\n');
  if (!carriage_return && !line_feed) return false;
  ++line_;
  return true;
}

Field DelimitedParser::plain_field() noexcept {
  const std::size_t start = position_;
  while (!at_field_end()) ++position_;
  return {text_.substr(start, position_ - start)};
}

Field DelimitedParser::quoted_field() {
  const std::size_t opened = line_;
  const std::size_t start = ++position_;
  Field field;
  while (!at_end()) {
    if (take_line_end()) continue;
    if (text_[position_++] != '"') continue;
    if (take('"')) {
      field.has_doubled_quotes = true;
      continue;
    }
    if (!at_field_end()) {
      throw DataError(concat(at_line(path_, line_), ": text after the closing quote of a field",
                             rest_of_line(position_), "; write a quote inside a quoted field as two (\"\")"));
    }
    field.raw = text_.substr(start, position_ - 1 - start);
    return field;
  }
  throw DataError(concat(at_line(path_, opened), ": the quote that opens here is never closed", rest_of_line(start),
                         "; close it, or enclose the whole field in quotes and write the quote inside it as two"));
}

std::string DelimitedParser::rest_of_line(std::size_t position) const {
  if (!quote_) return {};
  return concat(": ", quote(text_.substr(position, text_.find_first_of("\r\n", position) - position), 40));
}

}  // namespace tt::data
