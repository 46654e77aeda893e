#include "fuzz/fuzz_target.hpp"

#include "transfer_tune/core/text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <stdexcept>
#include <utility>

namespace tt::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = "@@ ";
constexpr std::size_t kLongestMessage = std::size_t{1} << 16U;

std::vector<Target>& registered() {
  static std::vector<Target> all;
  return all;
}

class Scratch {
 public:
  Scratch() {
    std::error_code ignored;
    const fs::path memory = "/dev/shm";
    std::string name =
        ((fs::is_directory(memory, ignored) ? memory : fs::temp_directory_path()) / "transfer-tune-fuzz-XXXXXX")
            .string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Files of the call at hand.
std::set<fs::path>& written() {
  static std::set<fs::path> all;
  return all;
}

void write(const fs::path& file, std::string_view content) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);  // NOLINT
  if (descriptor < 0) throw std::runtime_error("cannot open " + file.string());
  while (!content.empty()) {
    const ::ssize_t count = ::write(descriptor, content.data(), content.size());
    if (count <= 0) throw std::runtime_error("cannot write " + file.string());
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  ::close(descriptor);
  written().insert(file);
}

/// Calls `part(name, content)` for each part of `input`; returns what stands before the first.
template <class Part>
std::string_view for_each_part(std::string_view input, const Part& part) {
  const auto mark_from = [&](std::size_t from) {
    if (from == 0 && input.starts_with(kMark)) return std::size_t{0};
    const std::size_t found = input.find("\n@@ ", from);
    return found == std::string_view::npos ? found : found + 1;
  };
  std::size_t at = mark_from(0);
  const std::string_view before = input.substr(0, std::min(at, input.size()));
  while (at != std::string_view::npos) {
    const std::size_t name = at + kMark.size();
    const std::size_t line = std::min(input.find('\n', name), input.size());
    const std::size_t begin = std::min(line + 1, input.size());
    // The mark's own line feed belongs to it, so that what is not text can be a part too.
    const std::size_t next = mark_from(line);
    const std::size_t end = next == std::string_view::npos ? input.size() : std::max(begin, next - 1);
    part(input.substr(name, line - name), input.substr(begin, end - begin));
    at = next;
  }
  return before;
}

}  // namespace

const std::vector<Target>& targets() { return registered(); }

Registration::Registration(const Target& target) { registered().push_back(target); }

void fail(std::string_view what) { throw std::logic_error(std::string(what)); }

void check_message(std::string_view message) {
  if (message.empty()) fail("an error without a message");
  if (message.size() > kLongestMessage) fail(concat("an error message of ", message.size(), " bytes"));
}

const fs::path& scratch() {
  static const Scratch directory;
  return directory.path();
}

std::string_view write_files(std::string_view input, std::initializer_list<std::string_view> allowed) {
  for (const fs::path& file : std::exchange(written(), {})) ::unlink(file.c_str());
  return for_each_part(input, [&](std::string_view name, std::string_view content) {
    if (std::ranges::find(allowed, name) == allowed.end()) return;
    const fs::path file = scratch() / name;
    if (name.find('/') != std::string_view::npos) fs::create_directories(file.parent_path());
    write(file, content);
  });
}

fs::path write_file_named(std::string_view name, std::string_view content) {
  fs::path file = scratch() / name;
  write(file, content);
  return file;
}

std::map<std::string, std::string_view, std::less<>> parts_of(std::string_view input) {
  std::map<std::string, std::string_view, std::less<>> parts;
  for_each_part(input, [&](std::string_view name, std::string_view content) { parts[std::string(name)] = content; });
  return parts;
}

}  // namespace tt::fuzz
