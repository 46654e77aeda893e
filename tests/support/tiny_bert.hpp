#pragma once

#include "transfer_tune/checkpoint/directory.hpp"
#include "transfer_tune/checkpoint/safetensors.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/model/classifier.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tt::tests {

/// What transformers makes of a small encoder of each family, in a folder that has the family's name.
inline std::filesystem::path goldens() { return TT_SOURCE_DIR "/tests/model/goldens"; }

inline std::vector<std::string> families_with_goldens() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(goldens())) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// A family's name as a test's may be.
inline std::string test_name(const testing::TestParamInfo<std::string>& tested) {
  std::string name = tested.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

/// The checked-in small encoder of `family`, as a Hugging Face directory.
inline std::filesystem::path tiny_encoder(const std::string& family) { return goldens() / family / "encoder"; }
inline std::filesystem::path tiny_bert() { return tiny_encoder("bert"); }

/// The encoder in `directory`; `spec` may be changed by `adjust` before it is built.
template <class Adjust>
model::Encoder read_encoder(const std::filesystem::path& directory, std::uint64_t seed, const Adjust& adjust) {
  const checkpoint::EncoderDirectory files = checkpoint::read_directory(directory);
  const std::filesystem::path config = files.encoder / "config.json";
  const model::Family& family = model::find_family(files.model_type, config);
  model::EncoderSpec spec = family.parse_spec(files.config_json, config);
  adjust(spec);
  model::MatchedTensors matched = model::match_tensors(family, spec, files.tensors, directory);
  // An encoder shares the word table of its checkpoint; tests may change it in place.
  for (auto& [name, tensor] : matched.encoder) tensor = tensor.clone();
  return {family, spec, matched, seed};
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
