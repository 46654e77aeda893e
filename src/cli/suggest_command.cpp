#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/output_file.hpp"
#include "cli/standard_streams.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/text.hpp"

#include <nlohmann/json.hpp>

namespace tt::cli {
namespace {

struct Arguments {
  ConfigOptions config;
  runs::SuggestOptions suggest;
  std::filesystem::path out;  ///< empty: standard output
  OutputOptions output;
  bool no_cache = false;
};

void require_new_csv(const std::filesystem::path& file, const std::vector<Input>& inputs) {
  if (file.extension() != ".csv") {
    throw UsageError(concat("--out: found ", quote(file.string()), ", expected a name that ends in .csv"));
  }
  // Labels may have been filled in where the program itself wrote it.
  require_absent("--out", file, inputs);
}

std::string to_json(const std::vector<runs::Suggestion>& suggestions) {
  auto list = nlohmann::ordered_json::array();
  for (const runs::Suggestion& suggestion : suggestions) {
    auto& entry = list.emplace_back();
    entry["text"] = suggestion.text;
    entry["line"] = suggestion.line;
    entry["suggested_label"] = suggestion.label ? nlohmann::ordered_json(*suggestion.label) : nullptr;
    entry["margin"] = suggestion.margin ? nlohmann::ordered_json(*suggestion.margin) : nullptr;
    entry["stands_for"] = suggestion.stands_for;
  }
  return list.dump(2) + "\n";
}

void suggest(Arguments arguments) {
  Console console(arguments.output.quiet);
  const config::RunConfig config = load_config(arguments.config);
  const bool to_file = !arguments.out.empty();
  if (to_file) require_new_csv(arguments.out, runs::inputs_of(config));
  arguments.suggest.cache = !arguments.no_cache;
  arguments.suggest.progress = console.progress();
  const std::vector<runs::Suggestion> suggestions = runs::suggest(config, arguments.suggest);
  if (to_file) {
    FileWriter file(arguments.out, FileWriter::Mode::create);
    file.write(runs::to_csv(suggestions, config));
    file.close();
  }
  if (arguments.output.json) {
    write_output(to_json(suggestions));
  } else if (to_file) {
    write_output(concat(arguments.out.string(), ": ", suggestions.size(), " texts to label\n"));
  } else {
    write_output(runs::to_csv(suggestions, config));
  }
}

}  // namespace

void add_suggest(CLI::App& app, Action& action) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App& command = *app.add_subcommand(
      "suggest", "Which texts to label next: a CSV to fill in, whose rows belong into the config's training file");
  add_config_options(command, arguments->config)->required();
  command.add_option("--pool", arguments->suggest.pool,
                     "File of unlabelled texts to choose from, of any format that a run reads; absent: the config's "
                     "target.unlabelled");
  command.add_option("--count", arguments->suggest.count, "Texts to suggest")
      ->check(CLI::Range(1, 1000000))
      ->required();
  command.add_option("--out", arguments->out, "CSV file to write, which must not exist; absent: standard output");
  command.add_flag("--no-cache", arguments->no_cache, "Encode everything anew");
  add_output_options(command, arguments->output);
  command.callback([arguments, &action] { action = [arguments] { suggest(*arguments); }; });
}

}  // namespace tt::cli
