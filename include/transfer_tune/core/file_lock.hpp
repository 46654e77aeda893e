#pragma once

#include <filesystem>
#include <memory>

namespace tt {

/// A file that one process at a time holds, by flock. It is made where it is not there, and stays.
class FileLock {
 public:
  /// Waits until nobody else holds it. Throws `IoError`, and `InterruptedError` while it waits.
  explicit FileLock(const std::filesystem::path& path);

 private:
  std::shared_ptr<void> held_;
};

}  // namespace tt
