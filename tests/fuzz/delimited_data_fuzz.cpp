#include "fuzz/data_fuzz.hpp"

#include <array>

// CSV, TSV and fastText's lines. The first two bytes say which columns, and which format and encoding.

TT_FUZZ_TARGET(delimited_data) {
  if (input.size() < 2) return;
  constexpr std::array<std::string_view, 3> kNames{"data.csv", "data.tsv", "data.txt"};
  constexpr std::array kEncodings{"auto", "utf-8", "utf-16", "windows-1252", "shift_jis", "gb18030", "utf-7"};
  constexpr std::array kDelimiters{"auto", ";", "tab", "|"};
  tt::data::ReadOptions options = tt::fuzz::read_options(static_cast<unsigned char>(input[0]));
  const std::size_t kind = static_cast<unsigned char>(input[1]);
  options.encoding = kEncodings.at(kind / kNames.size() % kEncodings.size());
  options.delimiter = kDelimiters.at(kind / kNames.size() / kEncodings.size() % kDelimiters.size());
  tt::fuzz::read_any(kNames.at(kind % kNames.size()), input.substr(2), options);
}
