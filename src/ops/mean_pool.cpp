#include "transfer_tune/ops/packed.hpp"

#include <ATen/ATen.h>

namespace tt::ops {

at::Tensor mean_pool(const at::Tensor& hidden, const Packing& packing) {
  std::vector<std::int64_t> lengths;
  lengths.reserve(static_cast<std::size_t>(packing.sequences()));
  for (std::int64_t s = 0; s < packing.sequences(); ++s) lengths.push_back(packing.length(s));
  const at::Tensor counts = at::tensor(lengths, at::kLong).to(hidden.device());
  const at::Tensor sequence = at::repeat_interleave(counts);
  const at::Tensor sums = at::zeros({packing.sequences(), hidden.size(1)}, hidden.options().requires_grad(false))
                              .index_add(0, sequence, hidden.narrow(0, 0, packing.offsets.back()));
  return sums / counts.to(hidden.scalar_type()).unsqueeze(1);
}

}  // namespace tt::ops
