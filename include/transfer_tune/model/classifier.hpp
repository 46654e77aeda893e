#pragma once

#include "transfer_tune/model/encoder.hpp"

#include <cstdint>
#include <vector>

namespace tt::model {

enum class Pooling {
  mean,   ///< mean of the last layer's vectors, through the Dense modules, optionally L2-normalised
  cls,    ///< the same of the first token's vector
  first,  ///< the family's own: its head's hidden layer over the first token, or over the mean where it has that
};

/// What turns the encoder's last hidden states into logits.
struct HeadSpec {
  Pooling pooling = Pooling::mean;
  bool normalize = true;  ///< `mean` and `cls` only
  double dropout = 0;     ///< before the linear layer
  std::int64_t num_labels = 0;
};

/// Encoder → pooling → dropout → linear layer.
class Classifier {
 public:
  /// The linear layer starts at N(0, initializer_range²) and zero bias, keyed by `seed`.
  Classifier(Encoder encoder, HeadSpec head, std::uint64_t seed);

  [[nodiscard]] Encoder& encoder() noexcept { return encoder_; }
  [[nodiscard]] const Encoder& encoder() const noexcept { return encoder_; }
  [[nodiscard]] const HeadSpec& head() const noexcept { return head_; }
  /// Whether a text's vector is the mean of its tokens', not the first's.
  [[nodiscard]] bool pools_mean() const noexcept {
    return head_.pooling == Pooling::mean || (head_.pooling == Pooling::first && encoder_.spec().native_head.mean);
  }
  [[nodiscard]] at::Tensor& head_weight() noexcept { return head_parameters_[0].value; }  ///< [labels, features]
  [[nodiscard]] at::Tensor& head_bias() noexcept { return head_parameters_[1].value; }    ///< [labels]
  [[nodiscard]] const at::Tensor& head_weight() const noexcept { return head_parameters_[0].value; }
  [[nodiscard]] const at::Tensor& head_bias() const noexcept { return head_parameters_[1].value; }
  /// How wide the vectors are that the linear layer sees.
  [[nodiscard]] std::int64_t feature_size() const noexcept {
    return head_.pooling == Pooling::first ? encoder_.spec().hidden_size : encoder_.spec().feature_size();
  }
  /// Replaces the linear layer.
  void set_head(const at::Tensor& weight, const at::Tensor& bias);

  /// Every parameter that the logits depend on: the encoder's (its pooler only under `first`, its Dense modules only
  /// under the others), then the head's.
  [[nodiscard]] std::vector<Parameter*> used_parameters();
  /// Those of the base model, used or not, and those of the head.
  [[nodiscard]] std::vector<const Parameter*> all_parameters() const;
  void to(at::Device device);
  [[nodiscard]] at::Device device() const { return head_weight().device(); }
  /// This classifier with its encoder merged: see `Encoder::merged`.
  [[nodiscard]] Classifier merged() const;
  /// This classifier with the first `layers` layers in 8-bit integers: see `Encoder::in_int8`.
  [[nodiscard]] Classifier in_int8(std::int64_t layers) const;

  /// Layers `first` and on over `hidden` [rows, hidden size], then one vector a sequence: the mean of its rows, or its
  /// first row, for which alone the last layer is computed then. Of the encoder, the pooler follows under `first`, and
  /// the Dense modules under the others.
  [[nodiscard]] at::Tensor pool(const at::Tensor& hidden, const ops::Packing& packing, std::int64_t first,
                                const ForwardMode& mode) const;
  /// What the linear layer sees, before dropout: [sequences, features]. `mode` is for the dropout that some families'
  /// own heads have before their hidden layer.
  [[nodiscard]] at::Tensor features(const at::Tensor& pooled, const ForwardMode& mode = {}) const;
  /// [sequences, labels]
  [[nodiscard]] at::Tensor logits(const at::Tensor& features, const ForwardMode& mode) const;

 private:
  /// Whether the logits depend on this parameter of the encoder.
  [[nodiscard]] bool reads(const Parameter& parameter) const;

  Encoder encoder_;
  HeadSpec head_;
  std::vector<Parameter> head_parameters_;
};

/// The classifier's tensors as files of its family name them: under `first` those of the whole classifier, else those
/// of the base model alone.
[[nodiscard]] checkpoint::NamedTensors file_tensors(const Family& family, const Classifier& classifier);

}  // namespace tt::model
