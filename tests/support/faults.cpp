// A library to load before a program (LD_PRELOAD): the system's calls on files under TT_FAULT_UNDER fail as TT_FAULT
// says, "KIND:K" with K the number of the call, from 1. KIND is an error ("ENOSPC", "EIO", "EINTR"), "SHORT" (half of
// what was to be written is, and the rest fails for want of space) or "KILL" (the process ends there and then). What is
// counted stands in the file TT_FAULT_LOG, a line a call.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

struct Plan {
  Plan() {
    if (const char* under = std::getenv("TT_FAULT_UNDER")) root = under;
    if (const char* fault = std::getenv("TT_FAULT")) {
      const std::string text = fault;
      const std::size_t colon = text.find(':');
      kind = text.substr(0, colon);
      number = std::strtol(text.c_str() + colon + 1, nullptr, 10);
    }
    if (const char* name = std::getenv("TT_FAULT_LOG")) {
      log = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
    }
  }
  std::string root;
  std::string kind;
  long number = 0;
  int log = -1;
};

const Plan& plan() {
  static const Plan made;
  return made;
}

std::atomic<long> calls{0};
std::atomic<bool> full{false};  ///< after a short write

bool is_under(const char* path) {
  const std::string& root = plan().root;
  return !root.empty() && path != nullptr && std::strncmp(path, root.c_str(), root.size()) == 0;
}

bool is_under(int file, const char* path) {
  if (path != nullptr && path[0] == '/') return is_under(path);
  std::array<char, PATH_MAX> name{};
  std::array<char, 40> link{"/proc/self/cwd"};
  if (file != AT_FDCWD) ::snprintf(link.data(), link.size(), "/proc/self/fd/%d", file);
  return ::readlink(link.data(), name.data(), name.size() - 1) > 0 && is_under(name.data());
}

/// What is to become of a call: 0, or the error that it ends with; -1: half of it is done.
int fate_of(const char* call, int error_of_full_disk) {
  const Plan& now = plan();
  const long number = ++calls;
  if (now.log >= 0) {
    std::array<char, 64> line{};
    const int length = ::snprintf(line.data(), line.size(), "%ld %s\n", number, call);
    ::syscall(SYS_write, now.log, line.data(), static_cast<std::size_t>(length));
  }
  const bool writes = std::strcmp(call, "write") == 0;
  if (full && writes) return ENOSPC;
  if (number != now.number) return 0;
  if (now.kind == "KILL") ::raise(SIGKILL);
  if (now.kind == "SHORT") {
    if (!writes) return 0;
    full = true;
    return -1;
  }
  if (now.kind == "EINTR") return EINTR;
  return now.kind == "EIO" ? EIO : error_of_full_disk;
}

/// How many of `count` bytes are written; -1, with errno, where the call is to fail.
ssize_t writable_part(int file, size_t count) {
  const int fate = is_under(file, nullptr) ? fate_of("write", ENOSPC) : 0;
  if (fate > 0) errno = fate;
  return fate > 0 ? -1 : static_cast<ssize_t>(fate < 0 ? count / 2 : count);
}

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));  // NOLINT
}

}  // namespace

// NOLINTBEGIN: the system's own declarations
#define TT_FAIL(call, error, failed)                     \
  if (const int fate = fate_of(call, error); fate > 0) { \
    errno = fate;                                        \
    return failed;                                       \
  }

// The mode of a file that is to be made; only then is there one.
#define TT_TAKE_MODE(mode, flags) \
  mode_t mode = 0;                \
  if (((flags)&O_CREAT) != 0) {   \
    va_list list;                 \
    va_start(list, flags);        \
    mode = va_arg(list, mode_t);  \
    va_end(list);                 \
  }

