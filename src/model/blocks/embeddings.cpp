#include "transfer_tune/model/blocks/embeddings.hpp"

#include <ATen/ATen.h>

#include <variant>

namespace tt::model {
namespace {

/// Room for `rows` learnt vectors, where there are any.
std::optional<ParameterRef> vectors(ParameterTable& table, const EncoderSpec& spec, const std::string& name,
                                    std::int64_t rows) {
  if (rows == 0) return std::nullopt;
  return table.add(name + ".weight", {rows, spec.embedding_width()}, Initial::normal);
}

const AbsolutePositions* absolute(const EncoderSpec& spec) { return std::get_if<AbsolutePositions>(&spec.positions); }

}  // namespace

Embeddings::Embeddings(ParameterTable& table, const EncoderSpec& spec, const ModuleNames& names)
    : words_(table.add(names.word_embeddings + ".weight", {spec.vocab_size, spec.embedding_width()}, Initial::normal,
                       /*by_token=*/true)),
      positions_(vectors(table, spec, names.position_embeddings,
                         absolute(spec) == nullptr ? 0 : spec.max_position_embeddings)),
      first_position_(absolute(spec) == nullptr ? 0 : absolute(spec)->offset),
      token_types_(vectors(table, spec, names.token_type_embeddings, spec.type_vocab_size)),
      norm_(table, names.embeddings_norm,
            spec.projection == Projection::before_norm ? spec.hidden_size : spec.embedding_width(), spec.layer_norm_eps,
            spec.norm_biases),
      projects_first_(spec.projection == Projection::before_norm),
      dropout_(spec.hidden_dropout_prob) {
  if (spec.projection == Projection::none) return;
  projection_.emplace(table, names.embeddings_projection, spec.embedding_width(), spec.hidden_size,
                      projects_first_ ? Bias::none : Bias::added);
}

at::Tensor Embeddings::added(Weights weights, const PackedBatch& batch) const {
  at::Tensor sum;
  if (positions_) {
    // Counted from 1, and 0 for padding: its row stands before the first token's.
    const at::Tensor rows = first_position_ == 0 ? batch.positions : batch.counted + (first_position_ - 1);
    sum = at::embedding(positions_->in(weights), rows);
  }
  if (!token_types_) return sum;
  const at::Tensor type = token_types_->in(weights).select(0, 0);
  return sum.defined() ? sum + type : type.expand({batch.ids.size(0), type.size(0)});
}

at::Tensor Embeddings::operator()(Weights weights, const PackedBatch& batch, const ForwardMode& mode) const {
  const at::Tensor words = at::embedding(words_.in(weights), batch.ids);
  const at::Tensor others = added(weights, batch);
  const at::Tensor normed = [&] {
    if (projects_first_) {
      return norm_(weights, (*projection_)(weights, mode, others.defined() ? words + others : words));
    }
    return others.defined() ? norm_(weights, words, {}, others, {}) : norm_(weights, words);
  }();
  const at::Tensor dropped =
      ops::dropout(normed, mode.dropout(dropout_, RandomPurpose::hidden_dropout, dropout_site(-1, 0)));
  return projection_ && !projects_first_ ? (*projection_)(weights, mode, dropped) : dropped;
}

}  // namespace tt::model
