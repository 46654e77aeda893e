#pragma once

#include "support/tiny_bert.hpp"
#include "transfer_tune/training/fit.hpp"

#include <ATen/ATen.h>

#include <string>
#include <vector>

namespace tt::tests {

inline constexpr std::int64_t kLabels = 3;
inline constexpr std::int64_t kLayers = 3;  ///< of the tiny BERT
inline constexpr std::int32_t kPad = 0;
inline constexpr double kEncoderRate = 5e-3;

inline constexpr model::HeadSpec kMeanHead{model::Pooling::mean, true, 0, kLabels};
inline constexpr model::HeadSpec kNativeHead{model::Pooling::first, false, 0.1, kLabels};

/// Texts of random length and tokens (ids 8 to 39), one of which tells the label.
inline training::EncodedSet toy_set(std::size_t texts, std::uint64_t seed) {
  training::EncodedSet set;
  set.file = "toy.csv";
  RandomStream stream(seed);
  for (std::size_t i = 0; i < texts; ++i) {
    const auto label = static_cast<std::int32_t>(i % static_cast<std::size_t>(kLabels));
    std::vector<std::int32_t> ids{2};
    const std::uint64_t words = 1 + stream.below(8);
    for (std::uint64_t w = 0; w < words; ++w) ids.push_back(8 + static_cast<std::int32_t>(stream.below(32)));
    ids.push_back(5 + label);
    ids.push_back(3);
    set.sequences.append(ids);
    set.labels.push_back(label);
    set.lines.push_back(i + 2);
  }
  return set;
}

/// The tiny BERT, or another family's; `dropout` in its layers.
inline model::Classifier toy_classifier(const model::HeadSpec& head, double dropout = 0.1,
                                        const std::string& family = "bert") {
  return {read_encoder(tiny_encoder(family), 0,
                       [&](model::EncoderSpec& spec) {
                         spec.hidden_dropout_prob = spec.attention_probs_dropout_prob = dropout;
                       }),
          head, 3};
}

/// Phases of `epochs` each that train these rules.
inline std::vector<training::PhasePlan> toy_plans(model::Classifier& classifier,
                                                  const std::vector<std::vector<std::string>>& phases,
                                                  std::int64_t epochs) {
  std::vector<training::PhaseRules> rules;
  rules.reserve(phases.size());
  for (const auto& train : phases) rules.push_back({epochs, train, {}, {}});
  return training::plan_phases(rules, training::parameter_infos(classifier), kLayers, {kEncoderRate, 5e-2, 1},
                               "/phases");
}

/// Copies of the used parameters' values.
inline std::vector<at::Tensor> values_of(model::Classifier& classifier) {
  std::vector<at::Tensor> values;
  for (const model::Parameter* parameter : classifier.used_parameters()) {
    values.push_back(parameter->value.detach().clone());
  }
  return values;
}

inline bool identical(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const at::Tensor& x, const at::Tensor& y) { return at::equal(x, y); });
}

/// The largest difference of any two values.
inline double distance(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, (a[i] - b[i]).abs().max().item<double>());
  return largest;
}

inline checkpoint::NamedTensors training_golden() {
  return checkpoint::read_safetensors(TT_SOURCE_DIR "/tests/training/goldens/training.safetensors");
}

}  // namespace tt::tests
