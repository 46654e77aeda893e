#include "ops/parallel.hpp"
#include "ops/require.hpp"
#include "transfer_tune/ops/packed.hpp"

#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <vector>

namespace tt::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

at::Tensor turned(const at::Tensor& x, const at::Tensor& places, const at::Tensor& cosines, const at::Tensor& sines,
                  std::int64_t heads, float direction) {
  at::Tensor output = at::empty_like(x);
  const RotateArgs args{.x = x.const_data_ptr<float>(),
                        .output = output.mutable_data_ptr<float>(),
                        .places = places.const_data_ptr<std::int32_t>(),
                        .cosines = cosines.const_data_ptr<float>(),
                        .sines = sines.const_data_ptr<float>(),
                        .columns = x.size(1),
                        .heads = heads,
                        .half = cosines.size(1),
                        .direction = direction};
  for_rows(x.size(0), x.size(1), [&](std::int64_t begin, std::int64_t end) { kernels().rotate(args, begin, end); });
  return output;
}

struct Rotate : Function<Rotate> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& places,
                            const at::Tensor& cosines, const at::Tensor& sines, std::int64_t heads) {
    context->save_for_backward({places, cosines, sines});
    context->saved_data["heads"] = heads;
    return turned(x.contiguous(), places, cosines, sines, heads, 1);
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const variable_list saved = context->get_saved_variables();
    return {turned(grads[0].contiguous(), saved[0], saved[1], saved[2], context->saved_data["heads"].toInt(), -1),
            {},
            {},
            {},
            {}};
  }
};

}  // namespace

Rotation rotation(std::int64_t places, std::int64_t head_dim, double theta, at::Device device) {
  const std::int64_t half = head_dim / 2;
  at::Tensor cosines = at::empty({places, half}, at::kFloat);
  at::Tensor sines = at::empty({places, half}, at::kFloat);
  float* cosine = cosines.mutable_data_ptr<float>();
  float* sine = sines.mutable_data_ptr<float>();
  std::vector<float> frequencies;
  for (std::int64_t k = 0; k < half; ++k) {
    // Rounded as in Python, where far places would otherwise come out differently.
    const float power = static_cast<float>(2 * k) / static_cast<float>(head_dim);
    frequencies.push_back(1.0F / std::pow(static_cast<float>(theta), power));
  }
  for (std::int64_t place = 0; place < places; ++place) {
    for (const float frequency : frequencies) {
      const double angle = static_cast<float>(place) * frequency;
      *cosine++ = static_cast<float>(std::cos(angle));
      *sine++ = static_cast<float>(std::sin(angle));
    }
  }
  return {cosines.to(device), sines.to(device)};
}

at::Tensor rotate(const at::Tensor& x, std::int64_t heads, const Packing& packing, const Rotation& by) {
  constexpr const char* op = "rotate";
  require_matrix(op, "x", x);
  require_matrix(op, "cosines", by.cosines);
  const std::int64_t turned_columns = heads * 2 * by.cosines.size(1);
  if (x.size(0) != packing.rows || x.size(1) < turned_columns) {
    reject_argument(op, "x", x, {packing.rows, turned_columns});
  }
  if (by.cosines.size(0) < packing.longest()) {
    reject_argument(op, "cosines", by.cosines, {packing.longest(), by.cosines.size(1)});
  }
  require_sizes(op, "sines", by.sines, by.cosines.sizes());
  if (!kernels_apply(x)) return reference::rotate(x, heads, packing, by);
  require_readable(op, "cosines", by.cosines, by.sines.sizes());
  require_readable(op, "sines", by.sines, by.cosines.sizes());
  return Rotate::apply(x, at::tensor(packing.places(), at::kInt), by.cosines, by.sines, heads);
}

}  // namespace tt::ops
