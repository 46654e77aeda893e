#pragma once

#include "runs/encoder_loader.hpp"
#include "transfer_tune/checkpoint/directory.hpp"
#include "transfer_tune/model/classifier.hpp"

#include <vector>

// Dense modules of sentence-transformers between a checkpoint's files and the encoder.

namespace tt::runs {

/// Makes the modules that the files of `encoder` hold a part of the encoder. Throws `CheckpointError` for activations
/// that are not known and for widths that do not fit one another.
void take_dense(LoadedEncoder& encoder);

/// From now on without them: what a native head learns from is the pooled vector itself.
void leave_out_dense(LoadedEncoder& encoder);

/// Those of `source`, tuned under another kind of head, become what `pretrained` has: none, or its own.
void align_dense(LoadedEncoder& source, const LoadedEncoder& pretrained);

/// As they are written: of `from`, with the weights of `classifier`.
[[nodiscard]] std::vector<checkpoint::DenseModule> trained_dense(const LoadedEncoder& from,
                                                                 const model::Classifier& classifier);

}  // namespace tt::runs
