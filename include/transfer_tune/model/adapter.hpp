#pragma once

#include "transfer_tune/checkpoint/adapter.hpp"
#include "transfer_tune/model/classifier.hpp"
#include "transfer_tune/model/family.hpp"

#include <string>
#include <vector>

namespace tt::model {

/// Works `adapter` into a checkpoint's tensors: W + scaling · B · A for W, and modules trained whole in place of what
/// was there (the linear layer of the family's own head among `matched.others`). Names may have the family's prefix.
/// Throws `CheckpointError` that names every tensor that is missing, misshapen or of no module of this encoder.
void apply_adapter(const Family& family, const EncoderSpec& spec, const checkpoint::Adapter& adapter,
                   MatchedTensors& matched);

/// What makes `adapted`, an encoder with adapters on under a head, out of the checkpoint `pretrained`: its adapters,
/// and under the family's own head that head whole. Parameters that training changed beside these are no part of it;
/// their names are added to `changed`.
[[nodiscard]] checkpoint::Adapter adapter_of(const Family& family, const Classifier& adapted,
                                             const MatchedTensors& pretrained, std::vector<std::string>& changed);

}  // namespace tt::model
