#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace tt::config {

/// Keeps the order of its keys, so that what is printed follows the settings table.
using Json = nlohmann::ordered_json;

/// Something wrong at one place of a document.
struct Problem {
  std::string pointer;  ///< JSON pointer; empty: the whole document
  std::string message;  ///< "found X, expected Y (hint)"
};

/// `pointer` + "/" + `key`, with `~` and `/` escaped (RFC 6901).
[[nodiscard]] std::string child(const std::string& pointer, std::string_view key);

/// Parses JSON strictly; a key that occurs twice in an object is a problem, and its last value is kept.
/// Throws `JsonError`.
[[nodiscard]] Json parse(std::string_view text, std::vector<Problem>& problems);

/// Puts `value` (JSON, or else a string) at the dotted `name`, such as "training.epochs" or "transfer.phases.0.epochs";
/// objects on the way are made as needed. Returns the JSON pointer of the place.
std::string assign(Json& document, std::string_view name, const std::string& value, std::vector<Problem>& problems);

}  // namespace tt::config
