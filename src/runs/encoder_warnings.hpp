#pragma once

#include "runs/encoder_loader.hpp"
#include "transfer_tune/model/classifier.hpp"

#include <string>
#include <vector>

namespace tt::runs {

/// A sentence for each thing in which the encoder's files disagree, or that they ask for and nothing here does.
[[nodiscard]] std::vector<std::string> encoder_warnings(const LoadedEncoder& encoder);

/// The same under a head that is trained on the encoder: also where it pools otherwise than the files say.
[[nodiscard]] std::vector<std::string> encoder_warnings(const LoadedEncoder& encoder, const model::HeadSpec& head);

}  // namespace tt::runs
