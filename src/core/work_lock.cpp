#include "core/work_lock.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/text.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <system_error>
#include <thread>

namespace tt {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = "# transfer-tune writes here: process ";
/// A directory can be renamed or removed between two looks at it, but not forever.
constexpr int kAttempts = 100;
/// For the name of its process, which follows the lock.
constexpr auto kPatience = std::chrono::milliseconds(500);

std::string reason(int error) { return std::generic_category().message(error); }

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

struct Owner {
  long process = 0;
  std::string host;
};

/// Of the text of an unfinished manifest; nothing where it is none.
std::optional<Owner> owner_in(const std::string& text) {
  if (!text.starts_with(kMark)) return std::nullopt;
  const std::string rest = text.substr(kMark.size());
  const std::size_t on = rest.find(" on ");
  return Owner{std::strtol(rest.c_str(), nullptr, 10),
               on == std::string::npos ? "" : rest.substr(on + 4, rest.find('\n') - on - 4)};
}

std::string text_of(const fs::path& file) {
  try {
    return read_file(file, ErrorKind::io);
  } catch (const IoError&) {
    return "";
  }
}

/// "out" of "out.partial".
std::string output_of(const fs::path& directory) {
  const std::string text = directory.string();
  const std::size_t end = text.rfind(".partial");
  return end == std::string::npos ? text : text.substr(0, end);
}

[[noreturn]] void refuse_second(const fs::path& directory) {
  std::optional<Owner> owner;
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!owner && std::chrono::steady_clock::now() < until) {
    owner = owner_in(text_of(directory / kManifestName));
    if (!owner) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const bool elsewhere = owner && owner->host != host_name();
  throw IoError(concat(output_of(directory), ": another run, ",
                       owner ? concat("process ", owner->process) : std::string("whose process is not known"),
                       elsewhere ? concat(" on ", owner->host) : "", ", writes there; wait for it, or choose another ",
                       "output directory"));
}

/// False where another process holds the lock. A file system without locks leaves only to look whether it still lives.
bool lock(int file, const fs::path& directory) {
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  const std::optional<Owner> owner = owner_in(text_of(directory / kManifestName));
  if (owner && owner->host == host_name() && owner->process != ::getpid()) {
    return ::kill(static_cast<::pid_t>(owner->process), 0) != 0 && errno == ESRCH;
  }
  log_warning(concat(directory.string(), ": cannot be locked (", reason(errno),
                     "); another run that writes there would not be noticed"));
  return true;
}

bool is_same_file(int file, const fs::path& path) {
  struct stat open {};
  struct stat named {};
  return ::fstat(file, &open) == 0 && ::lstat(path.c_str(), &named) == 0 && open.st_ino == named.st_ino &&
         open.st_dev == named.st_dev;
}

/// "0123…cdef.partial-12", "0123…cdef.replaced": beside an entry of a cache.
bool is_beside_entry(const std::string& name) {
  constexpr std::size_t kKeyDigits = 32;
  const std::size_t digits = name.find_first_not_of("0123456789abcdef");
  if (digits != kKeyDigits) return false;
  const std::string_view rest = std::string_view(name).substr(digits);
  return rest.starts_with(".partial-") || rest.starts_with(".replaced");
}

}  // namespace

void WorkDirectory::Lock::write(std::string_view text) const {
  const auto fail = [&](const char* what) {
    throw IoError(concat(path.string(), ": cannot ", what, ": ", reason(errno)));
  };
  if (restarted([&] { return ::ftruncate(file.get(), 0); }) != 0) fail("write");
  for (std::size_t done = 0; done < text.size();) {
    const ::ssize_t count = restarted(
        [&] { return ::pwrite(file.get(), text.data() + done, text.size() - done, static_cast<::off_t>(done)); });
    if (count < 0) fail("write");
    done += static_cast<std::size_t>(count);
  }
  if (restarted([&] { return ::fsync(file.get()); }) != 0 && errno != EINVAL && errno != EROFS) fail("sync");
}

void require_leftover(const fs::path& directory, const std::vector<std::string>& names, FinishedWork finished) {
  std::error_code error;
  if (!fs::is_directory(fs::symlink_status(directory, error))) {
    throw IoError(concat(directory.string(),
                         ": found something that is no directory where the output would grow; move "
                         "it away, or choose another output directory"));
  }
  const fs::path mark = directory / kManifestName;
  const bool is_file = fs::is_regular_file(fs::symlink_status(mark, error));
  const std::string text = is_file ? text_of(mark) : "";
  const std::optional<Manifest> manifest = read_manifest(directory);
  // An older version left no mark, and its report last. (An empty mark is one whose writing failed.)
  const bool is_older = !is_file && fs::exists(directory / "report.json");
  if (is_older || (manifest && finished == FinishedWork::stays)) {
    throw IoError(concat(directory.string(), ": found a finished output that was not put in its place; rename it, ",
                         is_older ? "or remove it" : "or pass --overwrite to replace it"));
  }
  Manifest files = manifest.value_or(Manifest{});
  for (const std::string& name : names) files.push_back({name, ""});
  if (text.empty() || manifest || owner_in(text)) files.push_back({kManifestName, ""});
  std::vector<std::string> others = others_in(directory, files);
  for (const std::string& name : changed_in(directory, manifest.value_or(Manifest{}))) others.push_back(name);
  if (others.empty()) return;
  throw IoError(concat(directory.string(),
                       ": the output would grow there, and it holds what this program did not write: ",
                       first_names(others), "; move that away, or choose another output directory"));
}

WorkDirectory::Lock lock_directory(const fs::path& directory, const std::vector<std::string>& names,
                                   FinishedWork finished) {
  const fs::path mark = directory / kManifestName;
  if (directory.has_parent_path()) make_directories(directory.parent_path());
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const bool is_new = make_new_directory(directory);
    std::error_code error;
    // Nothing is put into a directory that is none of ours.
    if (!is_new && !fs::exists(fs::symlink_status(mark, error))) require_leftover(directory, names, finished);
    Descriptor file(
        restarted([&] { return ::open(mark.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666); }));  // NOLINT
    if (file.get() < 0 && errno == ENOENT) continue;
    if (file.get() < 0) {
      const int problem = errno;
      require_leftover(directory, names, finished);
      throw IoError(concat(mark.string(), ": cannot create: ", reason(problem)));
    }
    if (!lock(file.get(), directory)) {
      if (!is_same_file(file.get(), mark)) continue;
      refuse_second(directory);
    }
    if (!is_same_file(file.get(), mark)) continue;
    require_leftover(directory, names, finished);
    if (const auto files = read_manifest(directory)) clear_owned(directory, *files, kManifestName);
    WorkDirectory::Lock held{std::move(file), mark};
    held.write(concat(kMark, ::getpid(), " on ", host_name(), '\n'));
    return held;
  }
  throw IoError(concat(directory.string(), ": cannot be made: others make and remove it all the time"));
}

void remove_if_abandoned(const fs::path& directory, const std::vector<std::string>& names) {
  std::error_code error;
  const fs::path mark = directory / kManifestName;
  if (!is_beside_entry(directory.filename().string()) || !fs::is_directory(fs::symlink_status(directory, error))) {
    return;
  }
  const Descriptor file(::open(mark.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));  // NOLINT
  if (file.get() < 0 || ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return;
  Manifest files = read_manifest(directory).value_or(Manifest{});
  if (files.empty() && owner_in(text_of(mark))) {
    for (const std::string& name : names) files.push_back({name, ""});
  }
  if (files.empty()) return;
  files.push_back({kManifestName, ""});
  remove_owned(directory, files);
}

}  // namespace tt
