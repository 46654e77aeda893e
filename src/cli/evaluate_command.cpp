#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/gates.hpp"
#include "cli/output_file.hpp"

#include "transfer_tune/core/owned_files.hpp"
#include "transfer_tune/render/reports.hpp"

namespace tt::cli {
namespace {

struct Arguments {
  runs::EvaluateOptions evaluate;
  GateOptions gates;
  std::filesystem::path junit;  ///< empty: none
  std::filesystem::path html;   ///< empty: none
  OutputOptions output;
};

// By which the files of earlier evaluations are known: the name of the suite, the end of the page's title.
constexpr const char* kJunitSign = "<testsuite name=\"transfer-tune gates";
constexpr const char* kPageSign = " – transfer-tune</title>";

std::vector<Input> inputs_of(const Arguments& arguments) {
  const runs::ModelOptions& model = arguments.evaluate.model;
  std::vector<Input> inputs{{"the data", arguments.evaluate.data}};
  if (!model.checkpoint.empty()) inputs.push_back({"the checkpoint", model.checkpoint});
  if (!model.adapter.empty()) inputs.push_back({"the adapter", model.adapter});
  if (arguments.gates.baseline) inputs.push_back({"the baseline", *arguments.gates.baseline});
  return inputs;
}

void evaluate(Arguments arguments) {
  require_model(arguments.evaluate.model);
  Console console(arguments.output.quiet);
  arguments.evaluate.progress = arguments.evaluate.model.progress = console.progress();
  arguments.evaluate.gates = arguments.gates.gates;
  arguments.evaluate.baseline = arguments.gates.baseline;
  const std::vector<Input> inputs = inputs_of(arguments);
  if (!arguments.junit.empty()) require_replaceable("--junit", arguments.junit, kJunitSign, inputs);
  if (!arguments.html.empty()) require_replaceable("--html", arguments.html, kPageSign, inputs);
  check_summary(arguments.gates, inputs);
  const runs::Evaluation evaluation = runs::evaluate(arguments.evaluate);
  if (!arguments.junit.empty()) {
    replace_file(arguments.junit, report::junit_xml(evaluation.gates, "transfer-tune gates"));
  }
  if (!arguments.html.empty()) replace_file(arguments.html, evaluation.html);
  write_summary(arguments.gates, evaluation.summary);
  log_gates(evaluation.gates);
  conclude(arguments.output.json ? evaluation.json : evaluation.markdown, evaluation.gates);
}

}  // namespace

void add_evaluate(CLI::App& app, Action& action) {
  const auto arguments = std::make_shared<Arguments>();
  runs::EvaluateOptions& options = arguments->evaluate;
  CLI::App& command = *app.add_subcommand("evaluate", "Measure a written checkpoint on a labelled file");
  add_model_options(command, options.model);
  command.add_option("--data", options.data, "Labelled file, of any format that a run reads")->required();
  command.add_option("--text-column", options.text_column, "Column or key of the text")->capture_default_str();
  command.add_option("--label-column", options.label_column, "Column or key of the label")->capture_default_str();
  command.add_option("--label-separator", options.label_separator,
                     "What parts several labels of a text; JSON lists need none");
  command.add_option("--language-column", options.language_column,
                     "Column that says a text's language: figures by language, probabilities calibrated by it");
  command.add_option("--split", options.split, "Split of a CLINC JSON file")->capture_default_str();
  command
      .add_option("--delimiter", options.delimiter,
                  "What parts the fields of CSV and the like: auto, tab or a character")
      ->capture_default_str();
  command.add_option("--encoding", options.encoding, "Of the file: auto, or a name that iconv knows")
      ->capture_default_str();
  command.add_option("--slice-by", options.slice_by, "Column to break the figures down by; may be given several times")
      ->allow_extra_args(false);
  command.add_option("--bootstrap-samples", options.bootstrap_samples, "Resamples behind the confidence interval")
      ->check(CLI::Range(100, 1000000))
      ->capture_default_str();
  command.add_option("--seed", options.seed, "Seed of the resamples")->capture_default_str();
  add_gate_options(command, arguments->gates);
  command.add_option("--junit", arguments->junit, "Write the gates' outcome to this file, as JUnit XML")
      ->needs(command.get_option("--gate"));
  command.add_option("--html", arguments->html, "Write the figures to this file too, as a page for a browser");
  command.add_flag("--no-texts{false}", options.texts, "Quote no text of the data: name its line instead");
  add_output_options(command, arguments->output);
  command.callback([arguments, &action] { action = [arguments] { evaluate(*arguments); }; });
}

}  // namespace tt::cli
