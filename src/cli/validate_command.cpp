#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/inspection_text.hpp"
#include "cli/standard_streams.hpp"

namespace tt::cli {
namespace {

struct Arguments {
  ConfigOptions config;
  OutputOptions output;
  bool overwrite = false;
};

void validate(const Arguments& arguments) {
  Console console(arguments.output.quiet);
  const config::RunConfig config = load_config(arguments.config);
  if (config.compare) {
    runs::check_arms(
        {.config = arguments.config.file, .overrides = overrides_of(arguments.config), .gates = {}, .progress = {}});
  }
  const runs::Validation validation = runs::validate(config, arguments.overwrite, console.progress());
  write_output(arguments.output.json ? to_json(validation) : to_text(validation));
}

}  // namespace

void add_validate(CLI::App& app, Action& action) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App& command = *app.add_subcommand(
      "validate", "Read and check everything a run would use, estimate its time and memory, train and write nothing");
  add_config_options(command, arguments->config)->required();
  command.add_flag("--overwrite", arguments->overwrite, "As the run would be given it");
  add_output_options(command, arguments->output);
  command.callback([arguments, &action] { action = [arguments] { validate(*arguments); }; });
}

}  // namespace tt::cli
