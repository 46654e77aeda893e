#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tt::data {

struct JsonMember {
  std::string key;
  std::string_view value;  ///< as it is written: of a parsed number, the digits need not survive
};

/// The members of `object`, the valid JSON text of an object, in order. The values point into it.
[[nodiscard]] std::vector<JsonMember> json_members(std::string_view object);

/// The value of `key`, if it is there.
[[nodiscard]] std::optional<std::string_view> find_value(const std::vector<JsonMember>& members, std::string_view key);

}  // namespace tt::data
