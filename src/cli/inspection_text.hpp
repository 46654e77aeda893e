#pragma once

#include "transfer_tune/runs/commands.hpp"

#include <string>

namespace tt::cli {

/// Tables for a person.
[[nodiscard]] std::string to_text(const runs::Inspection& inspection);
[[nodiscard]] std::string to_text(const runs::Validation& validation);

/// One JSON object, indented.
[[nodiscard]] std::string to_json(const runs::Inspection& inspection);
[[nodiscard]] std::string to_json(const runs::Validation& validation);

}  // namespace tt::cli
