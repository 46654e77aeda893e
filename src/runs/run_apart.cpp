#include "runs/run_apart.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/process.hpp"
#include "transfer_tune/core/text.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <system_error>

namespace tt::runs {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLookMilliseconds = 50;
/// For the child to save where it is: it ends itself by an alarm where that takes too long, unless it hangs.
constexpr unsigned kSecondsToStop = 150;
constexpr auto kGrace = std::chrono::seconds(kSecondsToStop - 10);

IoError failure(const char* what) {
  return IoError(concat("cannot ", what, ": ", std::generic_category().message(errno)));
}

[[noreturn]] void be_child(const std::function<void()>& work, ::pid_t parent, int out) {
  // Nobody is there to take the result of a child without its parent; one that was gone before this call is noticed.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // In a group of its own, so that a terminal's Ctrl-C comes through the parent alone: of two, the second means at
  // once.
  ::setpgid(0, 0);
  if (::getppid() != parent) ::_exit(EXIT_FAILURE);
  std::string reason;
  int code = EXIT_FAILURE;
  try {
    work();
    code = EXIT_SUCCESS;
  } catch (const std::exception& error) {
    reason = error.what();
  }
  std::fflush(nullptr);
  if (::write(out, reason.data(), reason.size()) < 0) code = EXIT_FAILURE;
  ::_exit(code);
}

/// Hands the request to stop on, and makes an end of it where that takes too long.
class Stopping {
 public:
  explicit Stopping(::pid_t child) : child_(child) {}
  void look() {
    if (!interrupted()) return;
    if (!has_asked_) {
      has_asked_ = true;
      asked_at_ = Clock::now();
      ::kill(child_, interrupt_signal());
    } else if (Clock::now() - asked_at_ > kGrace) {
      ::kill(child_, SIGKILL);
    }
  }

 private:
  ::pid_t child_;
  bool has_asked_ = false;
  Clock::time_point asked_at_;
};

/// What the child writes until its end.
std::string read_all(int in, ::pid_t child) {
  Stopping stopping(child);
  std::string text;
  std::array<char, 4096> part{};
  for (;;) {
    stopping.look();
    ::pollfd file{in, POLLIN, 0};
    if (::poll(&file, 1, kLookMilliseconds) <= 0) continue;
    const ::ssize_t count = ::read(in, part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(part.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace

std::string run_apart(const std::function<void()>& work) {
  const MoreTimeToStop more_time(kSecondsToStop);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw failure("open a pipe");
  std::fflush(nullptr);
  const ::pid_t parent = ::getpid();
  const ::pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    be_child(work, parent, ends[1]);
  }
  const int error = errno;
  ::close(ends[1]);
  if (child < 0) {
    ::close(ends[0]);
    errno = error;
    throw failure("start a process");
  }
  const std::string reason = read_all(ends[0], child);
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  throw_if_interrupted();
  if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS) return "";
  if (WIFSIGNALED(status)) return concat("ended by signal ", WTERMSIG(status), " (out of memory?)");
  return reason.empty() ? "ended without a reason" : reason;
}

}  // namespace tt::runs
