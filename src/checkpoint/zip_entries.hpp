#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>

namespace tt::checkpoint {

/// The files in a zip archive, by name, each as the bytes of `archive` that hold it. No library's reader: those hand
/// out copies, and weights are to be used where they are mapped. Throws `CheckpointError` that names `file` where the
/// archive is damaged, and for files that are compressed or encrypted. Checksums are not compared: torch does not
/// either, and may write none.
[[nodiscard]] std::map<std::string, std::span<const std::byte>, std::less<>> zip_entries(
    std::span<const std::byte> archive, const std::filesystem::path& file);

}  // namespace tt::checkpoint
