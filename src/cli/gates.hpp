#pragma once

#include "transfer_tune/core/output_directory.hpp"
#include "transfer_tune/judge/gates.hpp"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tt::cli {

/// `--gate`, `--baseline`, and where a CI job reads the outcome.
struct GateOptions {
  std::vector<std::string> gates;
  std::optional<std::filesystem::path> baseline;
  std::filesystem::path summary;  ///< empty: none
};
void add_gate_options(CLI::App& command, GateOptions& options);
/// The same without a baseline, which goes with runs and evaluations alone.
void add_gate_options_without_baseline(CLI::App& command, GateOptions& options);

/// Throws `IoError` where the file that `--summary` named cannot take the outcome without harm.
void check_summary(const GateOptions& options, const std::vector<Input>& inputs);

/// Adds `markdown` to the file that `--summary` named, if one was.
void write_summary(const GateOptions& options, const std::string& markdown);

/// A line a gate.
[[nodiscard]] std::string gate_lines(const std::vector<report::GateReport>& gates);

/// Those lines to the log, where standard output holds a document.
void log_gates(const std::vector<report::GateReport>& gates);

/// The last thing a command does: writes `results` to standard output, then throws `GateError` when a gate failed; also
/// where the results' reader has gone.
void conclude(const std::string& results, const std::vector<report::GateReport>& gates);

}  // namespace tt::cli
