#include "transfer_tune/cli/program.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/log.hpp"

#include <exception>
#include <new>
#include <string>
#include <string_view>

namespace {

constexpr int kSignalBase = 128;

/// The first line: what Torch throws carries a stack trace after it.
std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

int exit_code(const tt::Error& error) {
  const bool by_signal = error.kind() == tt::ErrorKind::interrupted && tt::interrupt_signal() != 0;
  return by_signal ? kSignalBase + tt::interrupt_signal() : static_cast<int>(error.kind());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    tt::cli::prepare_process();
    tt::cli::execute(argc, argv);
    return 0;
  } catch (const tt::Error& error) {
    tt::cli::print_error(error.what());
    return exit_code(error);
  } catch (const std::bad_alloc&) {
    tt::cli::print_error("out of memory; lower training.batch_size or encoder.max_length");
  } catch (const std::exception& error) {
    tt::cli::print_error("internal: " + first_line(error.what()));
  }
  return static_cast<int>(tt::ErrorKind::internal);
}
