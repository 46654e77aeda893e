#pragma once

#include "data/reader.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tt::data {

/// How a file of delimited fields is to be read.
struct DelimitedLayout {
  char delimiter;
  std::string_view records;    ///< the header and what follows
  std::size_t first_line = 1;  ///< where `records` begin
};

/// By the options; by Excel's first line "sep=;"; or else by the header: of comma, semicolon, tab and vertical bar the
/// one under which most of the wanted columns are found, `usual` among equals. Where none is, the one that makes the
/// most fields, so that they can be named. Throws `UsageError` for a delimiter that cannot be one.
[[nodiscard]] DelimitedLayout find_layout(const Source& source, const ReadOptions& options, char usual);

/// As the setting takes it: "tab" or the character.
[[nodiscard]] std::string delimiter_name(char delimiter);
/// The way back; nothing for a name of none, such as "auto".
[[nodiscard]] std::optional<char> delimiter_named(std::string_view name);

}  // namespace tt::data
