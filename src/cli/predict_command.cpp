#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/standard_streams.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/report/predictions.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <optional>

namespace tt::cli {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kBatch = 256;

enum class Format { automatic, lines, jsonl };

struct Arguments {
  runs::ModelOptions model;
  OutputOptions output;
  Format format = Format::automatic;
  std::string text_column = "text";
  std::string id_column = "id";
  bool logits = false;
};

struct Input {
  std::size_t line = 0;  ///< of standard input, from 1
  std::string text;
  std::optional<std::string> id;
};

bool is_json_object(const std::string& line) { return Json::parse(line, nullptr, false).is_object(); }

Input parse_jsonl(const InputLine& line, const Arguments& arguments) {
  const auto fail = [&](const std::string& what) -> DataError {
    return DataError(concat("standard input:", line.number, ": ", what));
  };
  const Json json = Json::parse(line.text, nullptr, false);
  if (!json.is_object())
    throw fail(concat("found ", quote(line.text), ", expected a JSON object as on the first line"));
  const auto text = json.find(arguments.text_column);
  if (text == json.end() || !text->is_string()) {
    throw fail(
        concat("found no string ", quote(arguments.text_column), "; name the key of the text with --text-column"));
  }
  Input input{line.number, text->get<std::string>(), std::nullopt};
  if (const auto id = json.find(arguments.id_column); id != json.end() && !id->is_null()) {
    input.id = id->is_string() ? id->get<std::string>() : id->dump();
  }
  return input;
}

/// Answers each batch of input lines as it arrives.
class Answering {
 public:
  explicit Answering(const Arguments& arguments)
      : arguments_(arguments), format_(arguments.format), predictor_(arguments.model) {}

  void run() {
    InputLines lines;
    for (auto batch = lines.next(kBatch); !batch.empty(); batch = lines.next(kBatch)) {
      std::vector<Input> inputs;
      std::optional<DataError> error;
      try {
        for (const auto& line : batch) inputs.push_back(parse(line));
      } catch (const DataError& e) {
        error = e;  // what came before it is answered first
      }
      answer(inputs);
      if (error) throw DataError(*error);
    }
  }

 private:
  Input parse(const InputLine& line) {
    require_utf8(line);
    if (format_ == Format::automatic) format_ = is_json_object(line.text) ? Format::jsonl : Format::lines;
    return format_ == Format::jsonl ? parse_jsonl(line, arguments_) : Input{line.number, line.text, std::nullopt};
  }

  void answer(const std::vector<Input>& inputs) {
    std::vector<std::string_view> texts;
    texts.reserve(inputs.size());
    for (const auto& input : inputs) texts.push_back(input.text);
    const std::vector<runs::Prediction> predictions = predictor_.predict(texts);
    std::string out;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!predictions[i].label) {
        write_output(out);  // what came before it is answered
        throw CheckpointError(concat("standard input:", inputs[i].line, ": ", runs::kNotFinite));
      }
      report::PredictionRecord record;
      record.index = answered_++;
      record.id = inputs[i].id;
      record.text = inputs[i].text;
      record.probabilities = predictions[i].probabilities;
      if (arguments_.logits) record.logits = predictions[i].logits;
      record.scope_score = predictions[i].scope_score;
      record.out_of_scope = predictions[i].out_of_scope;
      out += report::prediction_line(record, predictor_.labels());
    }
    write_output(out);
  }

  const Arguments& arguments_;
  Format format_;
  runs::Predictor predictor_;
  std::size_t answered_ = 0;
};

void predict(const Arguments& arguments) {
  const Console console(arguments.output.quiet);
  Answering(arguments).run();
}

}  // namespace

void add_predict(CLI::App& app, Action& action) {
  static const std::map<std::string, Format> kFormats{
      {"auto", Format::automatic}, {"lines", Format::lines}, {"jsonl", Format::jsonl}};
  const auto arguments = std::make_shared<Arguments>();
  CLI::App& command =
      *app.add_subcommand("predict", "Label the texts on standard input, one a line; JSONL on standard output");
  add_model_options(command, arguments->model);
  command.add_flag("--reject", arguments->model.reject,
                   "Predict null for texts out of scope, by the score and threshold that the checkpoint holds");
  command.add_flag("--logits", arguments->logits, "Add the logits of every label");
  command.add_option("--format", arguments->format, "auto (by the first line), lines or jsonl")
      ->transform(CLI::CheckedTransformer(kFormats).description(""));
  command.add_option("--text-column", arguments->text_column, "JSONL: key of the text")->capture_default_str();
  command.add_option("--id-column", arguments->id_column, "JSONL: key of the id, carried through if there is one")
      ->capture_default_str();
  add_output_options(command, arguments->output);
  command.callback([arguments, &action] { action = [arguments] { predict(*arguments); }; });
}

}  // namespace tt::cli
