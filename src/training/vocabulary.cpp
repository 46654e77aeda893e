#include "transfer_tune/training/vocabulary.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace tt::training {

CompactVocabulary::CompactVocabulary(model::Encoder& encoder, const std::vector<const EncodedSet*>& sets,
                                     std::int32_t pad_id)
    : encoder_(encoder), whole_(encoder.word_embeddings()) {
  compact_ids_.assign(static_cast<std::size_t>(whole_.size(0)), -1);
  std::vector<std::int64_t> occurring;
  const auto note = [&](std::int32_t id) {
    std::int32_t& compact = compact_ids_[static_cast<std::size_t>(id)];
    if (compact >= 0) return;
    compact = static_cast<std::int32_t>(occurring.size());
    occurring.push_back(id);
  };
  note(pad_id);
  for (const EncodedSet* set : sets) {
    for (const std::int32_t id : set->sequences.all()) note(id);
  }
  original_ids_ = at::tensor(occurring, at::kLong).to(whole_.device());
  encoder_.word_embeddings() = whole_.index_select(0, original_ids_);
}

CompactVocabulary::~CompactVocabulary() {
  const at::NoGradGuard no_grad;
  const at::Tensor trained = encoder_.word_embeddings().detach();
  if (untouched_factor != 1.0) whole_.mul_(untouched_factor);
  whole_.index_copy_(0, original_ids_, trained);
  encoder_.word_embeddings() = whole_;
}

EncodedSet CompactVocabulary::remap(const EncodedSet& set) const {
  EncodedSet out = set;
  for (std::int32_t& id : out.sequences.all()) id = remap(id);
  return out;
}

}  // namespace tt::training
