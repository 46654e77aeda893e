#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/report/gates.hpp"
#include "transfer_tune/report/run_report.hpp"

namespace tt::report {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

/// The figures of an evaluation where a run's report has those of its test file.
std::string as_test_block(std::string_view evaluation) { return concat("{\"test\": ", evaluation, "}"); }

/// Takes one line of a predictions.jsonl; false when it is not one that tells right from wrong.
bool take_answer(std::string_view line, Answers& out) {
  const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return false;
  const auto text_at = [&](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? &found->get_ref<const std::string&>() : nullptr;
  };
  const std::string* text = text_at("text");
  const std::string* label = text_at("label");
  const std::string* sha256 = text_at("data_sha256");
  const auto index = json.find("index");
  const auto correct = json.find("correct");
  const bool is_whole = text != nullptr && label != nullptr && sha256 != nullptr && index != json.end() &&
                        index->is_number_unsigned() && correct != json.end() && correct->is_boolean();
  if (!is_whole || (!out.items.empty() && out.data_sha256 != *sha256)) return false;
  out.data_sha256 = *sha256;
  out.items.push_back({index->get<std::size_t>(), *text, *label, correct->get<bool>()});
  return true;
}

}  // namespace

Answers read_answers(const fs::path& predictions) {
  std::string content;
  try {
    content = read_file(predictions, ErrorKind::usage);
  } catch (const Error& error) {
    return {.data_sha256 = "", .items = {}, .problem = error.what()};
  }
  Answers answers;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < content.size();) {
    const std::size_t end = std::min(content.find('\n', begin), content.size());
    ++number;
    if (!take_answer(std::string_view(content).substr(begin, end - begin), answers)) {
      return {.data_sha256 = "",
              .items = {},
              .problem = concat(predictions.string(), ":", number, ": not a line that a run writes")};
    }
    begin = end + 1;
  }
  if (answers.items.empty()) answers.problem = concat(predictions.string(), " holds no answers");
  return answers;
}

GateSubject gate_subject(const RunReport& report, Answers answers) { return {to_json(report), std::move(answers)}; }

GateSubject gate_subject(const EvaluationReport& report, Answers answers) {
  return {as_test_block(to_json(report)), std::move(answers)};
}

GateSubject read_baseline(const fs::path& report) {
  std::string content = read_file(report, ErrorKind::usage);
  const Json json = Json::parse(content, nullptr, /*allow_exceptions=*/false);
  const bool is_evaluation = json.is_object() && json.contains("accuracy_ci95");
  if (!json.is_object() || (!is_evaluation && !json.contains("test"))) {
    throw UsageError(concat(report.string(), ": found ", json.is_discarded() ? "text that is not JSON" : "other JSON",
                            ", expected the report.json of a run or what evaluate --json printed"));
  }
  return {is_evaluation ? as_test_block(content) : std::move(content),
          read_answers(report.parent_path() / "predictions.jsonl")};
}

}  // namespace tt::report
