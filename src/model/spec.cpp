#include "transfer_tune/model/spec.hpp"

#include "transfer_tune/core/text.hpp"

#include <limits>
#include <sstream>

namespace tt::model {
namespace {

// Fields are bound by position, so that a new one does not compile before it is told apart here.

/// Values behind one another; numbers with all their digits.
template <class... Values>
std::string fields(const Values&... values) {
  std::ostringstream out;
  out.precision(std::numeric_limits<double>::max_digits10);
  ((out << ' ' << values), ...);
  return out.str();
}

std::string fingerprint(const LayerSpec& spec) {
  const auto& [hidden_act, norm, gated, biases, attention_output_dropout, output_dropout, first_attention_norm] = spec;
  return fields(static_cast<int>(hidden_act), static_cast<int>(norm), gated, biases, attention_output_dropout,
                output_dropout, first_attention_norm);
}

std::string fingerprint(const AbsolutePositions& positions) {
  const auto& [offset] = positions;
  return fields("absolute", offset);
}

std::string fingerprint(const RotaryPositions& positions) {
  const auto& [theta, local_theta] = positions;
  return fields("rotary", theta, local_theta);
}

std::string fingerprint(const NoPositions&) { return " none"; }

std::string fingerprint(const DisentangledPlaces& places) {
  const auto& [span, max_distance, of_queries, of_keys, shared, normed] = places;
  return fields(span, max_distance, of_queries, of_keys, shared, normed);
}

std::string fingerprint(const RelativeBias& bias) {
  const auto& [buckets, max_distance] = bias;
  return fields(buckets, max_distance);
}

std::string fingerprint(const LocalAttention& local) {
  const auto& [reach, global_every] = local;
  return fields(reach, global_every);
}

std::string fingerprint(const NativeHeadSpec& head) {
  const auto& [activation, mean, input_dropout, own_dropout, bias, norm] = head;
  return fields(static_cast<int>(activation), mean, input_dropout, own_dropout, bias, norm);
}

std::string fingerprint(const std::vector<DenseSpec>& dense) {
  std::string out;
  for (const auto& [out_features, activation, bias] : dense) {
    out += fields(out_features, static_cast<int>(activation), bias);
  }
  return out;
}

template <class Part>
std::string fingerprint(const std::optional<Part>& part) {
  return part ? fingerprint(*part) : " none";
}

}  // namespace

std::int64_t EncoderSpec::max_tokens() const {
  const auto* absolute = std::get_if<AbsolutePositions>(&positions);
  return max_position_embeddings - (absolute == nullptr ? 0 : absolute->offset);
}

std::string fingerprint(const EncoderSpec& spec) {
  const auto& [model_type, vocab_size, embedding_size, projection, hidden_size, num_hidden_layers, layer_groups,
               num_attention_heads, intermediate_size, max_position_embeddings, type_vocab_size, pad_token_id,
               layer_norm_eps, norm_biases, hidden_dropout_prob, attention_probs_dropout_prob, classifier_dropout,
               initializer_range, positions, relative_bias, disentangled, local_attention, layer, native_head, dense] =
      spec;
  return concat(quote(model_type),
                fields(vocab_size, embedding_size, static_cast<int>(projection), hidden_size, num_hidden_layers,
                       layer_groups, num_attention_heads, intermediate_size, max_position_embeddings, type_vocab_size,
                       pad_token_id, layer_norm_eps, norm_biases, hidden_dropout_prob, attention_probs_dropout_prob,
                       classifier_dropout, initializer_range),
                std::visit([](const auto& kind) { return fingerprint(kind); }, positions), " bias",
                fingerprint(relative_bias), " places", fingerprint(disentangled), " local",
                fingerprint(local_attention), " layer", fingerprint(layer), " head", fingerprint(native_head), " dense",
                fingerprint(dense));
}

}  // namespace tt::model
