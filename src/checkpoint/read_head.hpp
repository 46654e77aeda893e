#pragma once

#include "checkpoint/modules.hpp"
#include "transfer_tune/checkpoint/directory.hpp"

#include <cstddef>
#include <filesystem>
#include <vector>

namespace tt::checkpoint {

/// The head in `folder`; its files are added to `files`. Throws `CheckpointError` for tensors that do not fit its
/// config or are not finite.
[[nodiscard]] SentenceTransformersHead read_head(const HeadFolder& folder, std::size_t labels,
                                                 std::vector<std::filesystem::path>& files);

}  // namespace tt::checkpoint
