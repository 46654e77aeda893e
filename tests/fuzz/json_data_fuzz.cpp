#include "fuzz/data_fuzz.hpp"

#include <array>

// JSON lines, arrays of records and CLINC150's object. The first two bytes say which columns, and which format.

TT_FUZZ_TARGET(json_data) {
  if (input.size() < 2) return;
  constexpr std::array<std::string_view, 2> kNames{"data.jsonl", "data.json"};
  const tt::data::ReadOptions options = tt::fuzz::read_options(static_cast<unsigned char>(input[0]));
  tt::fuzz::read_any(kNames.at(static_cast<unsigned char>(input[1]) % kNames.size()), input.substr(2), options);
}
