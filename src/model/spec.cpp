#include "transfer_tune/model/spec.hpp"

#include "transfer_tune/core/text.hpp"

#include <limits>
#include <sstream>

namespace tt::model {

std::string fingerprint(const EncoderSpec& spec) {
  // Bound by position, so that a new field does not compile before it is told apart here.
  const auto& [model_type, vocab_size, hidden_size, num_hidden_layers, num_attention_heads, intermediate_size,
               max_position_embeddings, type_vocab_size, pad_token_id, layer_norm_eps, hidden_dropout_prob,
               attention_probs_dropout_prob, classifier_dropout, initializer_range, hidden_act] = spec;
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
  out << ' ' << static_cast<int>(hidden_act);
  return out.str();
}

}  // namespace tt::model
