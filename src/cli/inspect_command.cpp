#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/inspection_text.hpp"
#include "cli/standard_streams.hpp"

#include "transfer_tune/core/error.hpp"

namespace tt::cli {
namespace {

struct Arguments {
  std::filesystem::path encoder;
  ConfigOptions config;
  OutputOptions output;
};

void inspect(const Arguments& arguments) {
  if (arguments.encoder.empty() == arguments.config.file.empty()) {
    throw UsageError("inspect: expected exactly one of --encoder and --config");
  }
  Console console(arguments.output.quiet);
  const runs::Inspection inspection = arguments.encoder.empty()
                                          ? runs::inspect(load_config(arguments.config), console.progress())
                                          : runs::inspect(arguments.encoder, console.progress());
  write_output(arguments.output.json ? to_json(inspection) : to_text(inspection));
}

}  // namespace

void add_inspect(CLI::App& app, Action& action) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App& command =
      *app.add_subcommand("inspect", "Layer groups of an encoder; with a config, what each phase would train");
  command.add_option("--encoder", arguments->encoder,
                     "Hugging Face directory of an encoder or a written checkpoint, or a model's name on the hub");
  add_config_options(command, arguments->config);
  add_output_options(command, arguments->output);
  command.callback([arguments, &action] { action = [arguments] { inspect(*arguments); }; });
}

}  // namespace tt::cli
