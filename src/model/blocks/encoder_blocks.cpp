#include "transfer_tune/model/blocks/encoder_blocks.hpp"

#include "transfer_tune/core/text.hpp"

#include <utility>

namespace tt::model {

EncoderBlocks make_blocks(ParameterTable& table, const EncoderSpec& spec, const ModuleNames& names) {
  table.enter({.group = "embeddings", .first_use = 0});
  Embeddings embeddings(table, spec, names);
  std::vector<Layer> layers;
  for (std::int64_t layer = 0; layer < spec.num_hidden_layers; ++layer) {
    table.enter({.group = concat("layer.", layer), .first_use = 1 + layer});
    layers.emplace_back(table, spec, names, layer);
  }
  table.enter({.group = "pooler",
               .first_use = spec.depth(),
               .optional = true,
               .in_base_model = names.head.dense_in_base_model});
  return {embeddings, std::move(layers), NativeHead(table, spec, names.head)};
}

}  // namespace tt::model
