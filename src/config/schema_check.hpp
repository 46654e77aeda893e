#pragma once

#include "config/document.hpp"

#include <string>
#include <vector>

namespace tt::config {

/// Checks `value` against the JSON Schema keywords that the settings table uses, and appends every problem found.
/// The description of a failed `allOf` branch is its message.
void check(const Json& schema, const Json& value, const std::string& pointer, std::vector<Problem>& problems);

/// What `schema` accepts, in words: "an integer, at least 1".
[[nodiscard]] std::string expected(const Json& schema);

}  // namespace tt::config
