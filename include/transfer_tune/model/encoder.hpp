#pragma once

#include "transfer_tune/core/random.hpp"
#include "transfer_tune/device/device.hpp"
#include "transfer_tune/model/family.hpp"
#include "transfer_tune/ops/int8.hpp"
#include "transfer_tune/ops/packed.hpp"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace tt::model {

/// Token sequences laid end to end.
struct PackedBatch {
  at::Tensor ids;        ///< [rows] int64
  at::Tensor positions;  ///< [rows] int64, restarting at 0 with each sequence
  ops::Packing packing;
};

/// Packs `sequences` (none empty) on `device`; rows are rounded up to a multiple of `round_to` with `pad_id`.
[[nodiscard]] PackedBatch pack(std::span<const std::span<const std::int32_t>> sequences, std::int32_t pad_id,
                               at::Device device, std::int64_t round_to = device::row_multiple());

/// The layout alone, for sequences of these lengths.
[[nodiscard]] ops::Packing packing_of(std::span<const std::int64_t> lengths,
                                      std::int64_t round_to = device::row_multiple());

/// Whether dropout acts, and the key of every mask of one forward pass.
struct ForwardMode {
  bool training = false;
  std::uint64_t seed = 0;
  std::uint64_t step = 0;

  /// The dropout of `p` at site (purpose, layer); none outside training.
  [[nodiscard]] ops::Dropout dropout(double p, RandomPurpose purpose, std::uint64_t site) const {
    return training ? ops::Dropout{p, random_key(seed, purpose, step, site)} : ops::Dropout{};
  }
};

/// A named weight of the encoder or the head.
struct Parameter {
  std::string name;   ///< Hugging Face's, without the family prefix
  std::string group;  ///< canonical: embeddings, layer.N, pooler, head
  /// The first part that reads it: 0 the embeddings, 1+k layer k, 1+num_hidden_layers what comes after pooling. What
  /// trains, what is computed once and what that is kept under follow from this, never from the name or the group.
  std::int64_t first_use = 0;
  at::Tensor value;
  bool by_token = false;  ///< a row a token: a batch reads those of its tokens alone
};

/// A transformer encoder over packed batches. Weights are fp32.
class Encoder {
 public:
  /// Takes copies of `matched.encoder`; parameters that are missing are drawn from N(0, initializer_range²) (biases 0,
  /// norms 1, the padding token's vector 0, as transformers does) keyed by `seed`.
  Encoder(const Family& family, EncoderSpec spec, const MatchedTensors& matched, std::uint64_t seed);

  [[nodiscard]] const EncoderSpec& spec() const noexcept { return spec_; }
  [[nodiscard]] std::vector<Parameter>& parameters() noexcept { return parameters_; }
  [[nodiscard]] const std::vector<Parameter>& parameters() const noexcept { return parameters_; }
  /// The word embedding table [vocab, hidden]; the trainer swaps it for one of the rows that occur.
  [[nodiscard]] at::Tensor& word_embeddings() { return weight("embeddings.word"); }
  [[nodiscard]] const at::Tensor& word_embeddings() const { return weight("embeddings.word"); }

  /// This encoder with the weights as they are now, the products of its first `layers` layers in 8-bit integers: for
  /// inference alone.
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
  /// tanh(W·h + b) of the first token's vectors [sequences, hidden].
  [[nodiscard]] at::Tensor pool_first(const at::Tensor& first_tokens) const;

 private:
  [[nodiscard]] at::Tensor& weight(const std::string& role);
  [[nodiscard]] const at::Tensor& weight(const std::string& role) const;
  [[nodiscard]] at::Tensor linear(const at::Tensor& x, const std::string& role) const;
  /// As `linear`, without the bias.
  [[nodiscard]] at::Tensor product(const at::Tensor& x, const std::string& role) const;
  /// Keys and values of the layer side by side: [rows, 2 · hidden].
  [[nodiscard]] at::Tensor keys_and_values(const at::Tensor& hidden, const std::string& layer) const;
  /// One layer for the rows `queries` (all of `hidden`, or each sequence's first) that attend to `hidden`.
  [[nodiscard]] at::Tensor run_layer(const at::Tensor& queries, const at::Tensor& hidden, const ops::Packing& packing,
                                     std::int64_t layer, const ForwardMode& mode) const;
  [[nodiscard]] at::Tensor intermediate(const at::Tensor& x, const std::string& layer) const;

  EncoderSpec spec_;
  std::vector<Parameter> parameters_;
  std::unordered_map<std::string, std::size_t> by_role_;
  std::int64_t int8_layers_ = 0;
  std::unordered_map<std::string, ops::Int8Linear> int8_;  ///< by role; biases as where the role is used
};

}  // namespace tt::model
