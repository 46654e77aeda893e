#include "transfer_tune/cli/program.hpp"

int main(int argc, char** argv) {
  return tt::cli::run_guarded([&] {
    tt::cli::prepare_process();
    tt::cli::execute(argc, argv);
  });
}
