#include "transfer_tune/model/blocks/encoder_blocks.hpp"

#include "transfer_tune/core/text.hpp"

#include <utility>

namespace tt::model {

EncoderBlocks make_blocks(ParameterTable& table, const EncoderSpec& spec, const ModuleNames& names) {
  table.enter({.group = "embeddings", .first_use = 0});
  Embeddings embeddings(table, spec, names);
  // Of no one layer, and first read by the lowest.
  table.enter({.group = "embeddings", .first_use = 1});
  PlaceEncoding places(table, spec, names);
  std::vector<Layer> layers;
  for (std::int64_t layer = 0; layer < spec.num_hidden_layers; ++layer) {
    if (const std::int64_t first = spec.first_of_group(layer); first != layer) {
      layers.push_back(layers[static_cast<std::size_t>(first)].as(layer));
      continue;
    }
    table.enter({.group = concat("layer.", layer), .first_use = 1 + layer});
    layers.emplace_back(table, spec, names, layer);
  }
  table.enter({.group = "pooler",
               .first_use = spec.depth(),
               .optional = true,
               .in_base_model = names.head.dense_in_base_model});
  NativeHead head(table, spec, names.head);
  table.enter({.group = "dense", .first_use = spec.depth(), .in_base_model = false});
  std::vector<Dense> dense;
  std::int64_t width = spec.hidden_size;
  for (const DenseSpec& module : spec.dense) {
    dense.emplace_back(table, dense_name(dense.size()), width, module);
    width = module.out_features;
  }
  return {std::move(embeddings), places, std::move(layers), std::move(head), std::move(dense)};
}

}  // namespace tt::model
