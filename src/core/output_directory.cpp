#include "transfer_tune/core/output_directory.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/text.hpp"

#include "core/work_lock.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace tt {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kShownNames = 5;

/// An absolute path without links, as far as it exists, and without a slash at its end.
fs::path place_of(const fs::path& path) {
  std::error_code error;
  const fs::path place = fs::weakly_canonical(fs::absolute(path), error);
  if (error) throw IoError(concat(path.string(), ": cannot follow the path: ", error.message()));
  return place.has_filename() ? place : place.parent_path();
}

/// True when `inner` is `outer` or lies in it.
bool holds(const fs::path& outer, const fs::path& inner) {
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

fs::path partial_of(const fs::path& target) { return target.string() + ".partial"; }

std::vector<std::string> joined(std::vector<std::string> names, const std::vector<std::string>& more) {
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

/// Files of these names and their manifest.
Manifest any_content(const std::vector<std::string>& names) {
  Manifest files{{kManifestName, ""}};
  for (const std::string& name : names) files.push_back({name, ""});
  return files;
}

/// What of an existing output is ours: what its manifest lists, or, of an older version's, what such outputs consist
/// of.
std::optional<Manifest> owned_files(const fs::path& directory, const OutputFiles& files) {
  if (std::optional<Manifest> manifest = read_manifest(directory)) {
    manifest->push_back({kManifestName, ""});
    return manifest;
  }
  const bool is_finished =
      !files.signs.empty() && std::all_of(files.signs.begin(), files.signs.end(),
                                          [&](const std::string& sign) { return fs::exists(directory / sign); });
  return is_finished && !fs::exists(directory / kManifestName) ? std::optional(any_content(files.names)) : std::nullopt;
}

/// Where the work goes: the directory itself where the last part of `target` is a link to one.
fs::path resolve(const fs::path& target) {
  std::error_code error;
  const bool is_link = fs::is_symlink(fs::symlink_status(target, error));
  if (is_link && !fs::exists(fs::status(target, error))) {
    throw IoError(concat(target.string(),
                         ": the output directory's name is taken by a link that leads nowhere; remove "
                         "the link or choose another output directory"));
  }
  return place_of(target);
}

/// Throws where a file stands in the place of a folder on the way to `target`.
void require_way(const fs::path& target) {
  std::error_code error;
  for (fs::path folder = target.parent_path(); folder.has_relative_path(); folder = folder.parent_path()) {
    const fs::file_status status = fs::status(folder, error);
    if (fs::is_directory(status)) return;
    if (fs::exists(status)) {
      throw IoError(concat(target.string(), ": cannot make the output directory: ", folder.string(),
                           " is a file; choose another output directory"));
    }
  }
}

void require_movable(const fs::path& target) {
  struct stat own {};
  struct stat around {};
  if (::stat(target.c_str(), &own) != 0 || ::stat(target.parent_path().c_str(), &around) != 0) return;
  if (own.st_dev == around.st_dev && own.st_ino != around.st_ino) return;
  throw IoError(concat(target.string(), ": the output directory is a mount point, which nothing can be renamed to; ",
                       "choose a directory inside it"));
}

void require_replaceable(const fs::path& target, const OutputOptions& options) {
  if (!options.overwrite) {
    throw IoError(concat(target.string(),
                         ": the output directory exists already; pass --overwrite to replace what an "
                         "earlier run wrote there, or choose another output directory"));
  }
  const std::optional<Manifest> ours = owned_files(target, options.files);
  const std::vector<std::string> others = others_in(target, ours.value_or(Manifest{}));
  if (ours && others.empty()) return;
  throw IoError(concat(target.string(),
                       ours ? ": --overwrite replaces what this program wrote, and nothing else; in the way: "
                            : ": --overwrite replaces an earlier output of this program, and this is none; it holds ",
                       first_names(others), ours ? "; move that away" : "",
                       ours ? ", or choose another output directory" : "; choose another output directory"));
}

/// Throws what stands against writing to `target`; returns the directory that it names.
fs::path require_free(const fs::path& target, const OutputOptions& options) {
  fs::path place = resolve(target);
  require_way(place);
  require_apart(target, options.inputs);
  std::error_code error;
  const fs::file_status status = fs::status(place, error);
  if (!fs::exists(status)) return place;
  if (!fs::is_directory(status)) {
    throw IoError(
        concat(target.string(), ": the output directory's name is taken by a file; choose another output directory"));
  }
  if (!fs::is_empty(place)) require_replaceable(place, options);
  require_movable(place);
  return place;
}

/// True where an input that an output holds will be in the next one too, and is as the tool wrote it.
bool stays(const Input& input, const fs::path& path, const fs::path& target) {
  if (!input.is_written_again || !holds(target, path)) return false;
  const Manifest files = read_manifest(target).value_or(Manifest{});
  const std::string name = path.lexically_relative(target).string();
  return std::any_of(files.begin(), files.end(), [&](const OwnedFile& file) {
    return file.path == name && file.sha256 == sha256_of_file(path, ErrorKind::io);
  });
}

}  // namespace

std::string first_names(const std::vector<std::string>& names) {
  const std::vector<std::string> shown(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kShownNames)));
  const std::string more = names.size() > kShownNames ? concat(" and ", names.size() - kShownNames, " more") : "";
  return join(shown, ", ") + more;
}

