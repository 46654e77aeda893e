#include "transfer_tune/training/vocabulary.hpp"

#include "transfer_tune/core/memory.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstdint>

namespace tt::training {
namespace {

/// Rows that are copied at once. What they were read from, if a file, makes room for the next.
constexpr std::int64_t kRowsAtOnce = 16384;

at::Tensor times(const at::Tensor& table, double factor) {
  release_memory();  // what the optimizer had
  at::Tensor out = at::empty_like(table);
  for (std::int64_t row = 0; row < table.size(0); row += kRowsAtOnce) {
    const std::int64_t rows = std::min(kRowsAtOnce, table.size(0) - row);
    at::Tensor part = out.narrow(0, row, rows);
    part.copy_(table.narrow(0, row, rows));
    if (factor != 1.0) part.mul_(factor);
    release_memory();
  }
  return out;
}

}  // namespace

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
  // Where a snapshot or another encoder has the table too, it is theirs; memory of a file, which no allocator gave, is
  // read-only.
  const bool ours = whole_.use_count() == 1 && whole_.storage().use_count() == 1 &&
                    whole_.storage().unsafeGetStorageImpl()->resizable();
  if (!ours) {
    whole_ = times(whole_, untouched_factor);
  } else if (untouched_factor != 1.0) {
    whole_.mul_(untouched_factor);
  }
  whole_.index_copy_(0, original_ids_, trained);
  encoder_.word_embeddings() = whole_;
}

EncodedSet CompactVocabulary::remap(const EncodedSet& set) const {
  EncodedSet out = set;
  for (std::int32_t& id : out.sequences.all()) id = remap(id);
  return out;
}

}  // namespace tt::training