extern "C" {

int openat(int folder, const char* path, int flags, ...) {
  TT_TAKE_MODE(mode, flags)
  if (is_under(folder, path)) {
    const bool makes = (flags & O_CREAT) != 0;
    const bool lists = (flags & O_DIRECTORY) != 0;
    TT_FAIL(makes ? "create" : lists ? "list" : "open", makes ? ENOSPC : EMFILE, -1)
  }
  return static_cast<int>(::syscall(SYS_openat, folder, path, flags, mode));
}
int open(const char* path, int flags, ...) {
  TT_TAKE_MODE(mode, flags)
  return openat(AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) __attribute__((alias("open")));
int openat64(int folder, const char* path, int flags, ...) __attribute__((alias("openat")));

ssize_t write(int file, const void* bytes, size_t count) {
  const ssize_t part = writable_part(file, count);
  return part < 0 ? -1 : ::syscall(SYS_write, file, bytes, part);
}
ssize_t pwrite(int file, const void* bytes, size_t count, off_t offset) {
  const ssize_t part = writable_part(file, count);
  return part < 0 ? -1 : ::syscall(SYS_pwrite64, file, bytes, part, offset);
}
ssize_t pwrite64(int file, const void* bytes, size_t count, off_t offset) __attribute__((alias("pwrite")));
ssize_t read(int file, void* bytes, size_t count) {
  if (is_under(file, nullptr)) TT_FAIL("read", EIO, -1)
  return ::syscall(SYS_read, file, bytes, count);
}
int fsync(int file) {
  if (is_under(file, nullptr)) TT_FAIL("fsync", EIO, -1)
  return static_cast<int>(::syscall(SYS_fsync, file));
}
int close(int file) {
  // The file is closed, whatever the answer: so it is under Linux.
  const int fate = is_under(file, nullptr) ? fate_of("close", EIO) : 0;
  const int result = static_cast<int>(::syscall(SYS_close, file));
  if (fate > 0) errno = fate;
  return fate > 0 ? -1 : result;
}
int ftruncate(int file, off_t size) {
  if (is_under(file, nullptr)) TT_FAIL("ftruncate", EIO, -1)
  return static_cast<int>(::syscall(SYS_ftruncate, file, size));
}
int ftruncate64(int file, off_t size) __attribute__((alias("ftruncate")));
int posix_fallocate(int file, off_t offset, off_t size) {
  if (is_under(file, nullptr)) {
    if (const int fate = fate_of("fallocate", ENOSPC); fate > 0) return fate;
  }
  return real<int(int, off_t, off_t)>("posix_fallocate")(file, offset, size);
}
int posix_fallocate64(int file, off_t offset, off_t size) __attribute__((alias("posix_fallocate")));
void* mmap(void* address, size_t size, int protection, int flags, int file, off_t offset) {
  if (file >= 0 && is_under(file, nullptr)) TT_FAIL("mmap", ENOMEM, MAP_FAILED)
  return reinterpret_cast<void*>(::syscall(SYS_mmap, address, size, protection, flags, file, offset));
}
void* mmap64(void* address, size_t size, int protection, int flags, int file, off_t offset)
    __attribute__((alias("mmap")));
int mkdir(const char* path, mode_t mode) {
  if (is_under(AT_FDCWD, path)) TT_FAIL("mkdir", ENOSPC, -1)
  return static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}
int rename(const char* from, const char* to) {
  if (is_under(AT_FDCWD, from)) TT_FAIL("rename", EIO, -1)
  return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
  if (is_under(from_folder, from)) TT_FAIL("rename", EINVAL, -1)
  return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}
int unlink(const char* path) {
  if (is_under(AT_FDCWD, path)) TT_FAIL("unlink", EIO, -1)
  return static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}
int unlinkat(int folder, const char* path, int flags) {
  if (is_under(folder, path)) TT_FAIL("unlink", EIO, -1)
  return static_cast<int>(::syscall(SYS_unlinkat, folder, path, flags));
}
int rmdir(const char* path) {
  if (is_under(AT_FDCWD, path)) TT_FAIL("rmdir", EIO, -1)
  return static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR));
}
// NOLINTEND
}
