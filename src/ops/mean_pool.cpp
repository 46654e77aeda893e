#include "transfer_tune/ops/packed.hpp"

#include <ATen/ATen.h>

namespace tt::ops {

at::Tensor mean_pool(const at::Tensor& hidden, const Packing& packing) {
  std::vector<std::int64_t> lengths;
  std::vector<std::int64_t> sequence;  // of each row; spelt out here, since its size must not depend on a device's data
  lengths.reserve(static_cast<std::size_t>(packing.sequences()));
  sequence.reserve(static_cast<std::size_t>(packing.offsets.back()));
  for (std::int64_t s = 0; s < packing.sequences(); ++s) {
    lengths.push_back(packing.length(s));
    sequence.insert(sequence.end(), static_cast<std::size_t>(packing.length(s)), s);
  }
  const at::Tensor counts = at::tensor(lengths, at::kLong).to(hidden.device(), hidden.scalar_type());
  const at::Tensor sums = at::zeros({packing.sequences(), hidden.size(1)}, hidden.options().requires_grad(false))
                              .index_add(0, at::tensor(sequence, at::kLong).to(hidden.device()),
                                         hidden.narrow(0, 0, packing.offsets.back()));
  return sums / counts.unsqueeze(1);
}

}  // namespace tt::ops
