#include "ops/parallel.hpp"
#include "transfer_tune/ops/packed.hpp"

namespace tt::ops {

at::Tensor dropout_mask(std::int64_t rows, std::int64_t columns, const Dropout& dropout,
                        const at::TensorOptions& options) {
  at::Tensor mask = at::empty({rows, columns}, at::kFloat);
  const KernelDropout keep = kernel_dropout(dropout);
  if (!keep.active) return mask.fill_(1).to(options);
  for_rows(rows, columns, [&](std::int64_t begin, std::int64_t end) {
    kernels().dropout_mask(mask.mutable_data_ptr<float>(), begin, end, columns, keep);
  });
  return mask.to(options);
}

at::Tensor dropout(const at::Tensor& x, const Dropout& dropout) {
  if (dropout.p <= 0) return x;
  return x * dropout_mask(x.size(0), x.size(1), dropout, x.options().requires_grad(false));
}

}  // namespace tt::ops
