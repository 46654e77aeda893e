#pragma once

#include <string>

namespace tt::model {

/// What a family calls the modules of a layer, below the layer's own name. ".weight" and ".bias" follow.
struct LayerNames {
  std::string query;
  std::string key;
  std::string value;
  std::string attention_output;
  std::string attention_norm;
  std::string intermediate;
  std::string output;
  std::string output_norm;
};

/// The modules of a family's own classification head: hidden layer, activation, dropout and linear layer over the first
/// token's vector.
struct NativeHeadNames {
  std::string dense;
  bool dense_in_base_model = false;  ///< as BERT's pooler: its name has the family's prefix
  std::string linear;                ///< gives the logits; has no prefix
};

/// A family's module names, below its prefix.
struct ModuleNames {
  std::string word_embeddings;
  std::string position_embeddings;
  std::string token_type_embeddings;  ///< read where `EncoderSpec::type_vocab_size` is above 0
  std::string embeddings_norm;
  std::string layers;  ///< a layer's number follows, then its modules
  LayerNames layer;
  NativeHeadNames head;
};

}  // namespace tt::model
