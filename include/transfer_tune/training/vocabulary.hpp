#pragma once

#include "transfer_tune/model/encoder.hpp"
#include "transfer_tune/training/encoded_set.hpp"

#include <cstdint>
#include <vector>

namespace tt::training {

/// Stands in for the word embedding table while it trains: only the rows of tokens that occur. Exact: a row that
/// never occurs gets no gradient and keeps a multiple of its starting value (AdamW::untouched_factor).
class CompactVocabulary {
 public:
  /// Swaps the encoder's table for the rows of tokens in `sets`, and of `pad_id`.
  CompactVocabulary(model::Encoder& encoder, const std::vector<const EncodedSet*>& sets, std::int32_t pad_id);
  CompactVocabulary(const CompactVocabulary&) = delete;
  CompactVocabulary& operator=(const CompactVocabulary&) = delete;
  /// Puts the whole table back with the trained rows in it; a copy where another holds it too.
  ~CompactVocabulary();

  /// `set` in the ids of the small table.
  [[nodiscard]] EncodedSet remap(const EncodedSet& set) const;
  [[nodiscard]] std::int32_t remap(std::int32_t id) const { return compact_ids_[static_cast<std::size_t>(id)]; }
  /// What the rows outside are multiplied by when the table is put back.
  double untouched_factor = 1.0;

 private:
  model::Encoder& encoder_;
  at::Tensor whole_;
  std::vector<std::int32_t> compact_ids_;  ///< by original id; -1: does not occur
  at::Tensor original_ids_;                ///< by compact id
};

}  // namespace tt::training
