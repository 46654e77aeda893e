#pragma once

#include "transfer_tune/model/blocks/dense.hpp"
#include "transfer_tune/model/blocks/embeddings.hpp"
#include "transfer_tune/model/blocks/layer.hpp"
#include "transfer_tune/model/blocks/native_head.hpp"
#include "transfer_tune/model/blocks/place_encoding.hpp"

#include <vector>

namespace tt::model {

/// What an encoder is made of. Blocks know where their parameters are, and hold none, so that encoders can be copied.
struct EncoderBlocks {
  Embeddings embeddings;
  PlaceEncoding places;
  std::vector<Layer> layers;  ///< those of one group have the same weights
  NativeHead head;
  std::vector<Dense> dense;
};

/// The blocks of `spec` under a family's names; `table` collects the parameters that they need.
[[nodiscard]] EncoderBlocks make_blocks(ParameterTable& table, const EncoderSpec& spec, const ModuleNames& names);

}  // namespace tt::model
