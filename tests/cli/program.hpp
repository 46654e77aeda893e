#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace tt::tests {

/// One start of the real program.
struct Launch {
  std::vector<std::string> arguments{};
  std::string input{};                               ///< what standard input holds
  std::filesystem::path directory = ".";             ///< working directory
  std::map<std::string, std::string> environment{};  ///< beside the test's own
  std::string shell_first{};                         ///< a shell runs this, and then becomes the program
  std::filesystem::path output_file{};               ///< standard output goes there, and not to the test
  bool reads_output = true;                          ///< false: the reader of standard output is gone at once
  bool on_terminal = false;                          ///< standard error is a terminal
  bool closes_output = false;                        ///< standard output is closed from the start
  rlim_t largest_file = RLIM_INFINITY;               ///< writing beyond it fails, as on a full disk
  std::string signal_after{};                        ///< once standard error holds this …
  int signal_number = 0;                             ///< … this is sent, …
  std::chrono::milliseconds signal_delay{500};       ///< … so long after it
};

struct Outcome {
  int code = -1;  ///< exit code; 1000 + signal where one ended the process
  std::string out;
  std::string err;
};

namespace detail {

/// A pipe, or a terminal whose screen is end 0.
struct Pipe {
  explicit Pipe(bool terminal = false) {
    if (!terminal) {
      if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
      return;
    }
    ends[0] = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (ends[0] < 0 || ::grantpt(ends[0]) != 0 || ::unlockpt(ends[0]) != 0) throw std::runtime_error("no terminal");
    ends[1] = ::open(::ptsname(ends[0]), O_RDWR | O_NOCTTY | O_CLOEXEC);  // NOLINT(concurrency-mt-unsafe)
    if (ends[1] < 0) throw std::runtime_error("no terminal");
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close(0);
    close(1);
  }
  void close(std::size_t end) {
    if (ends.at(end) >= 0) ::close(ends.at(end));
    ends.at(end) = -1;
  }
  std::array<int, 2> ends{-1, -1};
};

/// In the child, after fork: only what is safe there.
[[noreturn]] inline void become(const Launch& launch, char* const* argv, const Pipe& in, const Pipe& out,
                                const Pipe& err) {
  bool ready = ::chdir(launch.directory.c_str()) == 0;
  for (const auto& [name, value] : launch.environment) ready = ready && ::setenv(name.c_str(), value.c_str(), 1) == 0;
  ::dup2(in.ends[0], STDIN_FILENO);
  ::dup2(err.ends[1], STDERR_FILENO);
  if (launch.closes_output) {
    ::close(STDOUT_FILENO);
  } else if (!launch.output_file.empty()) {
    ready = ready && ::dup2(::open(launch.output_file.c_str(), O_WRONLY | O_CREAT, 0666), STDOUT_FILENO) >= 0;
  } else {
    ::dup2(out.ends[1], STDOUT_FILENO);
  }
  if (launch.largest_file != RLIM_INFINITY) {
    // Ignored, the limit shows as a failing write.
    ::signal(SIGXFSZ, SIG_IGN);
    const ::rlimit limit{launch.largest_file, launch.largest_file};
    ready = ready && ::setrlimit(RLIMIT_FSIZE, &limit) == 0;
  }
  if (ready) ::execv(argv[0], argv);
  ::_exit(127);
}

}  // namespace detail

/// Runs the program to its end; kills it after two minutes.
inline Outcome run_program(const Launch& launch) {
  using namespace std::chrono_literals;
  std::vector<std::string> words{TT_PROGRAM};
  if (!launch.shell_first.empty()) {
    words = {"/bin/sh", "-c", launch.shell_first + R"(; exec "$0" "$@")", TT_PROGRAM};
  }
  words.insert(words.end(), launch.arguments.begin(), launch.arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  ::signal(SIGPIPE, SIG_IGN);
  detail::Pipe in;
  detail::Pipe out;
  detail::Pipe err(launch.on_terminal);
  const ::pid_t process = ::fork();
  if (process < 0) throw std::runtime_error("fork failed");
  if (process == 0) {
    ::signal(SIGPIPE, SIG_DFL);
    detail::become(launch, argv.data(), in, out, err);
  }
  in.close(0);
  out.close(1);
  err.close(1);
  if (!launch.reads_output) out.close(0);

  Outcome outcome;
  std::size_t sent = 0;
  bool signalled = launch.signal_number == 0;
  const auto deadline = std::chrono::steady_clock::now() + 120s;
  if (launch.input.empty()) in.close(1);
  while (out.ends[0] >= 0 || err.ends[0] >= 0) {
    std::array<::pollfd, 3> files{
        {{out.ends[0], POLLIN, 0}, {err.ends[0], POLLIN, 0}, {in.ends[1], POLLOUT, 0}}};  // negative ones are skipped
    ::poll(files.data(), files.size(), 100);
    std::array<char, 65536> block{};
    for (const auto& [pipe, text, file] : {std::tuple{&out, &outcome.out, files[0]}, {&err, &outcome.err, files[1]}}) {
      if (file.fd < 0 || file.revents == 0) continue;
      const ::ssize_t count = ::read(file.fd, block.data(), block.size());
      if (count <= 0) {
        pipe->close(0);
      } else {
        text->append(block.data(), static_cast<std::size_t>(count));
      }
    }
    if (files[2].fd >= 0 && files[2].revents != 0) {
      const std::size_t size = std::min<std::size_t>(launch.input.size() - sent, 4096);
      const ::ssize_t count = ::write(files[2].fd, launch.input.data() + sent, size);
      sent += static_cast<std::size_t>(std::max<::ssize_t>(count, 0));
      if (count < 0 || sent == launch.input.size()) in.close(1);
    }
    if (!signalled && outcome.err.find(launch.signal_after) != std::string::npos) {
      std::this_thread::sleep_for(launch.signal_delay);  // well into the work
      ::kill(process, launch.signal_number);
      signalled = true;
    }
    if (std::chrono::steady_clock::now() > deadline) ::kill(process, SIGKILL);
  }
  int status = 0;
  ::waitpid(process, &status, 0);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  return outcome;
}

}  // namespace tt::tests
