#include "transfer_tune/model/blocks/embeddings.hpp"

#include <ATen/ATen.h>

#include <variant>

namespace tt::model {
namespace {

/// Room for each token type's vector, where the family has any.
std::optional<ParameterRef> token_types(ParameterTable& table, const EncoderSpec& spec, const ModuleNames& names) {
  if (spec.type_vocab_size == 0) return std::nullopt;
  return table.add(names.token_type_embeddings + ".weight", {spec.type_vocab_size, spec.hidden_size}, Initial::normal);
}

}  // namespace

Embeddings::Embeddings(ParameterTable& table, const EncoderSpec& spec, const ModuleNames& names)
    : words_(table.add(names.word_embeddings + ".weight", {spec.vocab_size, spec.hidden_size}, Initial::normal,
                       /*by_token=*/true)),
      positions_(table.add(names.position_embeddings + ".weight", {spec.max_position_embeddings, spec.hidden_size},
                           Initial::normal)),
      first_position_(std::visit([](const AbsolutePositions& absolute) { return absolute.offset; }, spec.positions)),
      token_types_(token_types(table, spec, names)),
      norm_(table, names.embeddings_norm, spec.hidden_size, spec.layer_norm_eps),
      dropout_(spec.hidden_dropout_prob) {}

at::Tensor Embeddings::operator()(Weights weights, const PackedBatch& batch, const ForwardMode& mode) const {
  const at::Tensor words = at::embedding(words_.in(weights), batch.ids);
  const at::Tensor rows = first_position_ == 0 ? batch.positions : batch.positions + first_position_;
  at::Tensor places = at::embedding(positions_.in(weights), rows);
  if (token_types_) places = places + token_types_->in(weights).select(0, 0);
  const at::Tensor normed = norm_(weights, words, {}, places, {});
  return ops::dropout(normed, mode.dropout(dropout_, RandomPurpose::hidden_dropout, dropout_site(-1, 0)));
}

}  // namespace tt::model
