#include "transfer_tune/data/delimited_text.hpp"

#include "data/delimiter.hpp"

#include <string_view>

namespace tt::data {
namespace {

void append_field(std::string& out, std::string_view field, char separator) {
  // Other delimiters too, lest one is guessed from the header.
  if (field.find_first_of("\"\r\n,;\t|") == std::string_view::npos && field.find(separator) == std::string_view::npos) {
    out += field;
    return;
  }
  out += '"';
  for (const char c : field) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace

std::string delimited_text(const std::vector<std::vector<std::string>>& records, const std::string& delimiter) {
  const char separator = delimiter_named(delimiter).value_or(',');
  std::string out;
  for (const std::vector<std::string>& record : records) {
    for (std::size_t i = 0; i < record.size(); ++i) {
      if (i > 0) out += separator;
      append_field(out, record[i], separator);
    }
    out += '\n';
  }
  return out;
}

}  // namespace tt::data
