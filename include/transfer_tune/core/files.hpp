#pragma once

#include "transfer_tune/core/error.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tt {

/// The whole of a regular file. Throws an `Error` of `kind` when it is missing, a directory or unreadable.
[[nodiscard]] std::string read_file(const std::filesystem::path& path, ErrorKind kind);

/// A file mapped read-only into memory; unmapped with the last copy.
class MappedFile {
 public:
  /// Throws an `Error` of `kind` as `read_file` does.
  MappedFile(const std::filesystem::path& path, ErrorKind kind);
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }
  /// Keeps the mapping alive for as long as it is held.
  [[nodiscard]] std::shared_ptr<const void> owner() const noexcept { return owner_; }

 private:
  std::shared_ptr<const void> owner_;
  std::span<const std::byte> bytes_;
};

/// The name is taken.
class FileExists : public IoError {
 public:
  using IoError::IoError;
};

/// Writes a file through `write` calls, each checked; data are on disk when `close` returns. Throws `IoError`.
class FileWriter {
 public:
  enum class Mode { anew, append, create };  ///< `create` throws `FileExists` where the name is taken, also by a link
  explicit FileWriter(const std::filesystem::path& path, Mode mode = Mode::anew);
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;
  ~FileWriter();
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }
  /// Hands what was written so far to the system, so that others see it.
  void flush();
  /// Flushes to disk (fsync) and closes; without this call the file counts as unfinished.
  void close();

 private:
  std::filesystem::path path_;
  std::string buffer_;
  int descriptor_ = -1;
};

/// Writes `text` to `path` and syncs it. Throws `IoError`.
void write_file(const std::filesystem::path& path, std::string_view text);

/// As `write_file`, after what `path` holds already.
void append_file(const std::filesystem::path& path, std::string_view text);

/// Creates `path` and its parents. Throws `IoError`.
void make_directories(const std::filesystem::path& path);

/// Waits until the names in `path` are on disk, where its file system can tell. Throws `IoError`.
void sync_directory(const std::filesystem::path& path);

/// $XDG_CACHE_HOME/transfer-tune, else ~/.cache/transfer-tune; not created.
[[nodiscard]] std::filesystem::path cache_directory();

/// A hash of bytes in hexadecimal digits.
class Hash {
 public:
  void update(std::span<const std::byte> bytes);
  void update(std::string_view text) { update(std::as_bytes(std::span(text.data(), text.size()))); }
  /// `text` with its length in front, so that neighbouring fields cannot run into one another.
  void update_field(std::string_view text);
  /// The digest of all bytes so far; the object is used up.
  [[nodiscard]] std::string hex();

 protected:
  /// By OpenSSL's name; throws an `Error` of `missing` where there is none of it.
  Hash(const char* name, ErrorKind missing);

 private:
  struct Deleter {
    void operator()(void* context) const noexcept;
  };
  std::unique_ptr<void, Deleter> context_;
};

/// 64 digits.
class Sha256 : public Hash {
 public:
  Sha256() : Hash("SHA256", ErrorKind::internal) {}
};

/// 40 digits: what git names contents by, and for nothing else. An OpenSSL may be built without it.
class Sha1 : public Hash {
 public:
  Sha1() : Hash("SHA1", ErrorKind::io) {}
};

[[nodiscard]] std::string sha256_hex(std::string_view text);
/// Of a file's content. Throws an `Error` of `kind` as `read_file` does.
[[nodiscard]] std::string sha256_of_file(const std::filesystem::path& path, ErrorKind kind);

}  // namespace tt
