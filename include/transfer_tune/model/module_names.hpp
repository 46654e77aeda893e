#pragma once

#include <string>

namespace tt::model {

/// What a family calls the modules of a layer, below the layer's own name. ".weight" and ".bias" follow.
struct LayerNames {
  std::string query;
  std::string key;               ///< none: `query` is one layer that gives queries, keys and values side by side
  std::string value;             ///< likewise
  std::string position_key{};    ///< of places that have projections of their own
  std::string position_query{};  ///< likewise
  std::string attention_output;
  std::string attention_norm;
  std::string gate{};  ///< of gated feed-forward layers; none: `intermediate` gives both, the gate last
  std::string intermediate;
  std::string output;
  std::string output_norm;
};

/// The modules of a family's own classification head: hidden layer, activation, dropout and linear layer over the first
/// token's vector.
struct NativeHeadNames {
  std::string dense;
  bool dense_in_base_model = false;  ///< as BERT's pooler: its name has the family's prefix
  std::string norm{};                ///< read where `NativeHeadSpec::norm` is set
  std::string linear;                ///< gives the logits; has no prefix
};

/// A family's module names, below its prefix. One whose part a spec does not have is not read.
struct ModuleNames {
  std::string word_embeddings;
  std::string position_embeddings{};
  std::string token_type_embeddings{};
  std::string embeddings_norm;
  std::string embeddings_projection{};
  std::string relative_bias{};
  std::string places{};       ///< vectors of distances
  std::string places_norm{};  ///< of those
  std::string layers;  ///< a layer's number (that of its group, where layers share weights) follows, then its modules
  LayerNames layer;
  std::string final_norm{};  ///< none: the last layer's output is what is pooled
  NativeHeadNames head;
};

}  // namespace tt::model
