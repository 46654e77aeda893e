#include "transfer_tune/core/owned_files.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/text.hpp"

#include "core/descriptor.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <set>
#include <system_error>
#include <utility>

namespace tt {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFirstLine = "# transfer-tune wrote these files; ";
constexpr std::string_view kRest = "--overwrite replaces them alone, and sha256sum -c checks them\n";
constexpr std::size_t kDigits = 64;     ///< of a SHA-256
constexpr std::size_t kKeyDigits = 32;  ///< of a name in the cache
constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr auto kAbandonedAfter = std::chrono::hours(1);

[[noreturn]] void fail(const fs::path& path, const std::string& what, int error) {
  throw IoError(concat(path.string(), ": cannot ", what, ": ", std::generic_category().message(error)));
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// "KEY.safetensors", "KEY.partial.12": what the cache calls its own.
bool is_cache_name(const std::string& name, std::string_view behind_key) {
  return name.size() > kKeyDigits && is_hex(std::string_view(name).substr(0, kKeyDigits)) &&
         std::string_view(name).substr(kKeyDigits).starts_with(behind_key);
}

/// The folders that `files` lie in, each with a slash behind.
std::set<std::string> folders_of(const Manifest& files) {
  std::set<std::string> folders;
  for (const OwnedFile& file : files) {
    for (std::size_t slash = file.path.find('/'); slash != std::string::npos; slash = file.path.find('/', slash + 1)) {
      folders.insert(file.path.substr(0, slash + 1));
    }
  }
  return folders;
}

/// SHA-256 of a regular file in an open folder; empty where it is none or cannot be read. Follows no link.
std::string hash_at(int folder, const char* name) {
  const Descriptor file(
      restarted([&] { return ::openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC); }));  // NOLINT
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return "";
  Sha256 hash;
  std::vector<char> block(std::size_t{1} << 20U);
  for (;;) {
    const ::ssize_t count = restarted([&] { return ::read(file.get(), block.data(), block.size()); });
    if (count < 0) return "";
    if (count == 0) return hash.hex();
    hash.update(std::string_view(block.data(), static_cast<std::size_t>(count)));
  }
}

/// Removes what is ours from an open folder, from the leaves up. Names are looked up in open folders alone, so that no
/// link that someone puts in a folder's place leads out of the tree.
class Removal {
 public:
  Removal(const Manifest& files, std::string_view kept) : folders_(folders_of(files)), kept_(kept) {
    for (const OwnedFile& file : files) files_.emplace(file.path, file.sha256);
  }

  void clear(int folder, const std::string& prefix) const {
    for (const std::string& name : names_in(folder)) {
      struct stat status {};
      if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
      const std::string path = prefix + name;
      if (S_ISREG(status.st_mode)) {
        const auto listed = files_.find(path);
        if (listed == files_.end() || path == kept_) continue;
        if (!listed->second.empty() && listed->second != hash_at(folder, name.c_str())) continue;
        ::unlinkat(folder, name.c_str(), 0);
      } else if (S_ISDIR(status.st_mode) && folders_.contains(path + '/')) {
        const Descriptor inner(::openat(folder, name.c_str(), kFolder));  // NOLINT
        if (inner.get() < 0) continue;
        clear(inner.get(), path + '/');
        ::unlinkat(folder, name.c_str(), AT_REMOVEDIR);  // only takes what is empty
      }
    }
  }

 private:
  static std::vector<std::string> names_in(int folder) {
    std::vector<std::string> names;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(concat("/proc/self/fd/", folder), ignored)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  std::map<std::string, std::string> files_;
  std::set<std::string> folders_;
  std::string kept_;
};

void clear(const fs::path& directory, const Manifest& files, std::string_view kept) {
  const Descriptor folder(::open(directory.c_str(), kFolder));  // NOLINT
  if (folder.get() >= 0) Removal(files, kept).clear(folder.get(), "");
}

enum class Condition { whole, missing, changed };

/// How the manifest's file stands in `directory`.
Condition condition_of(const fs::path& directory, const OwnedFile& file) {
  std::error_code ignored;
  const fs::path path = directory / file.path;
  if (!fs::is_regular_file(fs::symlink_status(path, ignored))) return Condition::missing;
  const bool is_same = file.sha256.empty() || file.sha256 == sha256_of_file(path, ErrorKind::io);
  return is_same ? Condition::whole : Condition::changed;
}

/// True where `files` lists `name` with the content that it has in `directory`.
bool is_listed(const fs::path& directory, const std::string& name, const Manifest& files) {
  return std::any_of(files.begin(), files.end(), [&](const OwnedFile& file) {
    return file.path == name && condition_of(directory, file) == Condition::whole;
  });
}

void require_download(const fs::path& path) {
  std::error_code ignored;
  if (path.extension() == ".incomplete" && fs::is_regular_file(fs::symlink_status(path, ignored))) return;
  throw InternalError(concat("no download is called ", quote(path.string())));
}

fs::path replaced_name(const fs::path& path, int number) {
  return concat(path.string(), ".replaced", number == 1 ? "" : concat('-', number));
}

/// `path`.replaced, or the first of `path`.replaced-2, … that nothing has.
fs::path free_name(const fs::path& path) {
  for (int number = 1;; ++number) {
    fs::path name = replaced_name(path, number);
    std::error_code ignored;
    if (!fs::exists(fs::symlink_status(name, ignored))) return name;
  }
}

/// Writes a file of a new name beside `path`, which no file had; returns that name.
fs::path write_beside(const fs::path& path, std::string_view text) {
  for (int number = 0;; ++number) {
    fs::path name = path;
    name += concat(".tmp-", ::getpid(), number == 0 ? "" : concat('-', number));
    try {
      FileWriter writer(name, FileWriter::Mode::create);
      try {
        writer.write(text);
        writer.close();
      } catch (...) {
        ::unlink(name.c_str());
        throw;
      }
      return name;
    } catch (const FileExists&) {
      continue;
    }
  }
}

}  // namespace

std::optional<Manifest> read_manifest(const fs::path& directory) {
  std::error_code ignored;
  if (!fs::is_regular_file(fs::symlink_status(directory / kManifestName, ignored))) return std::nullopt;
  const std::string text = read_file(directory / kManifestName, ErrorKind::io);
  if (!text.starts_with(kFirstLine)) return std::nullopt;
  Manifest files;
  for (std::size_t begin = text.find('\n') + 1; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.size() < kDigits + 3 || !is_hex(std::string_view(line).substr(0, kDigits))) return std::nullopt;
    files.push_back({line.substr(kDigits + 2), line.substr(0, kDigits)});
  }
  return files;
}

