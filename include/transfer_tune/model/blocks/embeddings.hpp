#pragma once

#include "transfer_tune/model/blocks/linear.hpp"
#include "transfer_tune/model/blocks/norm.hpp"
#include "transfer_tune/model/forward_mode.hpp"
#include "transfer_tune/model/module_names.hpp"
#include "transfer_tune/model/packed_batch.hpp"
#include "transfer_tune/model/spec.hpp"

#include <cstdint>
#include <optional>

namespace tt::model {

/// Token, position and type embeddings, as far as the family has them, with their norm and dropout, and what takes them
/// to the layers' width.
class Embeddings {
 public:
  Embeddings(ParameterTable& table, const EncoderSpec& spec, const ModuleNames& names);

  /// [rows, hidden]; every token is of type 0.
  [[nodiscard]] at::Tensor operator()(Weights weights, const PackedBatch& batch, const ForwardMode& mode) const;
  /// The word embedding table [vocab, embedding width].
  [[nodiscard]] ParameterRef words() const noexcept { return words_; }

 private:
  /// What is added to the words' vectors [rows, embedding width], or undefined.
  [[nodiscard]] at::Tensor added(Weights weights, const PackedBatch& batch) const;

  ParameterRef words_;
  std::optional<ParameterRef> positions_;
  std::int64_t first_position_;
  std::optional<ParameterRef> token_types_;
  Norm norm_;
  std::optional<Linear> projection_;
  bool projects_first_;
  double dropout_;
};

}  // namespace tt::model