void require_apart(const fs::path& target, const std::vector<Input>& inputs) {
  const fs::path place = place_of(target);
  for (const Input& input : inputs) {
    const fs::path path = place_of(input.path);
    if (stays(input, path, place)) continue;
    std::error_code error;
    const bool is_inside = path != place && holds(path, place) && fs::is_directory(path, error);
    if (!is_inside && !holds(place, path) && !holds(partial_of(place), path)) continue;
    throw IoError(concat(target.string(),
                         is_inside ? ": the output directory lies in " : ": writing there would remove ", input.what,
                         ", ", input.path.string(), "; choose another output directory"));
  }
}

void check_output(const fs::path& target, const OutputOptions& options) {
  fs::path place = require_free(target, options);
  std::error_code error;
  fs::path missing = partial_of(place);
  if (fs::exists(fs::symlink_status(missing, error))) {
    return require_leftover(missing, joined(options.files.names, options.files.kept), options.finished_work);
  }
  while (!fs::exists(missing.parent_path(), error)) missing = missing.parent_path();
  try_directory(missing);
}

WorkDirectory::WorkDirectory(fs::path path, std::vector<std::string> names, std::vector<std::string> kept,
                             FinishedWork finished)
    : path_(std::move(path)),
      names_(std::move(names)),
      kept_(std::move(kept)),
      lock_(std::make_unique<Lock>(lock_directory(path_, joined(names_, kept_), finished))) {
  clear_owned(path_, any_content(names_), kManifestName);
}

WorkDirectory::~WorkDirectory() = default;

void WorkDirectory::finish() {
  lock_->write(manifest_text(make_manifest(path_, names_)));
  sync_directory(path_);
}

void WorkDirectory::clear_kept() { clear_owned(path_, any_content(kept_), kManifestName); }

void WorkDirectory::discard() { remove_owned(path_, any_content(names_)); }

OutputDirectory::OutputDirectory(const fs::path& target, OutputOptions options)
    : options_(std::move(options)),
      target_(require_free(target, options_)),
      work_(partial_of(target_), options_.files.names, options_.files.kept, options_.finished_work) {}

void OutputDirectory::commit() {
  work_.clear_kept();
  work_.finish();
  // Of what stands there by now, not of what stood there at the beginning.
  const Manifest ours = owned_files(target_, options_.files).value_or(Manifest{});
  const std::optional<fs::path> old = put_in_place(work_.path(), target_, options_.overwrite);
  sync_directory(target_.parent_path());
  remove_replaced(target_);
  if (!old) return;
  std::error_code error;
  if (!fs::exists(*old, error)) return;
  remove_owned(*old, ours);
  if (fs::exists(*old, error)) {
    log_warning(concat(old->string(), " keeps what was changed or added after an earlier run had written it: ",
                       first_names(others_in(*old, {}))));
  }
}

void fill_cache_entry(const fs::path& target, const std::vector<std::string>& names,
                      const std::function<void(const fs::path&)>& fill) {
  make_directories(target.parent_path());
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(target.parent_path(), ignored)) {
    remove_if_abandoned(entry.path(), names);
  }
  WorkDirectory work(concat(partial_of(target).string(), '-', ::getpid()), names);
  try {
    fill(work.path());
    work.finish();
    // What stands there is damaged or of another process: an entry's files are the cache's, whatever became of them.
    if (const auto old = put_in_place(work.path(), target, true)) remove_owned(*old, any_content(names));
  } catch (...) {
    work.discard();
    throw;
  }
}

}  // namespace tt
