#include "transfer_tune/record/data_checks.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

namespace tt::report {
namespace {

using Json = nlohmann::ordered_json;

template <class Finding>
void cut(std::vector<Finding>& findings, std::size_t limit) {
  if (findings.size() > limit) findings.erase(findings.begin() + static_cast<std::ptrdiff_t>(limit), findings.end());
}

/// One finding as suspects.jsonl has it.
struct Suspect {
  const char* kind = "";
  std::string file;
  Json line{};
  Json text{};
  std::string label;
  Json suggestion{};
  double score = evaluation::kUndefined;
};

void append(std::string& out, const Suspect& suspect) {
  const Json json{{"kind", suspect.kind},  {"file", suspect.file},   {"line", suspect.line},
                  {"text", suspect.text},  {"label", suspect.label}, {"suggestion", suspect.suggestion},
                  {"score", suspect.score}};
  out += json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

/// The label of most places; null where no label has more than another.
Json usual_label(const std::vector<TextPlace>& places) {
  std::map<std::string, std::size_t> counts;
  for (const TextPlace& place : places) ++counts[place.label];
  const auto fewer = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto most = std::max_element(counts.begin(), counts.end(), fewer);
  if (most == counts.end()) return nullptr;
  const auto ties =
      std::count_if(counts.begin(), counts.end(), [&](const auto& entry) { return entry.second == most->second; });
  return ties > 1 ? Json() : Json(most->first);
}

}  // namespace

DataChecksReport first_findings(DataChecksReport report, std::size_t limit) {
  cut(report.label_errors, limit);
  cut(report.conflicts, limit);
  cut(report.indistinct, limit);
  cut(report.few_texts, limit);
  cut(report.uniform, limit);
  cut(report.unlike, limit);
  return report;
}

std::string suspects_jsonl(const DataChecksReport& report, const std::string& train_file, bool texts) {
  const auto shown = [&](const std::string& text) { return texts ? Json(text) : Json(); };
  std::string out;
  for (const LabelErrorReport& error : report.label_errors) {
    append(out, {"label_error", error.file, error.line, shown(error.text), error.label, error.suggestion, error.score});
  }
  for (const ConflictReport& conflict : report.conflicts) {
    const Json suggestion = usual_label(conflict.places);
    for (const TextPlace& place : conflict.places) {
      append(out, {.kind = "conflicting_duplicate",
                   .file = place.file,
                   .line = place.line,
                   .text = shown(conflict.text),
                   .label = place.label,
                   .suggestion = suggestion});
    }
  }
  for (const IndistinctReport& pair : report.indistinct) {
    append(out, {.kind = "indistinct_intents",
                 .file = train_file,
                 .label = pair.label,
                 .suggestion = pair.other,
                 .score = std::min(pair.label_as_other, pair.other_as_label)});
  }
  for (const FewTextsReport& few : report.few_texts) {
    append(out, {.kind = "few_texts", .file = train_file, .label = few.label, .score = static_cast<double>(few.texts)});
  }
  for (const UniformReport& uniform : report.uniform) {
    append(out, {.kind = "uniform_texts", .file = train_file, .label = uniform.label, .score = uniform.similarity});
  }
  for (const UnlikeReport& unlike : report.unlike) {
    append(out, {"unlike_training", unlike.file, unlike.line, shown(unlike.text), unlike.label, unlike.nearest_label,
                 unlike.distance});
  }
  return out;
}

}  // namespace tt::report
