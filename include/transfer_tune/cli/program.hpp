#pragma once

#include <functional>

namespace tt::cli {

/// Readies the process: closed standard streams are made harmless, a closed pipe is an error and not a signal, and
/// SIGINT and SIGTERM ask the work to stop (the second one ends the process at once).
void prepare_process();

/// Parses the command line and does what it says. Results go to standard output, logs and progress to standard error.
/// Throws the errors of core/error.hpp.
void execute(int argc, const char* const* argv);

/// Does `work`. What it throws is printed on standard error, each line as "transfer-tune: error: …" unless indented.
/// Returns the exit code: 0, that of the error's kind, or 1 for what is no error of core/error.hpp.
[[nodiscard]] int run_guarded(const std::function<void()>& work);

}  // namespace tt::cli
