#include "transfer_tune/model/blocks/feed_forward.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/model/blocks/activation.hpp"

namespace tt::model {

FeedForward::FeedForward(ParameterTable& table, const EncoderSpec& spec, const LayerNames& names,
                         const std::string& prefix)
    : intermediate_(table, prefix + names.intermediate, spec.hidden_size, spec.intermediate_size,
                    spec.layer.biases ? Bias::deferred : Bias::none),
      output_(table, prefix + names.output, spec.intermediate_size, spec.hidden_size,
              spec.layer.biases ? Bias::deferred : Bias::none),
      activation_(spec.layer.hidden_act) {
  if (spec.layer.gated) {
    throw InternalError(concat("a ", spec.model_type,
                               " encoder's spec asks for gated feed-forward layers; expected "
                               "plain ones, the only ones that FeedForward computes"));
  }
}

at::Tensor FeedForward::operator()(const ForwardPass& pass, const at::Tensor& x) const {
  const Weights weights = pass.weights;
  const at::Tensor inner =
      activate(activation_, intermediate_(weights, pass.mode, x), intermediate_.deferred_bias(weights));
  return output_(weights, pass.mode, inner);
}

void FeedForward::use_int8(Weights weights, bool on) {
  intermediate_.use_int8(weights, on);
  output_.use_int8(weights, on);
}

}  // namespace tt::model
