#pragma once

#include "model/families/config_reader.hpp"
#include "transfer_tune/model/module_names.hpp"
#include "transfer_tune/model/spec.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

// What the config.json files of several families have in common.

namespace tt::model {

// No real encoder comes near these; beyond them a damaged config would only exhaust the memory.
constexpr std::int64_t kMaximalVocabulary = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMaximalWidth = 1 << 18;
constexpr std::int64_t kMaximalLayers = 1 << 10;
constexpr std::int64_t kMaximalPositions = 1 << 24;
constexpr double kMaximalTheta = 1e12;

/// The activation function that `key` names, or, where it is absent, `otherwise`.
[[nodiscard]] Activation parse_activation(const ConfigReader& config, const char* key, const char* otherwise = "gelu");

/// What BERT's config.json and those after its example state, as transformers' classes of them have it: sizes,
/// probabilities, activation. `pad_token_id` is that of a file without one. Throws for relative positions and decoders.
[[nodiscard]] EncoderSpec bert_like_spec(const ConfigReader& config, const char* model_type,
                                         std::int64_t pad_token_id = 0);

/// BERT's names, which families after its example kept, around a head of their own.
[[nodiscard]] ModuleNames bert_names(NativeHeadNames head);
/// The endings that BERT's norms had in its first files.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> legacy_norms();

/// What a rotary encoder's heads must be. Throws for an odd width.
void require_even_heads(const ConfigReader& config, const EncoderSpec& spec, const char* key = "num_attention_heads");

/// The base of the angles that `own`, the object of a kind of layers under "rope_parameters", states, or else
/// `otherwise`. Throws for scaled positions.
[[nodiscard]] double rope_theta(const JsonView& own, double otherwise);

/// Throws for heads that do not divide the width.
void require_divisor(const ConfigReader& config, const char* key, std::int64_t value, const char* of,
                     std::int64_t width);

}  // namespace tt::model
