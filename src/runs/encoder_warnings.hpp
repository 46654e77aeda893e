#pragma once

#include "runs/encoder_loader.hpp"
#include "transfer_tune/data/dataset.hpp"
#include "transfer_tune/model/classifier.hpp"
#include "transfer_tune/tokenizer/tokenizer.hpp"
#include "transfer_tune/training/encoded_set.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tt::runs {

/// A sentence for each thing in which the encoder's files disagree, or that they ask for and nothing here does.
[[nodiscard]] std::vector<std::string> encoder_warnings(const LoadedEncoder& encoder);

/// The same under a head that is trained on the encoder: also where it pools otherwise than the files say.
[[nodiscard]] std::vector<std::string> encoder_warnings(const LoadedEncoder& encoder, const model::HeadSpec& head);

/// Texts beside what they became.
struct TokenizedFile {
  const data::Dataset& texts;
  const training::EncodedSet& ids;
};

/// A sentence where the encoder's vocabulary breaks a tenth of the texts of `files`, which are `what`, or of one of
/// their languages, into pieces that mean little.
[[nodiscard]] std::vector<std::string> vocabulary_warnings(const tokenizer::Tokenizer& tokenizer,
                                                           const std::vector<TokenizedFile>& files,
                                                           const std::string& what);
/// The same of texts of which `broken` are broken so.
[[nodiscard]] std::optional<std::string> vocabulary_warning(std::size_t broken, std::size_t texts);

}  // namespace tt::runs
