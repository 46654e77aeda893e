#pragma once

#include <string_view>

namespace tt {

/// Whether `text` is of the form in which the hub names models: "organisation/name", or "name" alone.
[[nodiscard]] bool is_hub_name(std::string_view text);

}  // namespace tt
