#include "cli/commands.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <map>

namespace tt::cli {
namespace {

std::pair<std::string, std::string> split_assignment(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw UsageError(concat("--set: found ", quote(text), ", expected name=value, such as training.epochs=3"));
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

}  // namespace

void add_output_options(CLI::App& command, OutputOptions& options) {
  command.add_flag("--json", options.json, "Results as JSON on standard output");
  command.add_flag("--quiet", options.quiet, "No logs but warnings and errors, no progress");
}

CLI::Option* add_config_options(CLI::App& command, ConfigOptions& options) {
  CLI::Option* file = command.add_option("--config", options.file, "The run's config file (see --help-config)");
  command
      .add_option("--set", options.assignments,
                  "Replace a setting: name=value, such as training.epochs=3; may be given several times")
      ->allow_extra_args(false);
  command.add_option("--device", options.device, "auto, cpu, cuda or cuda:N; replaces training.device");
  command.add_option("--threads", options.threads, "CPU threads, 0 for all cores; replaces training.threads");
  return file;
}

config::Overrides overrides_of(const ConfigOptions& options) {
  config::Overrides overrides;
  for (const auto& assignment : options.assignments) overrides.push_back(split_assignment(assignment));
  if (!options.device.empty()) overrides.emplace_back("training.device", options.device);
  if (!options.threads.empty()) overrides.emplace_back("training.threads", options.threads);
  return overrides;
}

config::RunConfig load_config(const ConfigOptions& options, const GateOptions& gates) {
  config::Overrides overrides = overrides_of(options);
  if (gates.baseline) overrides.emplace_back("evaluation.baseline", gates.baseline->string());
  return config::load(options.file, overrides, gates.gates);
}

void require_model(const runs::ModelOptions& options) {
  if (options.checkpoint.empty() && options.adapter.empty()) throw UsageError("--checkpoint is required, or --adapter");
}

void add_model_options(CLI::App& command, runs::ModelOptions& options) {
  static const std::map<std::string, config::Precision> kPrecisions{
      {"auto", config::Precision::automatic}, {"fp32", config::Precision::fp32}, {"bf16", config::Precision::bf16}};
  command.add_option(
      "--checkpoint", options.checkpoint,
      "A run's output directory, a classifier's Hugging Face directory or name on the hub; with --adapter the encoder "
      "that it is for, where it is not where the adapter says");
  command.add_option("--adapter", options.adapter,
                     "A run's output directory, or a PEFT adapter's directory: its encoder with it applied");
  command.add_option("--device", options.device, "auto, cpu, cuda or cuda:N")->capture_default_str();
  command.add_option("--threads", options.threads, "CPU threads, 0 for all cores")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
  command.add_option("--precision", options.precision, "auto, fp32 or bf16; fp32 where this is not given")
      ->transform(CLI::CheckedTransformer(kPrecisions).description(""));
  command.add_flag("--int8", options.int8, "Compute in 8-bit integers: faster, a little less exact");
  command.add_flag("--no-calibration{false}", options.calibrate,
                   "Probabilities without the temperature that the checkpoint holds");
  command.add_option("--max-length", options.max_length, "Tokens a text is cut to; 0: as it was trained")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
}

}  // namespace tt::cli
