#pragma once

#include "transfer_tune/core/output_directory.hpp"

#include "core/descriptor.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tt {

/// The manifest of an unfinished directory, open and locked. It names the process until `write` replaces that.
struct WorkDirectory::Lock {
  Descriptor file;
  std::filesystem::path path;
  /// Replaces the file's content and syncs it. Throws `IoError`.
  void write(std::string_view text) const;
};

/// Makes `directory`, or takes over what an earlier process left unfinished there, and locks it. Throws `IoError` as
/// `require_leftover` does, and where another process has the lock.
[[nodiscard]] WorkDirectory::Lock lock_directory(const std::filesystem::path& directory,
                                                 const std::vector<std::string>& names, FinishedWork finished);

/// Throws `IoError` where an existing `directory` holds a finished output that is to stay, or anything but files of
/// these `names` or of that output.
void require_leftover(const std::filesystem::path& directory, const std::vector<std::string>& names,
                      FinishedWork finished);

/// Removes `directory` where it is one that a process which is gone left beside a cache's entry.
void remove_if_abandoned(const std::filesystem::path& directory, const std::vector<std::string>& names);

}  // namespace tt
