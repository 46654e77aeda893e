#include "cli/commands.hpp"
#include "cli/standard_streams.hpp"
#include "transfer_tune/record/comparison_report.hpp"
#include "transfer_tune/record/run_report.hpp"

namespace tt::cli {

void add_config(CLI::App& app, Action& action) {
  CLI::App& command = *app.add_subcommand("config", "What a config file may hold, and what one comes to");
  command.require_subcommand(1);
  command.add_subcommand("schema", "The JSON Schema of config files")->callback([&action] {
    action = [] { write_output(config::schema_json()); };
  });
  command.add_subcommand("defaults", "Every setting with its default; null: none")->callback([&action] {
    action = [] { write_output(config::defaults_json()); };
  });
  command.add_subcommand("report-schema", "The JSON Schema of report.json")->callback([&action] {
    action = [] { write_output(report::report_schema_json()); };
  });
  command.add_subcommand("compare-schema", "The JSON Schema of compare.json")->callback([&action] {
    action = [] { write_output(report::comparison_schema_json()); };
  });
  const auto options = std::make_shared<ConfigOptions>();
  CLI::App& resolved =
      *command.add_subcommand("resolved", "A config with defaults filled in, policies as phases, paths absolute");
  add_config_options(resolved, *options)->required();
  resolved.callback(
      [options, &action] { action = [options] { write_output(config::resolved_json(load_config(*options))); }; });
}

}  // namespace tt::cli
