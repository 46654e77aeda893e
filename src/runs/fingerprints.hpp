#pragma once

#include "transfer_tune/checkpoint/directory.hpp"
#include "transfer_tune/config/run_config.hpp"
#include "transfer_tune/record/run_report.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace tt::runs {

/// SHA-256 by file, so that what several runs read is hashed once.
using KnownHashes = std::map<std::filesystem::path, std::string>;

/// The lines of a directory's files in `inputs_text`, which are remembered as those of `directory`.
void remember(const std::filesystem::path& directory, const std::vector<checkpoint::HashedFile>& files,
              KnownHashes& known);

/// Every file that a run comes from with its content's SHA-256, as sha256sum writes them: texts, the baseline, all
/// files of the encoder and of a source checkpoint. Throws what reading them throws.
[[nodiscard]] std::string inputs_text(const config::RunConfig& config, KnownHashes& known);

/// A name for all that the answers of a run come from, but for the place that it writes to: settings, program, files
/// and `environment`, as the session has it. 32 hexadecimal digits.
[[nodiscard]] std::string run_key(const config::RunConfig& config, const std::string& environment, KnownHashes& known);

/// In JSON, what the bits of a run come from: settings, program, files and machine.
[[nodiscard]] std::string run_identity(const config::RunConfig& config, const report::EnvironmentReport& environment,
                                       KnownHashes& known);

/// What differs between two of them, in words.
struct IdentityDifferences {
  std::vector<std::string> run;      ///< settings, program and files
  std::vector<std::string> machine;  ///< threads, device, instruction sets, LibTorch
};
[[nodiscard]] IdentityDifferences differences(const std::string& before, const std::string& now);

/// Why the run in the config's output directory does not stand for what that config would give now, in words; empty
/// where it does: settings, program and inputs are the same, and all that it wrote is there, unchanged. Settings that
/// change no answer (threads, room for caches) do not count.
[[nodiscard]] std::string why_stale(const config::RunConfig& config, KnownHashes& known);

/// `training.threads` that the finished run in the config's output directory was asked for; it changes no answer, but
/// the seconds that a comparison shows.
[[nodiscard]] std::int64_t threads_of_run(const config::RunConfig& config);

}  // namespace tt::runs
