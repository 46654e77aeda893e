#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/gates.hpp"
#include "cli/summary.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/record/run_report.hpp"
#include "transfer_tune/render/reports.hpp"

namespace tt::cli {
namespace {

struct Arguments {
  ConfigOptions config;
  GateOptions gates;
  OutputOptions output;
  bool overwrite = false;
  bool no_cache = false;
  bool resume = false;
  bool resume_elsewhere = false;
};

runs::Resume resume_of(const Arguments& arguments) {
  if (arguments.resume_elsewhere) return runs::Resume::elsewhere;
  return arguments.resume ? runs::Resume::yes : runs::Resume::no;
}

void run(const Arguments& arguments) {
  if (arguments.config.file.empty()) {
    throw UsageError("found neither a command nor --config; see transfer-tune --help");
  }
  Console console(arguments.output.quiet);
  const config::RunConfig config = load_config(arguments.config, arguments.gates);
  check_summary(arguments.gates, runs::inputs_of(config));
  const runs::AdaptResult result = runs::adapt(config, {.overwrite = arguments.overwrite,
                                                        .cache = !arguments.no_cache,
                                                        .progress = console.progress(),
                                                        .resume = resume_of(arguments)});
  const report::RunReport& report = *result.report;
  write_summary(arguments.gates, report::summary_markdown(report));
  if (arguments.output.json) {
    log_gates(report.gates);
    conclude(report::to_json(report), report.gates);
  } else {
    conclude(summary(report, result.directory) + gate_lines(report.gates), report.gates);
  }
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  const auto arguments = std::make_shared<Arguments>();
  add_config_options(app, arguments->config);
  add_gate_options(app, arguments->gates);
  app.add_flag("--overwrite", arguments->overwrite, "Replace what an earlier run wrote to the output directory");
  app.add_flag(
      "--resume", arguments->resume,
      "Go on where a stopped run was, bit for bit as if it had not stopped; from the beginning where nothing is "
      "saved");
  app.add_flag("--resume-elsewhere", arguments->resume_elsewhere,
               "Likewise, also with other threads or on another machine, which changes bits");
  app.add_flag("--no-cache", arguments->no_cache, "Compute everything anew: no activations, no cached source stage");
  add_output_options(app, arguments->output);
  app.callback([arguments, &action] {
    // As the default command it is called last, whatever the command was.
    if (!action) action = [arguments] { run(*arguments); };
  });
}

}  // namespace tt::cli
