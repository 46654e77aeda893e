#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/judge/gates.hpp"
#include "transfer_tune/record/comparison_report.hpp"
#include "transfer_tune/record/run_report.hpp"

namespace tt::report {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

/// The figures of an evaluation where a run's report has those of its test file.
std::string as_test_block(std::string_view evaluation) { return concat("{\"test\": ", evaluation, "}"); }

}  // namespace

GateSubject gate_subject(const RunReport& report, std::optional<Answers> answers) {
  return {.json = to_json(report), .answers = std::move(answers)};
}

GateSubject gate_subject(const EvaluationReport& report, std::optional<Answers> answers) {
  return {.json = as_test_block(to_json(report)), .scope = GateScope::evaluation, .answers = std::move(answers)};
}

GateSubject gate_subject(const ComparisonReport& report) {
  return {.json = to_json(report), .scope = GateScope::comparison};
}

GateSubject read_baseline(const fs::path& report) {
  std::string content = read_file(report, ErrorKind::usage);
  const auto refuse = [&](const std::string& found) {
    throw UsageError(concat(report.string(), ": found ", found,
                            ", expected the report.json of a run or what evaluate --json printed"));
  };
  Json json;
  try {
    json = parse_json<Json>(content);
  } catch (const JsonError& error) {
    refuse(error.why == JsonError::Reason::syntax ? "text that is not JSON" : error.pointer + ": " + error.what());
  }
  const bool is_evaluation = json.is_object() && json.contains("accuracy_ci95");
  if (!json.is_object() || (!is_evaluation && !json.contains("test"))) refuse("other JSON");
  GateSubject baseline{.json = is_evaluation ? as_test_block(content) : std::move(content)};
  const fs::path predictions = report.parent_path() / "predictions.jsonl";
  std::string named;
  try {
    const std::string lines = read_file(predictions, ErrorKind::data);
    named = predictions.string() + ": ";  // what reads the lines does not know their file
    baseline.answers = read_answers(lines);
  } catch (const Error& error) {
    baseline.no_answers = named + error.what();
  }
  return baseline;
}

}  // namespace tt::report