std::string manifest_text(const Manifest& files) {
  std::string text = concat(kFirstLine, kRest);
  for (const OwnedFile& file : files) text += concat(file.sha256, "  ", file.path, '\n');
  return text;
}

Manifest make_manifest(const fs::path& directory, const std::vector<std::string>& names) {
  Manifest files;
  for (const std::string& name : names) {
    std::error_code ignored;
    if (!fs::is_regular_file(fs::symlink_status(directory / name, ignored))) continue;
    files.push_back({name, sha256_of_file(directory / name, ErrorKind::io)});
  }
  return files;
}

std::string first_damage(const fs::path& directory, const Manifest& files) {
  for (const OwnedFile& file : files) {
    const Condition condition = condition_of(directory, file);
    if (condition == Condition::missing) return file.path + " is missing";
    if (condition == Condition::changed) return file.path + " has changed";
  }
  return "";
}

std::vector<std::string> changed_in(const fs::path& directory, const Manifest& files) {
  std::vector<std::string> changed;
  for (const OwnedFile& file : files) {
    if (condition_of(directory, file) == Condition::changed) changed.push_back(file.path);
  }
  return changed;
}

void require_whole(const fs::path& directory) {
  const std::optional<Manifest> files = read_manifest(directory);
  const std::string damage = files ? first_damage(directory, *files) : "it has no manifest";
  if (!damage.empty()) throw IoError(concat(directory.string(), ": ", damage));
}

std::vector<std::string> others_in(const fs::path& directory, const Manifest& files) {
  std::set<std::string> names;
  for (const OwnedFile& file : files) names.insert(file.path);
  const std::set<std::string> folders = folders_of(files);
  std::vector<std::string> others;
  const std::function<void(const fs::path&, const std::string&)> look = [&](const fs::path& folder,
                                                                            const std::string& prefix) {
    std::error_code error;
    for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
      const std::string path = prefix + entry->path().filename().string();
      const fs::file_status status = entry->symlink_status(error);
      if (fs::is_directory(status)) {
        folders.contains(path + '/') ? look(entry->path(), path + '/') : others.push_back(path + '/');
      } else if (!fs::is_regular_file(status) || !names.contains(path)) {
        others.push_back(path);
      }
    }
    if (error) throw IoError(concat(folder.string(), ": cannot look into it: ", error.message()));
  };
  look(directory, "");
  std::sort(others.begin(), others.end());
  return others;
}

void remove_owned(const fs::path& directory, const Manifest& files) {
  clear(directory, files, kManifestName);
  clear(directory, files, "");
  ::rmdir(directory.c_str());  // only takes what is empty
}

void remove_replaced(const fs::path& target) {
  for (int number = 1;; ++number) {
    const fs::path old = replaced_name(target, number);
    std::error_code ignored;
    if (!fs::exists(fs::symlink_status(old, ignored))) return;
    std::optional<Manifest> files = read_manifest(old);
    if (!files) continue;
    files->push_back({kManifestName, ""});
    remove_owned(old, *files);
  }
}

void clear_owned(const fs::path& directory, const Manifest& files, std::string_view kept) {
  clear(directory, files, kept);
}

bool make_new_directory(const fs::path& directory) {
  if (::mkdir(directory.c_str(), 0777) == 0) return true;
  if (errno != EEXIST) fail(directory, "create the directory", errno);
  return false;
}

void try_directory(const fs::path& directory) {
  if (make_new_directory(directory)) ::rmdir(directory.c_str());
}

