#include "transfer_tune/core/process.hpp"
#include "transfer_tune/cli/program.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/render/printable.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <new>
#include <string>
#include <string_view>

namespace tt::cli {
namespace {

extern "C" void stop_on_signal(int signal_number) {
  if (interrupted()) ::_exit(128 + signal_number);  // the user means it
  request_interrupt(signal_number);
  ::alarm(seconds_to_stop());
}

/// Where a long computation does not come to look at the request, or waits for a disk. Nothing is lost that an end by
/// SIGKILL would not lose: outputs appear whole.
extern "C" void stop_late(int) {
  constexpr std::string_view message = "transfer-tune: error: stopped\n";
  [[maybe_unused]] const ::ssize_t written = ::write(STDERR_FILENO, message.data(), message.size());
  ::_exit(128 + interrupt_signal());
}

void handle(int signal_number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;  // NOLINT(cppcoreguidelines-pro-type-union-access)
  // No SA_RESTART: a read that waits for input has to notice.
  ::sigaction(signal_number, &action, nullptr);
}

/// What a file holds must not move the cursor, whoever quotes it.
void print_error(std::string_view text) {
  const std::string printable = report::printable_lines(text);
  std::string_view message = printable;
  std::string out;
  while (!message.empty()) {
    const std::size_t end = std::min(message.find('\n'), message.size());
    const bool continues = message.starts_with(' ');
    out.append(continues ? "" : "transfer-tune: error: ").append(message.substr(0, end)).append("\n");
    message.remove_prefix(std::min(end + 1, message.size()));
  }
  // Where standard error is gone, there is nobody left to tell.
  [[maybe_unused]] const ::ssize_t written = ::write(STDERR_FILENO, out.data(), out.size());
}

int exit_code(const Error& error) {
  constexpr int kSignalBase = 128;
  const bool by_signal = error.kind() == ErrorKind::interrupted && interrupt_signal() != 0;
  return by_signal ? kSignalBase + interrupt_signal() : static_cast<int>(error.kind());
}

}  // namespace

void prepare_process() {
  // Without this, the first file that is opened would take a closed stream's number and receive what is printed.
  // Read-only, so that writing a result to a closed standard output still fails.
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) == -1) (void)::open("/dev/null", O_RDONLY);  // NOLINT
  }
  // Tensors of a few megabytes come and go with every step: keep their memory instead of mapping it anew each time.
  ::mallopt(M_MMAP_THRESHOLD, 64 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 256 << 20);
  handle(SIGPIPE, SIG_IGN);
  handle(SIGINT, stop_on_signal);
  handle(SIGTERM, stop_on_signal);
  handle(SIGALRM, stop_late);
}

int run_guarded(const std::function<void()>& work) {
  try {
    work();
    return 0;
  } catch (const Error& error) {
    print_error(error.what());
    return exit_code(error);
  } catch (const std::bad_alloc&) {
    print_error("out of memory; lower training.batch_size or encoder.max_length");
  } catch (const std::exception& error) {
    // The first line: what Torch throws carries a stack trace after it.
    const std::string_view message = error.what();
    print_error("internal: " + std::string(message.substr(0, message.find('\n'))));
  }
  return static_cast<int>(ErrorKind::internal);
}

}  // namespace tt::cli
