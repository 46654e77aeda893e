#pragma once

#include <filesystem>
#include <string>

namespace tt::report {
struct RunReport;
}

namespace tt::cli {

/// What a finished run has to say in a few lines: the figures beside their floors, what the source stage did, and where
/// everything is.
[[nodiscard]] std::string summary(const report::RunReport& report, const std::filesystem::path& directory);

}  // namespace tt::cli
