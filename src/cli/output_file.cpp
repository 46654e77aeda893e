#include "cli/output_file.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/owned_files.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <system_error>

namespace tt::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(std::string_view option, const fs::path& file, const std::string& why) {
  throw IoError(concat(option, ": ", file.string(), " ", why, "; choose another file"));
}

bool is_or_lies_in(const fs::path& file, const fs::path& input) {
  return std::mismatch(input.begin(), input.end(), file.begin(), file.end()).first == input.end();
}

/// True where the manifest of a directory around `file` lists it.
bool is_part_of_output(const fs::path& file) {
  for (fs::path folder = file.parent_path(); folder.has_relative_path(); folder = folder.parent_path()) {
    const Manifest files = read_manifest(folder).value_or(Manifest{});
    const std::string name = file.lexically_relative(folder).string();
    if (std::any_of(files.begin(), files.end(), [&](const OwnedFile& owned) { return owned.path == name; }))
      return true;
  }
  return file.filename() == kManifestName;
}

}  // namespace

void require_harmless(std::string_view option, const fs::path& file, const std::vector<Input>& inputs) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (fs::is_directory(status)) refuse(option, file, "is a directory");
  if (fs::is_symlink(fs::symlink_status(file, error)) && !fs::exists(status)) {
    refuse(option, file, "is a link that leads nowhere");
  }
  if (!fs::exists(status)) {
    const fs::path folder = fs::absolute(file).parent_path();
    if (!fs::is_directory(folder, error))
      refuse(option, file, concat("cannot be made: there is no directory ", folder.string()));
    return;
  }
  const fs::path place = fs::canonical(file);
  for (const Input& input : inputs) {
    const fs::path path = fs::weakly_canonical(fs::absolute(input.path), error);
    // A run's directory is an input that pages about the run are often put into; what is in it of the run is listed.
    const bool is_whole = !fs::is_directory(path, error) || !read_manifest(path);
    if (is_whole && is_or_lies_in(place, path))
      refuse(option, file, concat("belongs to ", input.what, ", which is read"));
  }
  if (is_part_of_output(place)) refuse(option, file, "is part of what a run wrote");
}

void require_absent(std::string_view option, const fs::path& file, const std::vector<Input>& inputs) {
  require_harmless(option, file, inputs);
  if (fs::exists(fs::symlink_status(file))) refuse(option, file, "exists and is not replaced");
}

void require_replaceable(std::string_view option, const fs::path& file, std::string_view sign,
                         const std::vector<Input>& inputs) {
  require_harmless(option, file, inputs);
  std::error_code error;
  if (!fs::is_regular_file(fs::status(file, error))) return;
  const std::string content = read_file(file, ErrorKind::io);
  if (content.empty() || content.find(sign) != std::string::npos) return;
  refuse(option, file, "exists, and this program did not write it");
}

}  // namespace tt::cli
