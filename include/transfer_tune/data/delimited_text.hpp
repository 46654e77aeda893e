#pragma once

#include <string>
#include <vector>

namespace tt::data {

/// `records`, the header first, as delimited text that `read_dataset` reads back as it is: fields that hold a quote, a
/// line end or anything that may be a delimiter are quoted (RFC 4180), lines end in LF. `delimiter` as in
/// `ReadOptions`; "auto" is a comma.
[[nodiscard]] std::string delimited_text(const std::vector<std::vector<std::string>>& records,
                                         const std::string& delimiter);

}  // namespace tt::data
