#pragma once

#include <filesystem>
#include <string>

namespace tt::hub {

/// The hash under which git keeps a file's content: SHA-1 of "blob SIZE", a zero byte and the content.
[[nodiscard]] std::string git_hash(const std::filesystem::path& file);

}  // namespace tt::hub