std::optional<fs::path> put_in_place(const fs::path& made, const fs::path& target, bool replace) {
  // A directory takes an empty one's place, and no other's.
  if (::rename(made.c_str(), target.c_str()) == 0) return std::nullopt;
  if ((errno != ENOTEMPTY && errno != EEXIST) || !replace) fail(target, concat("put ", made.string(), " there"), errno);
  const fs::path old = free_name(target);
  // At once where the file system can, so that there is never none.
  if (::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0) {
    return ::rename(made.c_str(), old.c_str()) == 0 ? old : made;
  }
  if (::rename(target.c_str(), old.c_str()) != 0) fail(target, "move the old output aside", errno);
  if (::rename(made.c_str(), target.c_str()) != 0) {
    const int error = errno;
    ::rename(old.c_str(), target.c_str());
    fail(target, concat("put ", made.string(), " there"), error);
  }
  return old;
}

std::optional<fs::path> move_owned(const fs::path& from, const fs::path& to, const std::string& name,
                                   const Manifest& ours) {
  std::optional<fs::path> aside;
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(to / name, ignored)) && !is_listed(to, name, ours)) {
    aside = free_name(to / name);
    if (::rename((to / name).c_str(), aside->c_str()) != 0) fail(to / name, "move it aside", errno);
  }
  if (::rename((from / name).c_str(), (to / name).c_str()) != 0) fail(to / name, "put the file in place", errno);
  return aside;
}

void replace_file(const fs::path& path, std::string_view text) {
  std::error_code error;
  if (fs::is_other(fs::status(path, error))) return append_file(path, text);
  const bool leads_nowhere = fs::is_symlink(fs::symlink_status(path, error)) && !fs::exists(fs::status(path, error));
  if (leads_nowhere) throw IoError(concat(path.string(), ": expected a file, found a link that leads nowhere"));
  const fs::path target = fs::weakly_canonical(fs::absolute(path), error);
  if (error) throw IoError(concat(path.string(), ": cannot follow the path: ", error.message()));
  const fs::path temporary = write_beside(target, text);
  if (::rename(temporary.c_str(), target.c_str()) != 0) {
    const int problem = errno;
    ::unlink(temporary.c_str());
    fail(path, "replace", problem);
  }
  sync_directory(target.parent_path());
}

void remove_owned_file(const fs::path& directory, const std::string& name, const Manifest& files) {
  const auto listed =
      std::find_if(files.begin(), files.end(), [&](const OwnedFile& file) { return file.path == name; });
  if (listed != files.end()) clear(directory, {*listed}, "");
}

CacheFile::CacheFile(const fs::path& folder, const std::string& name) : final_(folder / name) {
  if (!is_cache_name(name, ".")) throw InternalError(concat("the cache calls no file ", quote(name)));
  partial_ = folder / concat(name.substr(0, kKeyDigits), ".partial.", ::getpid());
}

CacheFile::~CacheFile() {
  if (!partial_.empty()) ::unlink(partial_.c_str());
}

void CacheFile::keep() {
  if (::rename(partial_.c_str(), final_.c_str()) != 0) fail(final_, "put the file in place", errno);
  partial_.clear();
}

void make_cache_room(const fs::path& folder, std::string_view extension, std::size_t more, std::size_t most) {
  struct File {
    fs::file_time_type used;
    fs::path path;
    std::size_t bytes;
  };
  std::vector<File> files;
  std::size_t held = more;
  std::error_code ignored;  // another run may take files away meanwhile
  const auto abandoned = fs::file_time_type::clock::now() - kAbandonedAfter;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (!fs::is_regular_file(entry.symlink_status(ignored))) continue;
    const std::string name = entry.path().filename().string();
    if (is_cache_name(name, ".partial.") && entry.last_write_time(ignored) < abandoned) {
      ::unlink(entry.path().c_str());
    } else if (is_cache_name(name, extension) && name.size() == kKeyDigits + extension.size()) {
      files.push_back({entry.last_write_time(ignored), entry.path(), entry.file_size(ignored)});
      held += files.back().bytes;
    }
  }
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.used < b.used; });
  for (const File& file : files) {
    if (held <= most) return;
    held -= file.bytes;
    ::unlink(file.path.c_str());
  }
}

void keep_download(const fs::path& incomplete) {
  require_download(incomplete);
  fs::path whole = incomplete;
  whole.replace_extension();
  if (::rename(incomplete.c_str(), whole.c_str()) != 0) fail(whole, "put the file in place", errno);
}

void discard_download(const fs::path& incomplete) {
  require_download(incomplete);
  ::unlink(incomplete.c_str());
}

ScratchFile::ScratchFile(const fs::path& folder, std::size_t bytes) : path_((folder / "rows.XXXXXX").string()) {
  const int file = ::mkostemp(path_.data(), O_CLOEXEC);
  if (file < 0) path_.clear();
  const int error = file < 0 ? errno : ::posix_fallocate(file, 0, static_cast<::off_t>(bytes));
  if (file >= 0) ::close(file);
  if (error != 0) problem_ = std::generic_category().message(error);
}

ScratchFile::~ScratchFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

}  // namespace tt
