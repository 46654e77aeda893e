#pragma once

#include <string>
#include <string_view>

namespace tt {

/// The program's version: "0.1.0".
[[nodiscard]] std::string_view version();

/// The first twelve digits of the commit that was built; empty where the sources came without their history.
[[nodiscard]] std::string_view revision();

/// Both: "0.1.0+0123456789ab", as reports name the program.
[[nodiscard]] std::string program_version();

}  // namespace tt
