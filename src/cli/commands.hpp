#pragma once

#include "transfer_tune/config/run_config.hpp"
#include "transfer_tune/runs/commands.hpp"

#include "cli/gates.hpp"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

// One file a command. Each `add_*` declares a command's options on `app`; parsing a command line that names it leaves
// in `action` what is to be done.

namespace tt::cli {

using Action = std::function<void()>;

void add_run(CLI::App& app, Action& action);
void add_compare(CLI::App& app, Action& action);
void add_evaluate(CLI::App& app, Action& action);
void add_predict(CLI::App& app, Action& action);
void add_suggest(CLI::App& app, Action& action);
void add_tokenize(CLI::App& app, Action& action);
void add_inspect(CLI::App& app, Action& action);
void add_validate(CLI::App& app, Action& action);
void add_config(CLI::App& app, Action& action);

/// How results and logs are shown.
struct OutputOptions {
  bool json = false;
  bool quiet = false;
};
void add_output_options(CLI::App& command, OutputOptions& options);

/// `--config`, `--set`, and where the work happens.
struct ConfigOptions {
  std::filesystem::path file;
  std::vector<std::string> assignments;  ///< "training.epochs=3"
  std::string device;                    ///< empty: the config's
  std::string threads;                   ///< empty: the config's
};
/// Returns the option `--config`, which is not required.
CLI::Option* add_config_options(CLI::App& command, ConfigOptions& options);
/// The assignments, `--device` and `--threads` among them.
[[nodiscard]] config::Overrides overrides_of(const ConfigOptions& options);
/// Reads the config with the assignments applied; `--device`, `--threads` and `--baseline` are assignments too.
[[nodiscard]] config::RunConfig load_config(const ConfigOptions& options, const GateOptions& gates = {});

/// `--checkpoint` and `--adapter`, and how they are loaded.
void add_model_options(CLI::App& command, runs::ModelOptions& options);
/// Throws `UsageError` where neither is given.
void require_model(const runs::ModelOptions& options);

}  // namespace tt::cli
