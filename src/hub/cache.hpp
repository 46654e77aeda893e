#pragma once

#include "transfer_tune/hub/hub.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The layout of huggingface_hub's cache: models--ORG--NAME with refs/REVISION (a commit), blobs/ETAG (contents) and
// snapshots/COMMIT/FILE (links to blobs); .no_exist/COMMIT/FILE says that there is no such file.

namespace tt::hub {

class ModelCache {
 public:
  ModelCache(const std::filesystem::path& cache, const std::string& name);

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::filesystem::path snapshot(const std::string& commit) const;
  [[nodiscard]] std::filesystem::path blob(const std::string& etag) const;
  /// The lock of a blob, the one that Python takes.
  [[nodiscard]] std::filesystem::path lock(const std::string& etag) const;

  /// The commit that `revision` was when it was last looked up; nothing where it never was.
  [[nodiscard]] std::optional<std::string> commit_of(const std::string& revision) const;
  void set_commit(const std::string& revision, const std::string& commit) const;

  /// Puts the blob into the snapshot as `file`.
  void link(const std::string& commit, const std::string& file, const std::string& etag) const;
  void note_absent(const std::string& commit, const std::string& file) const;
  [[nodiscard]] bool is_absent(const std::string& commit, const std::string& file) const;

 private:
  std::filesystem::path folder_;
  std::filesystem::path locks_;
};

/// Forty hexadecimal digits.
[[nodiscard]] bool is_commit(std::string_view text);
/// Throws `UsageError` for what no branch, tag or commit is called.
void check_revision(const std::string& revision);

/// Of a repository's files, those that are read here: configs, the tokenizer's, the modules', and one kind of weights.
[[nodiscard]] std::vector<std::string> needed_files(const std::vector<std::string>& files);

/// Whether a directory has weights and a tokenizer, and every folder that its modules.json names.
[[nodiscard]] bool looks_whole(const std::filesystem::path& snapshot);

}  // namespace tt::hub
