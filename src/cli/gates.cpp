#include "cli/gates.hpp"
#include "cli/output_file.hpp"
#include "cli/standard_streams.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/record/gate_report.hpp"

#include <system_error>

namespace tt::cli {

void add_gate_options_without_baseline(CLI::App& command, GateOptions& options) {
  command
      .add_option(
          "--gate", options.gates,
          "What the report has to hold, such as 'test.accuracy>=0.9', or exit code 7; may be given several times")
      ->allow_extra_args(false);
  command.add_option("--summary", options.summary, "Add the outcome to this file, as Markdown for a CI job's page");
}

void add_gate_options(CLI::App& command, GateOptions& options) {
  add_gate_options_without_baseline(command, options);
  command.add_option("--baseline", options.baseline,
                     "An older report.json, for gates such as 'not_worse(test.accuracy)'");
}

void check_summary(const GateOptions& options, const std::vector<Input>& inputs) {
  if (!options.summary.empty()) require_harmless("--summary", options.summary, inputs);
}

void write_summary(const GateOptions& options, const std::string& markdown) {
  if (options.summary.empty()) return;
  std::error_code error;
  const bool follows_text = std::filesystem::file_size(options.summary, error) > 0 && !error;
  append_file(options.summary, (follows_text ? "\n" : "") + markdown);
}

std::string gate_lines(const std::vector<report::GateReport>& gates) {
  std::string out;
  for (const auto& gate : gates) out += report::gate_line(gate) + '\n';
  return out;
}

void log_gates(const std::vector<report::GateReport>& gates) {
  for (const auto& gate : gates) (gate.passed ? log_info : log_warning)(report::gate_line(gate));
}

void conclude(const std::string& results, const std::vector<report::GateReport>& gates) {
  const auto require_gates = [&] {
    if (report::failed_count(gates) > 0) throw GateError(report::gate_verdict(gates));
  };
  try {
    write_output(results);
  } catch (const ReaderGone&) {
    require_gates();
    throw;
  }
  require_gates();
}

}  // namespace tt::cli
