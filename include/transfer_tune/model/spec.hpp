#pragma once

#include <cstdint>
#include <string>

namespace tt::model {

enum class Activation { gelu, gelu_tanh, relu };

/// The shape of a transformer encoder, whatever its family: absolute positions, LayerNorm after each sub-layer.
struct EncoderSpec {
  std::string model_type;  ///< Hugging Face's, e.g. "bert"
  std::int64_t vocab_size = 0;
  std::int64_t hidden_size = 0;
  std::int64_t num_hidden_layers = 0;
  std::int64_t num_attention_heads = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t max_position_embeddings = 0;
  std::int64_t type_vocab_size = 0;
  std::int64_t pad_token_id = 0;
  double layer_norm_eps = 1e-12;
  double hidden_dropout_prob = 0.1;
  double attention_probs_dropout_prob = 0.1;
  double classifier_dropout = 0.1;  ///< config.json's classifier_dropout, else hidden_dropout_prob
  double initializer_range = 0.02;
  Activation hidden_act = Activation::gelu;

  /// Into how many parts a forward pass up to pooling can be cut: the embeddings and each layer.
  [[nodiscard]] std::int64_t depth() const noexcept { return 1 + num_hidden_layers; }
};

/// Every field, for keys of what was computed with it.
[[nodiscard]] std::string fingerprint(const EncoderSpec& spec);

}  // namespace tt::model
