#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "transfer_tune/record/run_report.hpp"

// README.md of a checkpoint: a model card as the Hugging Face hub reads it, YAML metadata first.

namespace tt::report {

/// The card of what `report` tells of. The metadata hold library, task, tags, the base model where its hub name is
/// known, and the figures as a model index. Everything from data is escaped.
[[nodiscard]] std::string model_card(const RunReport& report);

/// The hub's name of the model at `path`, where that lies in a hub cache (models--ORG--NAME/snapshots/…).
[[nodiscard]] std::optional<std::string> hub_name(std::string_view path);

/// `text` as a double-quoted YAML scalar that any reader takes for a string: controls, directional marks and line
/// breaks by name, as "[U+000A]"; bytes that are not UTF-8 as U+FFFD.
[[nodiscard]] std::string yaml_string(std::string_view text);

}  // namespace tt::report
