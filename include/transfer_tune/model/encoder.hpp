#pragma once

#include "transfer_tune/model/blocks/encoder_blocks.hpp"
#include "transfer_tune/model/family.hpp"
#include "transfer_tune/model/forward_mode.hpp"
#include "transfer_tune/model/lora.hpp"
#include "transfer_tune/model/packed_batch.hpp"
#include "transfer_tune/model/parameter.hpp"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tt::model {

/// What an encoder's parameters are of a checkpoint's tensors.
enum class Values {
  copied,  ///< their own
  shared,  ///< the tensors themselves where they are fp32, so that a mapped file is not held twice: never to be trained
};

/// A transformer encoder over packed batches, and its family's own head up to the linear layer. Weights are fp32.
class Encoder {
 public:
  /// Takes `matched.encoder` as `values` says, but for the word table: that is shared where it is fp32, and nothing may
  /// change it in place. Optional parameters that are missing, or all of them where it is empty, are drawn from
  /// N(0, initializer_range²) (biases 0, norms 1, the padding token's vector 0, as transformers does) keyed by `seed`.
  /// Throws `InternalError` for a tensor that is missing or misshapen: `matched` is of another spec then.
  Encoder(const Family& family, EncoderSpec spec, const MatchedTensors& matched, std::uint64_t seed,
          Values values = Values::copied);

  [[nodiscard]] const EncoderSpec& spec() const noexcept { return spec_; }
  [[nodiscard]] std::vector<Parameter>& parameters() noexcept { return parameters_; }
  [[nodiscard]] const std::vector<Parameter>& parameters() const noexcept { return parameters_; }
  /// What the family calls the linear layer of its own head.
  [[nodiscard]] const std::string& head_linear() const noexcept { return head_linear_; }
  /// The word embedding table [vocab, hidden]; the trainer swaps it for one of the rows that occur.
  [[nodiscard]] at::Tensor& word_embeddings() { return parameters_[blocks_.embeddings.words().index()].value; }
  [[nodiscard]] const at::Tensor& word_embeddings() const { return blocks_.embeddings.words().in(parameters_); }

  /// Puts adapters on the linear modules of its layers that `lora` targets, keyed by `seed`; their parameters come
  /// after all others. Throws `UsageError` that names the targets that are no module's and lists those there are;
  /// `pointer` is where a config sets them.
  void add_lora(const LoraSpec& lora, std::uint64_t seed, const std::string& pointer = "target_modules");
  /// As it was given; absent: there are no adapters.
  [[nodiscard]] const std::optional<LoraSpec>& lora() const noexcept { return lora_; }
  /// The names of the modules that have adapters, in order.
  [[nodiscard]] std::vector<std::string> adapted_modules() const;
  /// This encoder with its adapters, if any, worked into the weights: the same but for rounding, and without them.
  [[nodiscard]] Encoder merged() const;

  /// This encoder, merged, with the weights as they are now, the products of its first `layers` layers in 8-bit
  /// integers: for inference alone.
  [[nodiscard]] Encoder in_int8(std::int64_t layers) const;
  /// How many layers compute in 8-bit integers.
  [[nodiscard]] std::int64_t int8_layers() const noexcept { return int8_layers_; }

  /// Token, position and type embeddings with their norm and dropout: [rows, hidden].
  [[nodiscard]] at::Tensor embed(const PackedBatch& batch, const ForwardMode& mode) const;
  /// Layers first .. last-1 applied to `hidden` [rows, hidden].
  [[nodiscard]] at::Tensor run_layers(at::Tensor hidden, const ops::Packing& packing, std::int64_t first,
                                      std::int64_t last, const ForwardMode& mode) const;
  /// The same up to the last layer, but only each sequence's first row of it: [sequences, hidden]. All that the last
  /// layer computes for the other rows is keys and values.
  [[nodiscard]] at::Tensor first_tokens(const at::Tensor& hidden, const ops::Packing& packing, std::int64_t first,
                                        const ForwardMode& mode) const;
  /// What the family's own head makes of one vector a text [sequences, hidden] before its linear layer.
  [[nodiscard]] at::Tensor head_hidden(const at::Tensor& pooled) const;
  /// What its Dense modules make of the same: [sequences, feature size].
  [[nodiscard]] at::Tensor dense_features(at::Tensor pooled) const;

 private:
  Encoder(const Family& family, EncoderSpec spec, const MatchedTensors& matched, std::uint64_t seed, Values values,
          ParameterTable table);
  /// Calls `change` with each layer that has weights of its own; those that share them follow it.
  void for_each_own_layer(const std::function<void(Layer&)>& change);

  EncoderSpec spec_;
  EncoderBlocks blocks_;
  std::vector<Parameter> parameters_;
  std::string head_linear_;
  std::int64_t int8_layers_ = 0;
  std::optional<LoraSpec> lora_;
};

}  // namespace tt::model
