#include "transfer_tune/cli/program.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/core/version.hpp"

#include "cli/commands.hpp"
#include "cli/standard_streams.hpp"

namespace tt::cli {
namespace {

constexpr const char* kAbout =
    "Adapts a pretrained text encoder to a domain's intents.\n"
    "With --config and no command, runs the whole adaptation.";
constexpr const char* kExitCodes =
    "Exit codes: 0 success, 1 internal error, 2 command line or config, 3 data, 4 checkpoint or tokenizer,\n"
    "5 writing failed, 6 training diverged, 7 a quality gate failed, 130 interrupted, 143 terminated.";

std::string version_text() {
  const std::string_view commit = revision();
  return concat("transfer-tune ", version(), commit.empty() ? "" : concat(" (", commit, ")"), "\nLibTorch ",
                runs::libtorch_version(), "\n");
}

/// The chain of commands that was given: "transfer-tune config resolved".
std::string command_name(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return app.get_name() + (chosen.empty() ? "" : " " + command_name(*chosen.front()));
}

/// Options that stand before a command are those of the default one, which is not meant then.
void refuse_options_before_command(const CLI::App& app) {
  if (app.get_subcommands().empty()) return;
  for (const auto* option : app.get_options()) {
    if (option->count() > 0) {
      throw UsageError(concat("found ", option->get_name(), " before the command ",
                              app.get_subcommands().front()->get_name(), ", expected it after"));
    }
  }
}

/// Help that was asked for is a result; anything else that stops the parser is an error.
void report_parse_end(const CLI::App& app, const CLI::ParseError& error) {
  if (dynamic_cast<const CLI::CallForHelp*>(&error) == nullptr) {
    throw UsageError(concat(error.what(), "; see ", command_name(app), " --help"));
  }
  const CLI::App* asked = &app;
  std::string parents;
  while (!asked->get_subcommands().empty()) {
    parents += (parents.empty() ? "" : " ") + asked->get_name();
    asked = asked->get_subcommands().front();
  }
  write_output(asked->help(parents));
}

Action parse(int argc, const char* const* argv) {
  CLI::App app{kAbout, "transfer-tune"};
  app.footer(kExitCodes);
  app.require_subcommand(0, 1);
  Action action;
  // Flags whose callbacks run before the required options are asked for.
  app.add_flag_callback(
      "--version", [&action] { action = [] { write_output(version_text()); }; },
      "The versions of the program and of LibTorch");
  app.add_flag_callback(
      "--help-config", [&action] { action = [] { write_output(config::help_text()); }; },
      "Every setting of a config file, with its default");
  add_run(app, action);
  add_run(*app.add_subcommand("run", "The main job, as without a command"), action);
  add_compare(app, action);
  add_evaluate(app, action);
  add_predict(app, action);
  add_suggest(app, action);
  add_tokenize(app, action);
  add_inspect(app, action);
  add_validate(app, action);
  add_config(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    report_parse_end(app, error);
    return [] {};
  }
  refuse_options_before_command(app);
  return action;
}

}  // namespace

void execute(int argc, const char* const* argv) {
  try {
    parse(argc, argv)();
  } catch (const ReaderGone&) {
    // Whoever read the results has had enough of them.
  }
}

}  // namespace tt::cli
