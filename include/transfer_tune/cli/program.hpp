#pragma once

#include <string_view>

namespace tt::cli {

/// Readies the process: closed standard streams are made harmless, a closed pipe is an error and not a signal, and
/// SIGINT and SIGTERM ask the work to stop (the second one ends the process at once).
void prepare_process();

/// Parses the command line and does what it says. Results go to standard output, logs and progress to standard error.
/// Throws the errors of core/error.hpp.
void execute(int argc, const char* const* argv);

/// Prints `message` on standard error, each of its lines as "transfer-tune: error: …" unless it is indented.
void print_error(std::string_view message);

}  // namespace tt::cli
