#pragma once

#include "checkpoint/modules.hpp"
#include "transfer_tune/checkpoint/directory.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

// What a sentence-transformers directory states beside its encoder.

namespace tt::checkpoint {

/// How the Pooling module says to pool; nothing without one, or for a way that is not known here.
[[nodiscard]] std::optional<Pooling> stated_pooling(const std::vector<Module>& modules);

/// A sentence for each thing that sentence-transformers does with `read`, whose modules these are, and nothing here
/// does: another pooling, further modules, lowercasing before the tokenizer, a prompt in front of every text.
[[nodiscard]] std::vector<std::string> unused_settings(const EncoderDirectory& read,
                                                       const std::vector<Module>& modules);

/// Reads the prompts that config_sentence_transformers.json in `directory` names, and the default one, into `read`;
/// false where there is no such file. Throws `CheckpointError` where the default is none of them.
bool read_prompts(const std::filesystem::path& directory, EncoderDirectory& read);

}  // namespace tt::checkpoint
