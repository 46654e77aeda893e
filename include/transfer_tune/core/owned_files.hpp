#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Every call that takes something away or gives it another name is in src/core/owned_files.cpp, and tests/core holds
// that. Each touches only what the tool itself wrote: a name that it made a moment ago, an entry of its cache, or a
// file that a manifest lists. Links are never followed.

namespace tt {

/// The list of what the tool wrote into a directory, in every finished one. It has the format of sha256sum, so that
/// `sha256sum -c manifest.sha256` checks it, and no leading dot, so that copies of a directory's content take it along.
inline constexpr const char* kManifestName = "manifest.sha256";

struct OwnedFile {
  std::string path;    ///< within the directory, parts joined by '/'
  std::string sha256;  ///< empty: whatever it holds
};
using Manifest = std::vector<OwnedFile>;

/// The manifest of `directory`; nothing where it has none of this tool's.
[[nodiscard]] std::optional<Manifest> read_manifest(const std::filesystem::path& directory);
/// The manifest's text, its first line saying whose it is.
[[nodiscard]] std::string manifest_text(const Manifest& files);
/// Those of `names` that are regular files in `directory`, hashed. Throws `IoError`.
[[nodiscard]] Manifest make_manifest(const std::filesystem::path& directory, const std::vector<std::string>& names);
/// The first file of the manifest that is missing or changed, in words; empty: the directory is whole.
[[nodiscard]] std::string first_damage(const std::filesystem::path& directory, const Manifest& files);
/// The files of the manifest that are there with other content than it states.
[[nodiscard]] std::vector<std::string> changed_in(const std::filesystem::path& directory, const Manifest& files);

/// Throws `IoError` that names the first damage, or that `directory` has no manifest.
void require_whole(const std::filesystem::path& directory);

/// What `directory` holds beside `files` and their folders, by name: paths in it, folders with a slash behind.
[[nodiscard]] std::vector<std::string> others_in(const std::filesystem::path& directory, const Manifest& files);

/// Removes the regular files of `directory` that `files` lists and that still have the content it states, the manifest
/// last, then the folders that this empties, `directory` among them. What is left stays.
void remove_owned(const std::filesystem::path& directory, const Manifest& files);
/// Removes what of `target`.replaced, `target`.replaced-2, … is as the manifest in it says: an older output whose
/// removal was broken off. Without a manifest they hold what was changed or added, and stay.
void remove_replaced(const std::filesystem::path& target);
/// As `remove_owned`, but `directory` and its file `kept` stay.
void clear_owned(const std::filesystem::path& directory, const Manifest& files, std::string_view kept);

/// Makes `directory`; false where something has that name already. Throws `IoError`.
bool make_new_directory(const std::filesystem::path& directory);
/// Throws `IoError` where `directory` could not be made; takes it away again.
void try_directory(const std::filesystem::path& directory);

/// Renames `made`, a directory of the calling process's own, to `target`. What stands there already is set aside
/// under a free name, `target`.replaced, and its name is returned; it must be allowed by `replace`. Throws `IoError`,
/// with everything under its old name again.
std::optional<std::filesystem::path> put_in_place(const std::filesystem::path& made,
                                                  const std::filesystem::path& target, bool replace);
/// Renames the file `name` of `from`, a directory of the calling process's own, into `to`. A file that stands there and
/// is not as `ours` lists it is first set aside as `name`.replaced, which is returned. Throws `IoError`.
std::optional<std::filesystem::path> move_owned(const std::filesystem::path& from, const std::filesystem::path& to,
                                                const std::string& name, const Manifest& ours);

/// Writes `text` to a new file beside `path` and renames it to `path`, which so holds either its old content or the
/// new, never a part. A link is followed to what it names; what is no regular file, such as /dev/stdout, is written to
/// as it stands. Throws `IoError`.
void replace_file(const std::filesystem::path& path, std::string_view text);
/// Removes the file `name` of `directory`, if `files` lists it with the content that it has.
void remove_owned_file(const std::filesystem::path& directory, const std::string& name, const Manifest& files);

/// A name in a folder of the cache under which one file is written, to appear whole or not at all.
class CacheFile {
 public:
  /// `name`, in a folder that holds nothing but the cache.
  CacheFile(const std::filesystem::path& folder, const std::string& name);
  CacheFile(const CacheFile&) = delete;
  CacheFile& operator=(const CacheFile&) = delete;
  /// Removes what was written and not kept.
  ~CacheFile();
  [[nodiscard]] const std::filesystem::path& partial() const noexcept { return partial_; }
  /// Gives it its name, over an older one. Throws `IoError`.
  void keep();

 private:
  std::filesystem::path final_;
  std::filesystem::path partial_;
};

/// Removes the longest unused files with this extension, and what killed processes left of theirs, from a folder that
/// holds nothing but the cache, until the others and `more` bytes take at most `most`.
void make_cache_room(const std::filesystem::path& folder, std::string_view extension, std::size_t more,
                     std::size_t most);

/// Gives NAME.incomplete, which a download has written whole under its lock, the name NAME. Throws `IoError`.
void keep_download(const std::filesystem::path& incomplete);
/// Removes NAME.incomplete, under the same lock: what came is not what was to come.
void discard_download(const std::filesystem::path& incomplete);

/// A new, empty file whose name is gone with this object; what is mapped from it meanwhile stays.
class ScratchFile {
 public:
  /// In `folder`, with room for `bytes` claimed. `problem()` says why that failed.
  ScratchFile(const std::filesystem::path& folder, std::size_t bytes);
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile();
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  std::string path_;
  std::string problem_;
};

}  // namespace tt
