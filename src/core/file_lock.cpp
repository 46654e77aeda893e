#include "transfer_tune/core/file_lock.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/text.hpp"

#include "core/descriptor.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

namespace tt {

FileLock::FileLock(const std::filesystem::path& path) {
  const auto file = std::make_shared<Descriptor>(
      restarted([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666); }));  // NOLINT
  const auto fail = [&](const char* what) {
    throw IoError(concat(path.string(), ": cannot ", what, ": ", std::generic_category().message(errno)));
  };
  if (file->get() < 0) fail("create");
  bool told = false;
  while (::flock(file->get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) fail("lock");
    if (!told) log_info(concat("waiting for another process, which holds ", path.string()));
    told = true;
    throw_if_interrupted();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  held_ = file;
}

}  // namespace tt
