#pragma once

#include "transfer_tune/core/error.hpp"

#include <filesystem>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// A reader of files that others wrote, given any bytes. The same target is run by libFuzzer (scripts/fuzz) and, over
// the corpus that is checked in, by an ordinary test.

namespace tt::fuzz {

struct Target {
  std::string_view name;
  void (*run)(std::string_view input);
};

/// Those that are linked in.
[[nodiscard]] const std::vector<Target>& targets();

class Registration {
 public:
  explicit Registration(const Target& target);
};

/// A finding, in words.
[[noreturn]] void fail(std::string_view what);

/// Fails where `message` is nothing to read, or too much. Control characters are left out where it is printed.
void check_message(std::string_view message);

/// Does `act`. An `Error` of ours is a fine answer, if a person can read it; whatever else is thrown is let through: a
/// finding. Returns what was said; empty: nothing was wrong.
template <class Act>
std::string guarded(const Act& act) {
  try {
    act();
  } catch (const Error& error) {
    check_message(error.what());
    if (error.kind() == ErrorKind::internal) throw;
    return error.what();
  }
  return {};
}

inline std::string run(const Target& target, std::string_view input) {
  return guarded([&] { target.run(input); });
}

/// A directory of this process, in memory where the system has such a place.
[[nodiscard]] const std::filesystem::path& scratch();

/// The files that `input` spells, in `scratch()`, in place of those of the call before. Each begins with a line
/// "@@ NAME"; names that are not among `allowed` are left out. What stands before the first such line is returned.
std::string_view write_files(std::string_view input, std::initializer_list<std::string_view> allowed);

/// The one file `name` of `content` in `scratch()`.
[[nodiscard]] std::filesystem::path write_file_named(std::string_view name, std::string_view content);

/// The parts of `input` as `write_files` takes them, not written.
[[nodiscard]] std::map<std::string, std::string_view, std::less<>> parts_of(std::string_view input);

}  // namespace tt::fuzz

/// Defines and registers a target; the function's body follows.
#define TT_FUZZ_TARGET(NAME)                                                    \
  static void run_##NAME(std::string_view input);                               \
  static const tt::fuzz::Registration registration_##NAME({#NAME, run_##NAME}); \
  static void run_##NAME(std::string_view input)
