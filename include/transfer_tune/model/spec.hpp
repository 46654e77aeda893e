#pragma once

#include <cstdint>
#include <string>
#include <variant>

namespace tt::model {

enum class Activation { gelu, gelu_tanh, relu, tanh };

/// Where a layer's norms stand.
enum class NormPlacement {
  after_residual,   ///< Norm(x + f(x)), as BERT has it
  before_sublayer,  ///< x + f(Norm(x)): no block computes it yet
};

/// What a layer of the encoder is like beside its sizes. What no block computes yet is refused by the block.
struct LayerSpec {
  Activation hidden_act = Activation::gelu;
  NormPlacement norm = NormPlacement::after_residual;
  bool gated = false;                    ///< the feed-forward layer multiplies by a gate: no block computes it yet
  bool biases = true;                    ///< of the linear layers
  bool attention_output_dropout = true;  ///< hidden_dropout_prob acts on what attention gives, too
};

/// A learnt vector for each place in a text, added to the token's.
struct AbsolutePositions {
  std::int64_t offset = 0;  ///< the table's row for a text's first token
};

/// How the encoder tells places apart. Another kind is another alternative here, and does not compile before the blocks
/// handle it.
using Positions = std::variant<AbsolutePositions>;

/// The shape of a transformer encoder, whatever its family.
struct EncoderSpec {
  std::string model_type;  ///< Hugging Face's, e.g. "bert"
  std::int64_t vocab_size = 0;
  std::int64_t hidden_size = 0;
  std::int64_t num_hidden_layers = 0;
  std::int64_t num_attention_heads = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t max_position_embeddings = 0;
  std::int64_t type_vocab_size = 0;  ///< 0: tokens have no types
  std::int64_t pad_token_id = 0;
  double layer_norm_eps = 1e-12;
  double hidden_dropout_prob = 0.1;
  double attention_probs_dropout_prob = 0.1;
  double classifier_dropout = 0.1;  ///< of the native head, before its linear layer
  double initializer_range = 0.02;
  Activation head_act = Activation::tanh;  ///< of the native head's hidden layer
  Positions positions;
  LayerSpec layer;  ///< of every layer

  /// Into how many parts a forward pass up to pooling can be cut: the embeddings and each layer.
  [[nodiscard]] std::int64_t depth() const noexcept { return 1 + num_hidden_layers; }
  /// The longest text that there are positions for.
  [[nodiscard]] std::int64_t max_tokens() const;
};

/// Every field, for keys of what was computed with it.
[[nodiscard]] std::string fingerprint(const EncoderSpec& spec);

}  // namespace tt::model
