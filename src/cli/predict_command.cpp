#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/standard_streams.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/data/dataset.hpp"
#include "transfer_tune/data/json_text.hpp"
#include "transfer_tune/record/predictions.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

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
  std::optional<std::string> language_column;  ///< absent: the checkpoint's
  bool logits = false;
  bool texts = true;
};

struct Input {
  std::size_t line = 0;  ///< of standard input, from 1
  std::string text;
  std::optional<std::string> id{};  ///< as JSON text
  std::string language{};           ///< empty: not known
};

bool is_json_object(const std::string& line) { return Json::parse(line, nullptr, false).is_object(); }

/// `language_column`: empty where there is none.
Input parse_jsonl(const InputLine& line, const Arguments& arguments, const std::string& language_column) {
  const auto fail = [&](const std::string& what) -> DataError {
    return DataError(concat("standard input:", line.number, ": ", what));
  };
  Json json;
  try {
    json = parse_json<Json>(line.text);
  } catch (const JsonError& error) {
    if (error.why == JsonError::Reason::repeated_key) {
      throw fail(concat("key ", quote(error.key), " occurs more than once"));
    }
  }
  if (!json.is_object())
    throw fail(concat(arguments.texts ? "found " + quote(line.text) + ", " : std::string(),
                      "expected a JSON object as on the first line"));
  const auto text = json.find(arguments.text_column);
  if (text == json.end() || !text->is_string()) {
    throw fail(
        concat("found no string ", quote(arguments.text_column), "; name the key of the text with --text-column"));
  }
  Input input{line.number, text->get<std::string>()};
  const auto id = data::find_value(data::json_members(line.text), arguments.id_column);
  if (id && *id != "null") input.id = *id;
  const auto language = language_column.empty() ? json.end() : json.find(language_column);
  if (language != json.end() && language->is_string())
    input.language = data::language_of(language->get_ref<const std::string&>());
  return input;
}

/// Answers each batch of input lines as it arrives.
class Answering {
 public:
  explicit Answering(const Arguments& arguments)
      : arguments_(arguments), format_(arguments.format), predictor_(arguments.model) {
    language_column_ = arguments.language_column.value_or(predictor_.language_column());
  }

  void run() {
    InputLines lines;
    for (auto batch = lines.next(kBatch); !batch.empty(); batch = lines.next(kBatch)) {
      std::vector<Input> inputs;
      std::optional<DataError> error;
      try {
        for (const auto& line : batch) take(line, inputs);
      } catch (const DataError& e) {
        error = e;  // what came before it is answered first
      }
      answer(inputs);
      if (error) throw DataError(*error);
    }
    answer(held_back_);
    if (const auto warning = predictor_.vocabulary_warning()) log_warning(*warning);
    if (arguments_.language_column && !knows_languages_ && answered_ > 0) {
      log_warning(concat("--language-column: no text says its language; expected JSON lines with a string as ",
                         quote(*arguments_.language_column)));
    }
  }

 private:
  /// Adds what `line` asks to `inputs`. Blank lines say nothing about the format: those before the first other one
  /// wait for it.
  void take(const InputLine& line, std::vector<Input>& inputs) {
    require_utf8(line);
    const bool blank = data::is_blank(line.text);
    if (format_ == Format::automatic) {
      if (blank) return held_back_.push_back({line.number, line.text});
      format_ = is_json_object(line.text) ? Format::jsonl : Format::lines;
      if (format_ == Format::lines) inputs = std::exchange(held_back_, {});
      held_back_.clear();
    }
    if (format_ == Format::lines) {
      inputs.push_back({line.number, line.text});
    } else if (!blank) {
      inputs.push_back(parse_jsonl(line, arguments_, language_column_));
    }
  }

  /// One line of output each; a blank text gets no prediction.
  void answer(const std::vector<Input>& inputs) {
    std::vector<std::string_view> texts;
    std::vector<std::string> languages;
    for (const auto& input : inputs) {
      if (data::is_blank(input.text)) continue;
      texts.push_back(input.text);
      languages.push_back(input.language);
      knows_languages_ = knows_languages_ || !input.language.empty();
    }
    const std::vector<runs::Prediction> predictions = predictor_.predict(texts, {}, languages);
    auto prediction = predictions.begin();
    std::string out;
    for (const Input& input : inputs) {
      report::PredictionRecord record;
      record.index = answered_++;
      record.id = input.id;
      if (arguments_.texts) record.text = input.text;
      if (!input.language.empty()) record.language = input.language;
      record.thresholds = predictor_.thresholds();
      if (!data::is_blank(input.text)) {
        if (!prediction->label) {
          write_output(out);  // what came before it is answered
          throw CheckpointError(concat("standard input:", input.line, ": ", runs::kNotFinite));
        }
        record.probabilities = prediction->probabilities;
        if (arguments_.logits) record.logits = prediction->logits;
        record.scope_score = prediction->scope_score;
        record.out_of_scope = prediction->out_of_scope;
        ++prediction;
      }
      out += report::prediction_line(record, predictor_.labels());
    }
    write_output(out);
  }

  const Arguments& arguments_;
  Format format_;
  runs::Predictor predictor_;
  std::string language_column_;
  std::vector<Input> held_back_;  ///< blank lines while the format is open
  std::size_t answered_ = 0;
  bool knows_languages_ = false;
};

void predict(Arguments arguments) {
  require_model(arguments.model);
  Console console(arguments.output.quiet);
  arguments.model.progress = console.progress();
  Answering(arguments).run();
}

}  // namespace

void add_predict(CLI::App& app, Action& action) {
  static const std::map<std::string, Format> kFormats{
      {"auto", Format::automatic}, {"lines", Format::lines}, {"jsonl", Format::jsonl}};
  const auto arguments = std::make_shared<Arguments>();
  CLI::App& command = *app.add_subcommand(
      "predict",
      "Label the texts on standard input, one a line; JSONL on standard output, a line for each text; a blank one is "
      "predicted null");
  add_model_options(command, arguments->model);
  command.add_flag("--reject", arguments->model.reject,
                   "Predict null for texts out of scope, by the score and threshold that the checkpoint holds");
  command.add_flag("--logits", arguments->logits, "Add the logits of every label");
  command.add_option("--format", arguments->format, "auto (by the first line), lines or jsonl")
      ->transform(CLI::CheckedTransformer(kFormats).description(""));
  command.add_option("--text-column", arguments->text_column, "JSONL: key of the text")->capture_default_str();
  command
      .add_option("--id-column", arguments->id_column,
                  "JSONL: key of the id, carried through as it is written if there is one")
      ->capture_default_str();
  command.add_option(
      "--language-column", arguments->language_column,
      "JSONL: key of the text's language, by which the answer is calibrated; by default what the training "
      "data called it");
  command.add_flag("--no-texts{false}", arguments->texts, "Leave the texts out of the answers");
  add_output_options(command, arguments->output);
  command.callback([arguments, &action] { action = [arguments] { predict(*arguments); }; });
}

}  // namespace tt::cli
