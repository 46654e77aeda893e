#include "runs/comparison_directory.hpp"

#include "runs/finished_runs.hpp"
#include "runs/outputs.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace tt::runs {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRuns = "runs/";

/// Its files by any content, where no manifest says more.
Manifest files_of(const fs::path& root) {
  if (std::optional<Manifest> manifest = read_manifest(root)) return *std::move(manifest);
  Manifest files;
  for (const std::string& name : comparison_files().names) files.push_back({name, ""});
  return files;
}

/// True where the manifest lists a comparison's files and no other's, such as a run's.
bool has_own_manifest(const fs::path& root) {
  const std::optional<Manifest> manifest = read_manifest(root);
  const std::vector<std::string> names = comparison_files().names;
  return manifest && std::ranges::all_of(*manifest, [&](const OwnedFile& file) {
           return std::ranges::find(names, file.path) != names.end();
         });
}

/// What `root` holds beside a comparison.
std::vector<std::string> others(const fs::path& root, bool has_manifest) {
  Manifest files;
  for (const std::string& name : comparison_files().names) files.push_back({name, ""});
  if (has_manifest) files.push_back({kManifestName, ""});
  std::vector<std::string> names = others_in(root, files);
  std::erase(names, kRuns);
  return names;
}

/// An older version left no manifest, and before it had come to an end nothing but the runs.
bool is_older(const fs::path& root) {
  if (fs::exists(root / kManifestName) || !fs::is_directory(root / kRuns)) return false;
  const OutputFiles files = comparison_files();
  const auto exists = [&](const std::string& name) { return fs::exists(root / name); };
  return std::ranges::all_of(files.signs, exists) || std::ranges::none_of(files.names, exists);
}

/// Throws where a comparison must not write to an existing directory; true where it may.
void require_comparison(const fs::path& root, bool resume, bool overwrite) {
  if (!resume && !overwrite) {
    throw IoError(concat(root.string(), " exists; --resume keeps what is finished there, --overwrite trains all anew"));
  }
  const bool has_manifest = has_own_manifest(root);
  const std::vector<std::string> in_the_way = others(root, has_manifest);
  const bool is_comparison = has_manifest || is_older(root);
  if (is_comparison && (in_the_way.empty() || !overwrite)) return;
  throw IoError(concat(root.string(),
                       is_comparison ? ": --overwrite trains a comparison anew, and this is in the way: "
                                     : ": found no comparison there, but ",
                       first_names(is_comparison ? in_the_way : others_in(root, {})),
                       is_comparison ? "; move that away, or" : ";", " choose another output directory"));
}

/// The directory itself, which exists then.
fs::path prepare(const fs::path& root, const std::vector<Input>& inputs, bool resume, bool overwrite) {
  require_apart(root, inputs);
  std::error_code error;
  if (fs::exists(fs::symlink_status(root, error))) {
    if (!fs::is_directory(fs::status(root, error))) {
      throw IoError(concat(root.string(), ": the output directory's name is taken by a file; choose another"));
    }
    if (!fs::is_empty(root)) require_comparison(root, resume, overwrite);
    return fs::canonical(root);
  }
  make_directories(root);
  return fs::canonical(root);
}

}  // namespace

ComparisonDirectory::ComparisonDirectory(const fs::path& root, const std::vector<Input>& inputs, bool resume,
                                         bool overwrite)
    : root_(prepare(root, inputs, resume, overwrite)), work_(root_.string() + ".partial", comparison_files().names) {
  // Written first, so that an interrupted comparison is known for what it is.
  if (!read_manifest(root_)) replace_file(root_ / kManifestName, manifest_text({}));
}

ComparisonDirectory::~ComparisonDirectory() { work_.discard(); }

void ComparisonDirectory::write(const report::ComparisonReport& report) {
  const Manifest ours = files_of(root_);
  write_comparison(report, work_.path());
  work_.finish();
  for (const std::string& name : comparison_files().names) {
    std::error_code error;
    if (!fs::exists(work_.path() / name, error)) {
      remove_owned_file(root_, name, ours);  // junit.xml of an earlier comparison there, that had gates
    } else if (const auto aside = move_owned(work_.path(), root_, name, ours)) {
      log_warning(
          concat((root_ / name).string(), " was changed after it had been written; it is kept as ", aside->string()));
    }
  }
  (void)move_owned(work_.path(), root_, kManifestName, {{kManifestName, ""}});
}

}  // namespace tt::runs
