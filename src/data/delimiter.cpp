#include "data/delimiter.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include "data/delimited.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace tt::data {
namespace {

constexpr std::array<char, 4> kDelimiters{',', ';', '\t', '|'};
constexpr std::string_view kTab = "tab";

/// The delimiter that the options name; nothing where it is to be found out.
std::optional<char> given_delimiter(const Source& source, const ReadOptions& options) {
  const std::string& name = options.delimiter;
  if (name == "auto") return std::nullopt;
  const std::optional<char> given = delimiter_named(name);
  if (!given) {
    throw UsageError(concat(source.path.string(), ": delimiter: found ", quote(name),
                            ", expected auto, tab or one character, such as \";\""));
  }
  return given;
}

/// The delimiter of a first line "sep=;", which Excel writes and reads.
std::optional<char> declared_delimiter(std::string_view text) {
  constexpr std::string_view kPrefix = "sep=";
  const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  if (line.size() != kPrefix.size() + 1 || !line.starts_with(kPrefix)) return std::nullopt;
  return line.back();
}

void skip_line(DelimitedLayout& layout) {
  std::string_view& text = layout.records;
  text.remove_prefix(std::min(text.find_first_of("\r\n"), text.size()));
  text.remove_prefix(text.starts_with("\r\n") ? 2 : std::min<std::size_t>(1, text.size()));
  ++layout.first_line;
}

/// How well a delimiter fits the header: the wanted columns that it finds, then the fields that it makes.
using Fit = std::pair<std::size_t, std::size_t>;

Fit fit_of(char delimiter, const Source& source, const DelimitedLayout& layout, const ReadOptions& options) {
  DelimitedParser parser(layout.records, delimiter, source.path);
  Record header;
  try {
    if (!parser.next(header)) return {};
  } catch (const DataError&) {
    return {};  // text after a closing quote, say: the wrong delimiter
  }
  std::vector<std::string> wanted{options.text_column, options.label_column};
  if (options.id_column) wanted.push_back(*options.id_column);
  if (options.weight_column) wanted.push_back(*options.weight_column);
  if (options.language_column) wanted.push_back(*options.language_column);
  wanted.insert(wanted.end(), options.extra_columns.begin(), options.extra_columns.end());
  const auto found = [&](const std::string& name) {
    return std::ranges::any_of(header.fields, [&](const Field& field) { return field.value() == name; });
  };
  return {static_cast<std::size_t>(std::ranges::count_if(wanted, found)), header.fields.size()};
}

}  // namespace

DelimitedLayout find_layout(const Source& source, const ReadOptions& options, char usual) {
  DelimitedLayout layout{usual, source.text};
  const auto declared = declared_delimiter(source.text);
  if (declared) skip_line(layout);
  if (const auto given = given_delimiter(source, options)) {
    layout.delimiter = *given;
  } else if (declared) {
    layout.delimiter = *declared;
  } else {
    Fit best = fit_of(usual, source, layout, options);
    for (const char delimiter : kDelimiters) {
      const Fit fit = fit_of(delimiter, source, layout, options);
      if (fit <= best || (best.first > 0 && fit.first == best.first)) continue;
      best = fit;
      layout.delimiter = delimiter;
    }
  }
  return layout;
}

std::string delimiter_name(char delimiter) { return delimiter == '\t' ? std::string(kTab) : std::string(1, delimiter); }

std::optional<char> delimiter_named(std::string_view name) {
  if (name == kTab) return '\t';
  const bool can_be_one = name.size() == 1 && static_cast<unsigned char>(name[0]) < 0x80 &&
                          std::string_view("\"\r\n").find(name[0]) == std::string_view::npos;
  return can_be_one ? std::optional(name[0]) : std::nullopt;
}

}  // namespace tt::data
