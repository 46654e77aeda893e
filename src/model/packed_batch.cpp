#include "transfer_tune/model/packed_batch.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace tt::model {

ops::Packing packing_of(std::span<const std::int64_t> lengths, std::int64_t round_to) {
  ops::Packing packing;
  packing.offsets.reserve(lengths.size() + 1);
  for (const std::int64_t length : lengths) {
    packing.offsets.push_back(packing.offsets.back() + static_cast<std::int32_t>(length));
  }
  packing.rows = (packing.offsets.back() + round_to - 1) / round_to * round_to;
  return packing;
}

PackedBatch pack(std::span<const std::span<const std::int32_t>> sequences, std::int32_t pad_id, at::Device device,
                 std::int64_t round_to) {
  std::vector<std::int64_t> lengths;
  lengths.reserve(sequences.size());
  for (const auto& sequence : sequences) lengths.push_back(static_cast<std::int64_t>(sequence.size()));
  PackedBatch batch;
  batch.packing = packing_of(lengths, round_to);
  batch.ids = at::full({batch.packing.rows}, pad_id, at::kLong);
  batch.positions = at::zeros({batch.packing.rows}, at::kLong);
  batch.counted = at::zeros({batch.packing.rows}, at::kLong);
  auto* ids = batch.ids.mutable_data_ptr<std::int64_t>();
  auto* positions = batch.positions.mutable_data_ptr<std::int64_t>();
  auto* counted = batch.counted.mutable_data_ptr<std::int64_t>();
  for (const auto& sequence : sequences) {
    std::copy(sequence.begin(), sequence.end(), ids);
    std::iota(positions, positions + sequence.size(), 0);
    std::int64_t count = 0;
    for (const std::int32_t id : sequence) *counted++ = id == pad_id ? 0 : ++count;
    ids += sequence.size();
    positions += sequence.size();
  }
  batch.ids = batch.ids.to(device);
  batch.positions = batch.positions.to(device);
  batch.counted = batch.counted.to(device);
  return batch;
}

}  // namespace tt::model
