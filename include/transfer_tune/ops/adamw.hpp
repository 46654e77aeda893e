#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace tt::ops {

/// One tensor of an optimizer step. All are shaped and placed alike; `value` and the moments are changed in place.
struct AdamWTensor {
  at::Tensor value;
  at::Tensor grad;  ///< undefined: zero
  at::Tensor first_moment;
  at::Tensor second_moment;
  at::Tensor start;          ///< what `pull` draws towards; read only with it
  double learning_rate = 0;  ///< this step's
  double weight_decay = 0;
};

struct AdamWStep {
  std::int64_t number = 1;  ///< from 1
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double grad_scale = 1;  ///< gradients are divided by it
  double pull = 0;        ///< after the step: value ← value + learning_rate·pull·(start − value)
};

/// The L2 norm of all gradients together; the same for any number of threads.
[[nodiscard]] double gradient_norm(const std::vector<AdamWTensor>& tensors);

/// AdamW with decoupled weight decay (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019), one
/// pass over all tensors.
void adamw(const std::vector<AdamWTensor>& tensors, const AdamWStep& step);

/// The same by ATen's fused kernel, a launch for all tensors of one rate and decay: what CUDA has in place of ours.
/// Gradients are used up.
void adamw_by_aten(const std::vector<AdamWTensor>& tensors, const AdamWStep& step);

/// The same through ATen: what the kernel is tested against, and what runs where it does not.
namespace reference {
[[nodiscard]] double gradient_norm(const std::vector<AdamWTensor>& tensors);
void adamw(const std::vector<AdamWTensor>& tensors, const AdamWStep& step);
}  // namespace reference

}  // namespace tt::ops
