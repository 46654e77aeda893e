#include "transfer_tune/core/files.hpp"

#include "transfer_tune/core/memory.hpp"
#include "transfer_tune/core/text.hpp"

#include "core/descriptor.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <map>
#include <mutex>
#include <system_error>
#include <utility>

namespace tt {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBufferSize = std::size_t{1} << 20U;

std::string reason(int error) { return std::generic_category().message(error); }

[[noreturn]] void fail_write(const fs::path& path, const char* what, int error) {
  throw IoError(concat(path.string(), ": cannot ", what, ": ", reason(error)));
}

struct OpenFile {
  Descriptor descriptor;
  std::size_t size;
};

OpenFile open_regular(const fs::path& path, ErrorKind kind) {
  const int descriptor = restarted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); });  // NOLINT
  if (descriptor < 0) throw_error(kind, concat(path.string(), ": cannot open: ", reason(errno)));
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) {
    const int error = errno;
    ::close(descriptor);
    throw_error(kind, concat(path.string(), ": cannot read: ", reason(error)));
  }
  if (!S_ISREG(status.st_mode)) {
    ::close(descriptor);
    throw_error(kind, concat(path.string(), ": expected a file, found ",
                             S_ISDIR(status.st_mode) ? "a directory" : "something that is not a regular file"));
  }
  return {Descriptor(descriptor), static_cast<std::size_t>(status.st_size)};
}

/// What a clone without Git LFS leaves in place of a large file is never what a reader wants.
void refuse_lfs_pointer(std::string_view content, const fs::path& path, ErrorKind kind) {
  if (!content.starts_with("version https://git-lfs.github.com/spec/")) return;
  throw_error(kind, concat(path.string(),
                           ": a Git LFS pointer, not the file itself: the repository was cloned without its large "
                           "files; fetch them with: git lfs pull"));
}

/// Every file that is mapped: for reading alone, so that its pages can be dropped at any time.
class Mappings {
 public:
  void add(void* address, std::size_t size) {
    const std::lock_guard<std::mutex> lock(mutex_);
    sizes_.emplace(address, size);
  }
  void remove(void* address) {
    const std::lock_guard<std::mutex> lock(mutex_);
    sizes_.erase(address);
  }
  void release() {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [address, size] : sizes_) ::madvise(address, size, MADV_DONTNEED);
  }

 private:
  std::mutex mutex_;
  std::map<void*, std::size_t> sizes_;
};

/// Never destroyed: tensors over mapped files may outlive everything else.
Mappings& mappings() {
  static auto* all = new Mappings;
  return *all;
}

}  // namespace

std::string read_file(const fs::path& path, ErrorKind kind) {
  const OpenFile file = open_regular(path, kind);
  std::string content(file.size, '\0');
  std::size_t done = 0;
  while (done < content.size()) {
    const ::ssize_t count =
        restarted([&] { return ::read(file.descriptor.get(), content.data() + done, content.size() - done); });
    if (count < 0) throw_error(kind, concat(path.string(), ": cannot read: ", reason(errno)));
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  content.resize(done);
  refuse_lfs_pointer(content, path, kind);
  return content;
}

void release_memory() {
#if defined(__GLIBC__)
  ::malloc_trim(0);
#endif
  mappings().release();
}

MappedFile::MappedFile(const fs::path& path, ErrorKind kind) {
  const OpenFile file = open_regular(path, kind);
  if (file.size == 0) return;
  void* address = ::mmap(nullptr, file.size, PROT_READ, MAP_PRIVATE, file.descriptor.get(), 0);
  if (address == MAP_FAILED) throw_error(kind, concat(path.string(), ": cannot map into memory: ", reason(errno)));
  mappings().add(address, file.size);
  owner_ = std::shared_ptr<const void>(address, [size = file.size](const void* p) {
    auto* mapped = const_cast<void*>(p);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    mappings().remove(mapped);
    ::munmap(mapped, size);
  });
  bytes_ = {static_cast<const std::byte*>(address), file.size};
  refuse_lfs_pointer({static_cast<const char*>(address), file.size}, path, kind);
}

FileWriter::FileWriter(const fs::path& path, Mode mode) : path_(path) {
  const int how = mode == Mode::append ? O_APPEND : mode == Mode::create ? O_EXCL : O_TRUNC;                  // NOLINT
  descriptor_ = restarted([&] { return ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | how, 0666); });  // NOLINT
  if (descriptor_ < 0 && errno == EEXIST) throw FileExists(concat(path_.string(), ": the name is taken"));
  if (descriptor_ < 0) fail_write(path_, "create", errno);
}

FileWriter::~FileWriter() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void FileWriter::write(std::span<const std::byte> bytes) {
  buffer_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());  // NOLINT
  if (buffer_.size() >= kBufferSize) flush();
}

void FileWriter::flush() {
  std::size_t done = 0;
  while (done < buffer_.size()) {
    const ::ssize_t count =
        restarted([&] { return ::write(descriptor_, buffer_.data() + done, buffer_.size() - done); });
    if (count < 0) fail_write(path_, "write", errno);
    done += static_cast<std::size_t>(count);
  }
  buffer_.clear();
}

void FileWriter::close() {
  flush();
  if (restarted([&] { return ::fsync(descriptor_); }) != 0 && errno != EINVAL && errno != EROFS) {
    fail_write(path_, "sync", errno);
  }
  const int descriptor = std::exchange(descriptor_, -1);
  // Broken off by a signal, Linux has closed it all the same.
  if (::close(descriptor) != 0 && errno != EINTR) fail_write(path_, "close", errno);
}

void write_file(const fs::path& path, std::string_view text) {
  FileWriter writer(path);
  writer.write(text);
  writer.close();
}

void append_file(const fs::path& path, std::string_view text) {
  FileWriter writer(path, FileWriter::Mode::append);
  writer.write(text);
  writer.close();
}

void sync_directory(const fs::path& path) {
  const Descriptor directory(
      restarted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));  // NOLINT
  // Some file systems refuse to sync a directory; the rename itself has then to do.
  if (directory.get() >= 0 && restarted([&] { return ::fsync(directory.get()); }) != 0 && errno != EINVAL) {
    fail_write(path, "sync", errno);
  }
}

std::string sha256_of_file(const fs::path& path, ErrorKind kind) {
  Sha256 hash;
  hash.update(MappedFile(path, kind).bytes());
  return hash.hex();
}

void make_directories(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error && !fs::is_directory(path, error)) error = std::make_error_code(std::errc::not_a_directory);
  if (error) throw IoError(concat(path.string(), ": cannot create the directory: ", error.message()));
}

fs::path cache_directory() {
  if (const char* xdg = std::getenv("XDG_CACHE_HOME");
      xdg != nullptr && *xdg != '\0') {  // NOLINT(concurrency-mt-unsafe)
    return fs::path(xdg) / "transfer-tune";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {  // NOLINT(concurrency-mt-unsafe)
    return fs::path(home) / ".cache" / "transfer-tune";
  }
  return fs::temp_directory_path() / "transfer-tune-cache";
}

}  // namespace tt
