#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tt::model {

enum class Activation { gelu, gelu_tanh, relu, tanh, silu, sigmoid, identity };

/// Where a layer's norms stand.
enum class NormPlacement {
  after_residual,   ///< Norm(x + f(x)), as BERT has it
  before_sublayer,  ///< x + f(Norm(x)), as ModernBERT has it
};

/// What a layer of the encoder is like beside its sizes.
struct LayerSpec {
  Activation hidden_act = Activation::gelu;
  NormPlacement norm = NormPlacement::after_residual;
  bool gated = false;                    ///< the feed-forward layer multiplies what it activates by a gate
  bool biases = true;                    ///< of the linear layers
  bool attention_output_dropout = true;  ///< hidden_dropout_prob acts on what attention gives, too
  bool output_dropout = true;            ///< and on what the feed-forward layer gives
  bool first_attention_norm = true;      ///< of norms before each sub-layer, the very first is there
};

/// A learnt vector for each place in a text, added to the token's.
struct AbsolutePositions {
  /// The table's row for a text's first token. Above 0, a padding token within a text has the row offset - 1 and does
  /// not count for the places of those behind it.
  std::int64_t offset = 0;
};

/// Queries and keys are turned by angles that grow with their place (Su et al., "RoFormer: Enhanced Transformer with
/// Rotary Position Embedding", 2021).
struct RotaryPositions {
  double theta = 10000;        ///< the angle of pair k of a head's d/2 grows by theta^(-2k/d) a place
  double local_theta = 10000;  ///< the same in layers with a window
};

/// Neither a token's vector nor queries and keys say where it stands: attention's scores do, if anything does.
struct NoPositions {};

/// How the encoder tells places apart. Another kind is another alternative here, and does not compile before the blocks
/// handle it.
using Positions = std::variant<AbsolutePositions, RotaryPositions, NoPositions>;

/// What all layers add to a head's attention scores: a learnt number for the distance of query and key, far ones
/// sharing theirs (Raffel et al., "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer",
/// 2020, section 2.1).
struct RelativeBias {
  std::int64_t buckets = 32;
  std::int64_t max_distance = 128;  ///< from here on all share a bucket
};

/// Beside their product with each other, queries and keys are multiplied with learnt vectors for how far apart they
/// stand, which every layer projects for itself (He et al., "DeBERTa: Decoding-enhanced BERT with Disentangled
/// Attention", 2021, section 3).
struct DisentangledPlaces {
  std::int64_t span = 0;          ///< vectors for each direction
  std::int64_t max_distance = 0;  ///< places from half the span to here share vectors, by logarithm; 0: none do
  bool of_queries = true;         ///< queries are multiplied with them
  bool of_keys = true;            ///< keys are
  bool shared = false;            ///< they go through the layer's own projections of keys and queries
  bool normed = false;            ///< a LayerNorm, one for all layers, comes first
};

/// Where embeddings of another width than the layers' are taken to it.
enum class Projection {
  none,
  after_norm,   ///< normed at their own width, as ELECTRA has it
  before_norm,  ///< without a bias, and normed at the layers', as DeBERTa has it
};

/// Layers that see what is near alone, in turn with some that see all.
struct LocalAttention {
  std::int64_t reach = 64;        ///< how far away what a token sees may be
  std::int64_t global_every = 3;  ///< of so many layers, the first sees all
};

/// The family's own classification head up to its linear layer: activation(W·h + b) of one vector a text.
struct NativeHeadSpec {
  Activation activation = Activation::tanh;
  bool mean = false;           ///< over the mean of a text's vectors, not its first
  bool input_dropout = false;  ///< the classifier's dropout acts before this layer, too
  double own_dropout = 0;      ///< without that, what acts before this layer
  bool bias = true;
  bool norm = false;  ///< a LayerNorm behind the activation
};

/// A linear layer over the vector of a whole text, behind its pooling, and what is done to its results: a Dense module
/// of sentence-transformers.
struct DenseSpec {
  std::int64_t out_features = 0;
  Activation activation = Activation::tanh;
  bool bias = true;
};

/// The shape of a transformer encoder, whatever its family.
struct EncoderSpec {
  std::string model_type;  ///< Hugging Face's, e.g. "bert"
  std::int64_t vocab_size = 0;
  std::int64_t embedding_size = 0;  ///< of what is added up and normed before the first layer; 0: hidden_size
  Projection projection = Projection::none;
  std::int64_t hidden_size = 0;
  std::int64_t num_hidden_layers = 0;
  std::int64_t layer_groups = 0;  ///< layers of a group, equally many in each, are one and the same; 0: each its own
  std::int64_t num_attention_heads = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t max_position_embeddings = 0;
  std::int64_t type_vocab_size = 0;  ///< 0: tokens have no types
  std::int64_t pad_token_id = 0;
  double layer_norm_eps = 1e-12;
  bool norm_biases = true;
  double hidden_dropout_prob = 0.1;
  double attention_probs_dropout_prob = 0.1;
  double classifier_dropout = 0.1;  ///< of the native head, before its linear layer
  double initializer_range = 0.02;
  Positions positions;
  std::optional<RelativeBias> relative_bias;
  std::optional<DisentangledPlaces> disentangled;
  std::optional<LocalAttention> local_attention;
  LayerSpec layer;  ///< of every layer
  NativeHeadSpec native_head;
  std::vector<DenseSpec> dense;  ///< one behind the other, over what is pooled; the native head does without

  /// Into how many parts a forward pass up to pooling can be cut: the embeddings and each layer.
  [[nodiscard]] std::int64_t depth() const noexcept { return 1 + num_hidden_layers; }
  /// The longest text that there are positions for.
  [[nodiscard]] std::int64_t max_tokens() const;
  [[nodiscard]] std::int64_t embedding_width() const noexcept {
    return embedding_size == 0 ? hidden_size : embedding_size;
  }
  /// Of a text's vector behind all that the encoder does to it.
  [[nodiscard]] std::int64_t feature_size() const noexcept {
    return dense.empty() ? hidden_size : dense.back().out_features;
  }
  [[nodiscard]] std::int64_t head_dim() const noexcept { return hidden_size / num_attention_heads; }
  /// The group of layers that layer `which` belongs to, and the first layer of it.
  [[nodiscard]] std::int64_t group_of(std::int64_t which) const noexcept {
    return layer_groups == 0 ? which : which * layer_groups / num_hidden_layers;
  }
  [[nodiscard]] std::int64_t first_of_group(std::int64_t which) const noexcept {
    return layer_groups == 0 ? which : group_of(which) * (num_hidden_layers / layer_groups);
  }
  /// How far away what a token sees in layer `which` may be; negative: anywhere.
  [[nodiscard]] std::int64_t window(std::int64_t which) const noexcept {
    return local_attention && which % local_attention->global_every != 0 ? local_attention->reach : -1;
  }
};

/// Every field, for keys of what was computed with it.
[[nodiscard]] std::string fingerprint(const EncoderSpec& spec);

}  // namespace tt::model
