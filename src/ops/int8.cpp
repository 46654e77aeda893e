#include "transfer_tune/ops/int8.hpp"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/cpu/Utils.h>
#include <ATen/native/quantized/PackedParams.h>
#include <c10/util/Exception.h>

#include <optional>

namespace tt::ops {
namespace {

constexpr double kLargest = 127;

/// Without VNNI two 8-bit products are added up in 16 bits, which 7-bit inputs cannot overflow.
bool reduce_range() {
  static const bool reduce = !at::cpu::is_avx512_vnni_supported();
  return reduce;
}

/// LibTorch warns at the first quantized tensor that a later release will make them otherwise.
class Unheard : public c10::WarningHandler {
  void process(const c10::Warning&) override {}
};

at::Tensor round_weights(const at::Tensor& weight) {
  Unheard unheard;
  const c10::WarningUtils::WarningHandlerGuard guard(&unheard);
  const at::Tensor scales = (weight.abs().amax(1).to(at::kDouble) / kLargest).clamp_min(1e-12);
  return at::quantize_per_channel(weight, scales, at::zeros({weight.size(0)}, at::kLong), 0, at::kQInt8);
}

}  // namespace

Int8Linear::Int8Linear(const at::Tensor& weight, const at::Tensor& bias) {
  using Pack = c10::intrusive_ptr<LinearPackedParamsBase>(at::Tensor, std::optional<at::Tensor>);
  static const auto pack =
      c10::Dispatcher::singleton().findSchemaOrThrow("quantized::linear_prepack", "").typed<Pack>();
  packed_ = pack.call(round_weights(weight.detach()),
                      bias.defined() ? std::optional<at::Tensor>(bias.detach()) : std::nullopt);
}

Int8Linear::Int8Linear(const Int8Linear&) = default;
Int8Linear& Int8Linear::operator=(const Int8Linear&) = default;
Int8Linear::~Int8Linear() = default;

at::Tensor Int8Linear::operator()(const at::Tensor& x) const { return packed_->apply_dynamic(x, reduce_range()); }

}  // namespace tt::ops
