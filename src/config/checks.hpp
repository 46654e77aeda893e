#pragma once

#include "config/document.hpp"

#include <cstdint>

// The checks of the settings table, as JSON Schema fragments.

namespace tt::config {

inline constexpr std::int64_t kMany = 1000000;

[[nodiscard]] Json integer(std::int64_t minimum, std::int64_t maximum = kMany);
[[nodiscard]] Json at_least(double minimum);
[[nodiscard]] Json between(double minimum, double maximum);
[[nodiscard]] Json positive(double maximum);
[[nodiscard]] Json from_0_below_1();
[[nodiscard]] Json boolean();
[[nodiscard]] Json text();
[[nodiscard]] Json path();
/// A path, or the name of a model on the hub, which is taken where there is nothing at that path.
[[nodiscard]] Json path_or_name();
/// Text that may be empty.
[[nodiscard]] Json any_text();
[[nodiscard]] Json device_name();
/// auto, tab, or a printable character that is no quote.
[[nodiscard]] Json delimiter();
/// The look of an encoding's name; iconv knows which there are.
[[nodiscard]] Json encoding();
/// A canonical group, a glob, or a parameter's name (which has a dot, and is not a misspelt layer group).
[[nodiscard]] Json phase_rule();

/// Its syntax is more than a schema can say; `parse_gate` knows it.
[[nodiscard]] Json gate();

/// `minimum` or more items, each once.
[[nodiscard]] Json list_of(const Json& items, std::int64_t minimum);
/// An object with any keys.
[[nodiscard]] Json object_of(const Json& values);
[[nodiscard]] Json either(const Json& first, const Json& second);
[[nodiscard]] Json constant(const char* value);
/// `check`, or null for "not set".
[[nodiscard]] Json optional(Json check);

/// An object in which `key` is present and not null.
[[nodiscard]] Json given(const char* key);
/// An object in which `key` has this value.
[[nodiscard]] Json is(const char* key, const Json& value);
/// `condition`, with the message for when it does not hold.
[[nodiscard]] Json constraint(const char* message, Json condition);

}  // namespace tt::config
