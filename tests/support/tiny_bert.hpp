#pragma once

#include "transfer_tune/checkpoint/directory.hpp"
#include "transfer_tune/checkpoint/safetensors.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/model/classifier.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tt::tests {

/// The checked-in encoder of three small layers, as a Hugging Face directory.
inline std::filesystem::path tiny_bert() { return TT_SOURCE_DIR "/tests/model/goldens/bert/encoder"; }

/// The encoder in `directory`; `spec` may be changed by `adjust` before it is built.
template <class Adjust>
model::Encoder read_encoder(const std::filesystem::path& directory, std::uint64_t seed, const Adjust& adjust) {
  const checkpoint::EncoderDirectory files = checkpoint::read_directory(directory);
  const std::filesystem::path config = files.encoder / "config.json";
  const model::Family& family = model::find_family(files.model_type, config);
  model::EncoderSpec spec = family.parse_spec(files.config_json, config);
  adjust(spec);
  return {family, spec, model::match_tensors(family, spec, files.tensors, directory), seed};
}

inline model::Encoder read_encoder(const std::filesystem::path& directory, std::uint64_t seed = 0) {
  return read_encoder(directory, seed, [](model::EncoderSpec&) {});
}

/// `ids` cut into sequences of `lengths`.
inline std::vector<std::vector<std::int32_t>> cut(const at::Tensor& ids, const at::Tensor& lengths) {
  std::vector<std::vector<std::int32_t>> sequences;
  const std::int64_t* next = ids.const_data_ptr<std::int64_t>();
  for (std::int64_t s = 0; s < lengths.numel(); ++s) {
    const std::int64_t* end = next + lengths.const_data_ptr<std::int64_t>()[s];
    sequences.emplace_back(next, end);
    next = end;
  }
  return sequences;
}

inline std::vector<std::span<const std::int32_t>> spans_of(const std::vector<std::vector<std::int32_t>>& sequences) {
  return {sequences.begin(), sequences.end()};
}

}  // namespace tt::tests
