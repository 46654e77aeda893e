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

/// Writes a file through `write` calls, each checked; data are on disk when `close` returns. Throws `IoError`.
class FileWriter {
 public:
  enum class Mode { anew, append };
  explicit FileWriter(const std::filesystem::path& path, Mode mode = Mode::anew);
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;
  ~FileWriter();
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }
  /// Flushes to disk (fsync) and closes; without this call the file counts as unfinished.
  void close();

 private:
  void flush_buffer();
  std::filesystem::path path_;
  std::string buffer_;
  int descriptor_ = -1;
};

/// Writes `text` to `path` and syncs it. Throws `IoError`.
void write_file(const std::filesystem::path& path, std::string_view text);

/// As `write_file`, after what `path` holds already.
void append_file(const std::filesystem::path& path, std::string_view text);

/// As `write_file`, but `path` holds either its old content or the new, never a part (temporary sibling, rename).
void replace_file(const std::filesystem::path& path, std::string_view text);

/// Creates `path` and its parents. Throws `IoError`.
void make_directories(const std::filesystem::path& path);

/// A directory that appears whole or not at all: work goes into `<target>.partial`, which `commit` renames to
/// `target`. Without `commit` the partial directory stays, for the user to look at. An older `.partial` is removed.
class OutputDirectory {
 public:
  /// Throws `IoError` when `target` exists and `overwrite` is false, or when it is not a directory.
  OutputDirectory(std::filesystem::path target, bool overwrite);
  [[nodiscard]] const std::filesystem::path& partial() const noexcept { return partial_; }
  [[nodiscard]] const std::filesystem::path& target() const noexcept { return target_; }
  /// Syncs and renames; an overwritten target is removed only after the new one is in its place.
  void commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path partial_;
};

/// $XDG_CACHE_HOME/transfer-tune, else ~/.cache/transfer-tune; not created.
[[nodiscard]] std::filesystem::path cache_directory();

/// SHA-256 as 64 hexadecimal digits.
class Sha256 {
 public:
  Sha256();
  void update(std::span<const std::byte> bytes);
  void update(std::string_view text) { update(std::as_bytes(std::span(text.data(), text.size()))); }
  /// `text` with its length in front, so that neighbouring fields cannot run into one another.
  void update_field(std::string_view text);
  /// The digest of all bytes so far; the object is used up.
  [[nodiscard]] std::string hex();

 private:
  struct Deleter {
    void operator()(void* context) const noexcept;
  };
  std::unique_ptr<void, Deleter> context_;
};

[[nodiscard]] std::string sha256_hex(std::string_view text);

}  // namespace tt
