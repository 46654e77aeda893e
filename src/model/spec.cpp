#include "transfer_tune/model/spec.hpp"

#include "transfer_tune/core/text.hpp"

#include <limits>
#include <sstream>

namespace tt::model {
namespace {

// Fields are bound by position, so that a new one does not compile before it is told apart here.

std::string fingerprint(const LayerSpec& spec) {
  const auto& [hidden_act, norm, gated, biases, attention_output_dropout] = spec;
  return concat(static_cast<int>(hidden_act), ' ', static_cast<int>(norm), ' ', gated, ' ', biases, ' ',
                attention_output_dropout);
}

std::string fingerprint(const AbsolutePositions& positions) {
  const auto& [offset] = positions;
  return concat("absolute ", offset);
}

}  // namespace

std::int64_t EncoderSpec::max_tokens() const {
  return std::visit([&](const AbsolutePositions& absolute) { return max_position_embeddings - absolute.offset; },
                    positions);
}

std::string fingerprint(const EncoderSpec& spec) {
  const auto& [model_type, vocab_size, hidden_size, num_hidden_layers, num_attention_heads, intermediate_size,
               max_position_embeddings, type_vocab_size, pad_token_id, layer_norm_eps, hidden_dropout_prob,
               attention_probs_dropout_prob, classifier_dropout, initializer_range, head_act, positions, layer] = spec;
  std::ostringstream out;
  out.precision(std::numeric_limits<double>::max_digits10);
  out << quote(model_type);
  for (const std::int64_t size : {vocab_size, hidden_size, num_hidden_layers, num_attention_heads, intermediate_size,
                                  max_position_embeddings, type_vocab_size, pad_token_id}) {
    out << ' ' << size;
  }
  for (const double value :
       {layer_norm_eps, hidden_dropout_prob, attention_probs_dropout_prob, classifier_dropout, initializer_range}) {
    out << ' ' << value;
  }
  out << ' ' << static_cast<int>(head_act) << ' '
      << std::visit([](const auto& kind) { return fingerprint(kind); }, positions) << ' ' << fingerprint(layer);
  return out.str();
}

}  // namespace tt::model
