#pragma once

#include "model/families/config_reader.hpp"
#include "transfer_tune/model/spec.hpp"

#include <cstdint>
#include <limits>

// What the config.json files of several families have in common.

namespace tt::model {

// No real encoder comes near these; beyond them a damaged config would only exhaust the memory.
constexpr std::int64_t kMaximalVocabulary = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMaximalWidth = 1 << 18;
constexpr std::int64_t kMaximalLayers = 1 << 10;
constexpr std::int64_t kMaximalPositions = 1 << 24;

/// The activation function that `key` names; "gelu" when it is absent.
[[nodiscard]] Activation parse_activation(const ConfigReader& config, const char* key);

/// Throws for heads that do not divide the width.
void require_divisor(const ConfigReader& config, const char* key, std::int64_t value, const char* of,
                     std::int64_t width);

}  // namespace tt::model
