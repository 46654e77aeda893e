#pragma once

#include "transfer_tune/core/output_directory.hpp"

#include <filesystem>
#include <string_view>
#include <vector>

namespace tt::cli {

/// Throws `IoError` where `file`, which `option` named, cannot take a result without harm: it is one of the inputs or
/// part of what a run wrote, or no file can be made there.
void require_harmless(std::string_view option, const std::filesystem::path& file, const std::vector<Input>& inputs);

/// The same for a file that must not be there yet.
void require_absent(std::string_view option, const std::filesystem::path& file, const std::vector<Input>& inputs);

/// The same for a file that is replaced: what is there must also be empty or hold `sign`, by which the program knows
/// what it wrote.
void require_replaceable(std::string_view option, const std::filesystem::path& file, std::string_view sign,
                         const std::vector<Input>& inputs);

}  // namespace tt::cli
