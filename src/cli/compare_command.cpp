#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/gates.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/comparison_report.hpp"
#include "transfer_tune/render/reports.hpp"

#include <algorithm>
#include <system_error>

namespace tt::cli {
namespace {

struct Arguments {
  std::vector<std::string> runs;
  ConfigOptions config;
  runs::CompareOptions compare;
  GateOptions gates;
  bool resume = false;
  bool no_cache = false;
  OutputOptions output;
};

bool is_directory(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

/// "DIR" or "NAME=DIR,DIR,…". What is a directory as it stands is one, whatever signs it holds.
runs::Arm parse_arm(const std::string& text) {
  const std::size_t equals = is_directory(text) ? std::string::npos : text.find('=');
  const bool named = equals != std::string::npos;
  runs::Arm arm{.name = named ? text.substr(0, equals) : "", .directories = {}};
  std::string rest = named ? text.substr(equals + 1) : text;
  for (std::size_t comma = rest.find(','); named && comma != std::string::npos && !is_directory(rest);
       comma = rest.find(',')) {
    arm.directories.emplace_back(rest.substr(0, comma));
    rest.erase(0, comma + 1);
  }
  arm.directories.emplace_back(rest);
  const bool empty = std::any_of(arm.directories.begin(), arm.directories.end(),
                                 [](const auto& directory) { return directory.empty(); });
  if (empty || (named && arm.name.empty())) {
    throw UsageError(concat("--runs: found ", quote(text), ", expected DIR or NAME=DIR,DIR"));
  }
  return arm;
}

runs::CompareResult compare_what_is_asked(Arguments& arguments, Console& console) {
  if (arguments.config.file.empty() == arguments.runs.empty()) {
    throw UsageError("expected either --config with a compare block, or --runs with finished runs");
  }
  if (!arguments.runs.empty()) {
    for (const std::string& text : arguments.runs) arguments.compare.arms.push_back(parse_arm(text));
    arguments.compare.gates = arguments.gates.gates;
    std::vector<Input> inputs;
    for (const runs::Arm& arm : arguments.compare.arms) {
      for (const auto& directory : arm.directories) inputs.push_back({"the run", directory});
    }
    check_summary(arguments.gates, inputs);
    return runs::compare(arguments.compare);
  }
  check_summary(arguments.gates, runs::inputs_of(load_config(arguments.config)));
  return runs::compare_arms({.config = arguments.config.file,
                             .overrides = overrides_of(arguments.config),
                             .gates = arguments.gates.gates,
                             .resume = arguments.resume,
                             .overwrite = arguments.compare.overwrite,
                             .cache = !arguments.no_cache,
                             .progress = console.progress()});
}

void compare(Arguments arguments) {
  Console console(arguments.output.quiet);
  const auto [directory, report] = compare_what_is_asked(arguments, console);
  write_summary(arguments.gates, report::summary_markdown(*report));
  if (arguments.output.json) {
    log_gates(report->gates);
    return conclude(report::to_json(*report), report->gates);
  }
  std::string text = report::to_text(*report);
  if (!directory.empty()) text += concat("  report: ", (directory / "compare.html").string(), '\n');
  conclude(text + gate_lines(report->gates), report->gates);
}

}  // namespace

void add_compare(CLI::App& app, Action& action) {
  const auto arguments = std::make_shared<Arguments>();
  runs::CompareOptions& options = arguments->compare;
  CLI::App& command =
      *app.add_subcommand("compare", "Put ways of training side by side: which is better, and at what cost");
  add_config_options(command, arguments->config);
  command.add_option(
      "--runs", arguments->runs,
      "Output directories of finished runs, each an arm of its own name; NAME=DIR,DIR groups several seeds of "
      "one arm");
  command.add_flag("--resume", arguments->resume,
                   "With --config: keep what is finished in the output directory, go on with what was stopped");
  command.add_flag("--no-cache", arguments->no_cache, "With --config: compute everything anew in each run");
  command.add_option("--out", options.out,
                     "With --runs: directory for compare.json, .md and .html; without it nothing is written");
  command.add_flag("--overwrite", options.overwrite, "Replace what is in the output directory");
  command.add_option("--bootstrap-samples", options.bootstrap_samples, "With --runs: resamples behind the intervals")
      ->check(CLI::Range(100, 1000000))
      ->capture_default_str();
  command.add_option("--seed", options.seed, "With --runs: seed of the resamples")->capture_default_str();
  add_gate_options_without_baseline(command, arguments->gates);
  add_output_options(command, arguments->output);
  command.callback([arguments, &action] { action = [arguments] { compare(*arguments); }; });
}

}  // namespace tt::cli
