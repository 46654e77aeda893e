#include "transfer_tune/model/blocks/feed_forward.hpp"

#include "transfer_tune/model/blocks/activation.hpp"

#include <utility>

namespace tt::model {

FeedForward::FeedForward(ParameterTable& table, const EncoderSpec& spec, const LayerNames& names,
                         const std::string& prefix)
    : intermediate_([&]() -> std::variant<Linear, JoinedLinear> {
        const bool gated = spec.layer.gated;
        const auto layer = [&](const std::string& name, std::int64_t out) {
          const Bias bias = gated ? Bias::added : Bias::deferred;
          return Linear(table, prefix + name, spec.hidden_size, out, spec.layer.biases ? bias : Bias::none);
        };
        if (!gated) return layer(names.intermediate, spec.intermediate_size);
        if (names.gate.empty()) return layer(names.intermediate, 2 * spec.intermediate_size);
        Linear gate = layer(names.gate, spec.intermediate_size);
        return JoinedLinear(std::move(gate), layer(names.intermediate, spec.intermediate_size));
      }()),
      output_(table, prefix + names.output, spec.intermediate_size, spec.hidden_size,
              spec.layer.biases ? Bias::deferred : Bias::none),
      activation_(spec.layer.hidden_act),
      gated_(spec.layer.gated) {}

at::Tensor FeedForward::operator()(const ForwardPass& pass, const at::Tensor& x) const {
  const Weights weights = pass.weights;
  const at::Tensor inner = std::visit([&](const auto& linear) { return linear(weights, pass.mode, x); }, intermediate_);
  if (gated_) return output_(weights, pass.mode, activate_gated(activation_, inner));
  const at::Tensor bias = std::get<Linear>(intermediate_).deferred_bias(weights);
  return output_(weights, pass.mode, activate(activation_, inner, bias));
}

void FeedForward::use_int8(Weights weights, bool on) {
  std::visit([&](auto& linear) { linear.use_int8(weights, on); }, intermediate_);
  output_.use_int8(weights, on);
}

std::vector<LayerLinear> FeedForward::linears() {
  std::vector<LayerLinear> all;
  if (auto* linear = std::get_if<Linear>(&intermediate_)) {
    all.push_back({linear, {"intermediate"}});
  } else {
    auto& joined = std::get<JoinedLinear>(intermediate_);
    all = {{&joined.first(), {"intermediate"}}, {&joined.second(), {"intermediate"}}};
  }
  all.push_back({&output_, {"output"}});
  return all;
}

}  // namespace tt::model
