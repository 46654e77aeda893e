#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/standard_streams.hpp"

#include "transfer_tune/runs/commands.hpp"
#include "transfer_tune/tokenizer/tokenizer.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <thread>

namespace tt::cli {
namespace {

constexpr std::size_t kBatch = 4096;

struct Arguments {
  std::filesystem::path encoder;
  std::size_t max_length = 0;
  std::size_t threads = 0;
  OutputOptions output;
};

std::string to_line(const tokenizer::Tokenizer& tokenizer, const tokenizer::Encoding& encoding) {
  nlohmann::ordered_json json;
  json["ids"] = encoding.ids;
  auto& tokens = json["tokens"] = nlohmann::ordered_json::array();
  for (const auto id : encoding.ids) tokens.push_back(tokenizer.token(id));
  if (encoding.truncated) json["truncated"] = true;
  return json.dump() + "\n";
}

void tokenize(const Arguments& arguments) {
  Console console(arguments.output.quiet);
  const auto tokenizer =
      tokenizer::Tokenizer::from_directory(runs::model_directory(arguments.encoder, console.progress()));
  const std::size_t max_length =
      arguments.max_length > 0 ? arguments.max_length : std::numeric_limits<std::int32_t>::max();
  const std::size_t threads =
      arguments.threads > 0 ? arguments.threads : std::max(1U, std::thread::hardware_concurrency());
  InputLines lines;
  for (auto batch = lines.next(kBatch); !batch.empty(); batch = lines.next(kBatch)) {
    std::vector<std::string_view> texts;
    texts.reserve(batch.size());
    for (const auto& line : batch) {
      require_utf8(line);
      texts.push_back(line.text);
    }
    std::string out;
    for (const auto& encoding : tokenizer.encode_batch(texts, max_length, threads)) out += to_line(tokenizer, encoding);
    write_output(out);
  }
}

}  // namespace

void add_tokenize(CLI::App& app, Action& action) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App& command =
      *app.add_subcommand("tokenize", "Token ids of the texts on standard input, one a line; JSONL on standard output");
  command
      .add_option("--encoder", arguments->encoder,
                  "Hugging Face directory with the tokenizer's files, or a model's name on the hub")
      ->required();
  command.add_option("--max-length", arguments->max_length, "Tokens a text is cut to; 0: not at all")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  command.add_option("--threads", arguments->threads, "CPU threads, 0 for all cores")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
  add_output_options(command, arguments->output);
  command.callback([arguments, &action] { action = [arguments] { tokenize(*arguments); }; });
}

}  // namespace tt::cli
