#pragma once

#include "transfer_tune/config/run_config.hpp"

#include "config/document.hpp"

// The settings table (settings.cpp): one row a setting, holding its name, check, default, field and description.
// Everything else about the config is derived from it.

namespace tt::config {

/// The JSON Schema of a whole config file.
[[nodiscard]] const Json& schema();

/// The run that a checked `document` describes, defaults filled in.
[[nodiscard]] RunConfig to_config(const Json& document);

/// The document that describes `config`, defaults spelled out; settings that are absent are left out.
[[nodiscard]] Json to_document(const RunConfig& config);

}  // namespace tt::config
