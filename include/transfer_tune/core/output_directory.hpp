#pragma once

#include "transfer_tune/core/owned_files.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tt {

/// The files that a kind of output consists of.
struct OutputFiles {
  std::vector<std::string> names;   ///< every one that may be written, as paths in the directory
  std::vector<std::string> signs;   ///< those that tell a finished one where an older version left no manifest
  std::vector<std::string> kept{};  ///< those of an unfinished one alone, which are there again for the next process
};

/// Something that is read, and must not be where an output is written.
struct Input {
  std::string what;  ///< "the training texts"
  std::filesystem::path path;
  bool is_written_again = false;  ///< may be in an older output that it is part of: the new one holds it too
};

/// What becomes of a finished output in the directory in which the next one is to grow. One is left there where a
/// process ended just before, or amid, exchanging it for the output that was there.
enum class FinishedWork {
  stays,  ///< the next one is refused
  goes,   ///< what of it is as its manifest says is removed; the rest is in the way
};

struct OutputOptions {
  OutputFiles files{};
  std::vector<Input> inputs{};
  bool overwrite = false;
  FinishedWork finished_work = overwrite ? FinishedWork::goes : FinishedWork::stays;
};

/// A directory of one process at a time, in which an output grows: made, or taken over from a run that ended early.
/// The system gives it free when the process ends, in whatever way. It stays unless it is put in place or removed.
class WorkDirectory {
 public:
  /// Throws `IoError` where another process works in it, or where it holds anything but unfinished files of these
  /// `names`, or a finished output that `finished` says goes.
  /// What is there of `names` goes; `kept`, other files that may be there, stay until `clear_kept`.
  WorkDirectory(std::filesystem::path path, std::vector<std::string> names, std::vector<std::string> kept = {},
                FinishedWork finished = FinishedWork::goes);
  WorkDirectory(const WorkDirectory&) = delete;
  WorkDirectory& operator=(const WorkDirectory&) = delete;
  ~WorkDirectory();
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// Writes the manifest of what is there. Nothing may be written to it afterwards.
  void finish();
  /// Removes it with what is there of these names.
  void discard();
  /// Removes what an earlier process left to be kept, or this one.
  void clear_kept();

  struct Lock;

 private:
  std::filesystem::path path_;
  std::vector<std::string> names_;
  std::vector<std::string> kept_;
  std::unique_ptr<Lock> lock_;
};

/// A directory that appears whole or not at all: work goes into `<target>.partial`, which `commit` renames to `target`.
/// Without `commit` the partial directory stays, for the user to look at.
class OutputDirectory {
 public:
  /// Throws `IoError`, with nothing touched, where
  /// - `target` exists, is not empty, and `overwrite` is false or it holds anything but what an older output consists
  /// of;
  /// - `target` is, holds or lies in one of the inputs;
  /// - it cannot be made, or another process is making it.
  OutputDirectory(const std::filesystem::path& target, OutputOptions options);
  [[nodiscard]] const std::filesystem::path& partial() const noexcept { return work_.path(); }
  [[nodiscard]] const std::filesystem::path& target() const noexcept { return target_; }
  /// Removes the files that an unfinished output keeps.
  void clear_kept() { work_.clear_kept(); }
  /// Writes the manifest and renames, without the files that only an unfinished output has. Of an overwritten output,
  /// what the tool wrote goes once the new one is in its place; what was changed or added meanwhile stays in
  /// `<target>.replaced`.
  void commit();

 private:
  OutputOptions options_;
  std::filesystem::path target_;
  WorkDirectory work_;
};

/// Throws what `OutputDirectory` would, but for another process's work; leaves nothing behind.
void check_output(const std::filesystem::path& target, const OutputOptions& options);

/// Throws `IoError` where `target` is, holds or lies in one of `inputs`.
void require_apart(const std::filesystem::path& target, const std::vector<Input>& inputs);

/// The first few of `names`, and how many more there are.
[[nodiscard]] std::string first_names(const std::vector<std::string>& names);

/// Fills `target`, an entry of a cache named by its key, by `fill`, which is given a directory of its own to write to.
/// Two processes may do so at once: the later one's replaces the earlier's as a whole. Removes what killed processes
/// left beside it.
void fill_cache_entry(const std::filesystem::path& target, const std::vector<std::string>& names,
                      const std::function<void(const std::filesystem::path&)>& fill);

}  // namespace tt
