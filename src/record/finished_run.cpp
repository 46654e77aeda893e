#include "transfer_tune/record/finished_run.hpp"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>

#include "record/fields/run.hpp"
#include "record/json_reader.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"
#include "transfer_tune/record/predictions.hpp"
#include "transfer_tune/record/run_report.hpp"

namespace tt::report {
namespace {

using Json = nlohmann::json;

template <class T>
void read_at(const Json& document, const std::string& pointer, T& value) {
  const Json::json_pointer place(pointer);
  if (!document.contains(place)) throw Misfit{pointer, "nothing", "a value"};
  read(document.at(place), {pointer}, value);
}

bool is_given(const Json& document, const std::string& pointer) {
  const Json::json_pointer place(pointer);
  return document.contains(place) && !document.at(place).is_null();
}

/// A report of this program or of an earlier one.
struct Document {
  Json json;
  std::int64_t version = 0;

  /// The fields `names` of the block at `pointer`; nothing of the rest has to be there.
  template <class Block>
  [[nodiscard]] Block block(const std::string& pointer, std::initializer_list<std::string_view> names) const {
    const Json::json_pointer place(pointer);
    const Json object = json.contains(place) ? json.at(place) : Json::object();
    if (!object.is_object()) throw Misfit{pointer, object.type_name(), "an object"};
    Block out;
    const Place where{pointer, version};
    FieldReader reader{object, where, {names.begin(), names.size()}};
    fields(reader, out);
    return out;
  }
};

Document document_of(std::string_view text) {
  Document document{parsed(text)};
  read_at(document.json, "/schema_version", document.version);
  if (document.version < 1 || document.version > kSchemaVersion) {
    throw Misfit{"/schema_version", std::to_string(document.version),
                 concat("1 to ", kSchemaVersion, ", the layouts that this version of the program reads")};
  }
  return document;
}

void check_count(const std::string& pointer, std::int64_t smallest, std::int64_t value) {
  if (value < smallest) throw Misfit{pointer, std::to_string(value), concat(smallest, " or more")};
}

void check_share(const std::string& pointer, double value) {
  if (!(value >= 0 && value <= 1)) throw Misfit{pointer, shortest(value), "a share from 0 to 1"};
}

void read_figures(const Document& document, RunSummary& run) {
  run.cross_validated = !is_given(document.json, "/test");
  if (run.cross_validated && !is_given(document.json, "/cross_validation")) {
    throw DataError("it holds no figures: the run had no test file and too few texts to cross-validate");
  }
  const std::string block = run.cross_validated ? "/cross_validation" : "/test";
  const auto figures = document.block<EvaluationReport>(block, {"data_sha256", "examples", "accuracy", "macro_f1"});
  check_count(block + "/examples", 1, figures.examples);
  check_share(block + "/accuracy", figures.accuracy);
  check_share(block + "/macro_f1", figures.macro.f1);
  run.data_sha256 = figures.data_sha256;
  run.texts = figures.examples;
  run.accuracy = figures.accuracy;
  run.macro_f1 = figures.macro.f1;
  if (is_given(document.json, block + "/languages")) {
    run.languages = document.block<EvaluationReport>(block, {"languages"}).languages;
    for (const LanguageReport& language : run.languages.value().by_language) {
      check_share(block + "/languages/by_language", language.accuracy);
    }
  }
  if (!is_given(document.json, block + "/multi_label")) return;
  run.micro_f1 = document.block<EvaluationReport>(block, {"micro_f1"}).micro.f1;
  check_share(block + "/micro_f1", *run.micro_f1);
}

void read_training_file(const Document& document, RunSummary& run) {
  if (!is_given(document.json, "/data/train")) return;
  const auto file = document.block<FileReport>("/data/train", {"sha256", "used"});
  const auto data = document.block<DataReport>("/data", {"labels", "shots"});
  check_count("/data/train/used", 0, file.used);
  run.train_sha256 = file.sha256;
  run.shots = data.shots;
  if (data.labels.empty()) return;
  run.texts_per_label = static_cast<double>(file.used) / static_cast<double>(data.labels.size());
}

/// All that it took to get there: the source stage too, and what was reused of earlier runs.
void read_training(const Document& document, RunSummary& run) {
  const auto training = document.block<TrainingReport>("/training", {"seconds", "reused_seconds", "examples"});
  check_count("/training/examples", 0, training.examples);
  run.train_texts = training.examples;
  run.train_seconds = training.seconds + training.reused_seconds;
  if (!is_given(document.json, "/source/training")) return;
  const auto source = document.block<TrainingReport>("/source/training", {"seconds", "reused_seconds"});
  run.train_seconds += source.seconds + source.reused_seconds;
}

RunSummary summary_of(const Document& document) {
  RunSummary run;
  read_figures(document, run);
  const auto policy = document.block<PolicyReport>("/policy", {"name", "trainable_parameters"});
  check_count("/policy/trainable_parameters", 0, policy.trainable_parameters);
  run.policy = policy.name;
  run.trainable_parameters = policy.trainable_parameters;
  read_training(document, run);
  read_training_file(document, run);
  const auto timing = document.block<TimingReport>("/timing", {"total_seconds", "peak_rss_bytes", "latency"});
  check_count("/timing/peak_rss_bytes", 0, timing.peak_rss_bytes);
  run.total_seconds = timing.total_seconds;
  run.peak_rss_bytes = timing.peak_rss_bytes;
  run.latency = timing.latency;
  const auto encoder = document.block<EncoderReport>("/encoder", {"weights_sha256", "random_weights"});
  run.encoder_sha256 = encoder.weights_sha256;
  run.random_weights = encoder.random_weights;
  const auto environment =
      document.block<EnvironmentReport>("/environment", {"seed", "device", "precision", "threads", "cpu_capability"});
  run.seed = environment.seed;
  run.machine = concat(environment.device, ", ", environment.precision, ", ", environment.threads, " threads, ",
                       environment.cpu_capability);
  return run;
}

void read_answer(std::string_view line, Answers& answers) {
  const Json json = parsed(line);
  bool correct = false;
  std::string sha256;
  read_at(json, "/index", answers.indexes.emplace_back());
  if (is_given(json, "/labels")) {
    std::vector<std::string> labels;
    read_at(json, "/labels", labels);
    answers.labels.push_back(as_one_label(labels));
  } else {
    read_at(json, "/label", answers.labels.emplace_back());
  }
  read_at(json, "/correct", correct);
  read_at(json, "/data_sha256", sha256);
  if (is_given(json, "/language")) read_at(json, "/language", answers.languages.emplace_back());
  if (answers.correct.empty()) answers.data_sha256 = sha256;
  if (sha256 != answers.data_sha256) throw Misfit{"/data_sha256", quote(sha256), "that of the lines before"};
  answers.correct.push_back(correct ? 1 : 0);
}

}  // namespace

RunSummary read_run_summary(std::string_view json) {
  try {
    return summary_of(document_of(json));
  } catch (const Misfit& misfit) {
    throw DataError(misfit.message());
  }
}

RunSettings read_run_settings(std::string_view json) {
  try {
    Json document = parsed(json);
    for (const char* block : {"encoder", "target", "training"}) {
      if (!document.is_object() || !document.contains(block) || !document.at(block).is_object()) {
        throw Misfit{concat("/", block), "none", "a block of settings"};
      }
    }
    RunSettings settings;
    if (is_given(document, "/source")) {
      read_at(document, "/source/name", settings.source_name);
      settings.source = document.at("source").dump();
    }
    for (const char* block : {"source", "output", "evaluation", "compare"}) document.erase(block);
    document.at("training").erase("seed");
    settings.others = document.dump();
    return settings;
  } catch (const Misfit& misfit) {
    throw DataError(misfit.message());
  }
}

Answers read_answers(std::string_view jsonl) {
  Answers answers;
  std::size_t number = 0;
  while (!jsonl.empty()) {
    ++number;
    const std::string_view line = jsonl.substr(0, jsonl.find('\n'));
    jsonl.remove_prefix(std::min(line.size() + 1, jsonl.size()));
    try {
      read_answer(line, answers);
    } catch (const Misfit& misfit) {
      throw DataError(concat("line ", number, ": ", misfit.message()));
    }
  }
  if (answers.languages.size() != answers.correct.size()) answers.languages.clear();
  return answers;
}

}  // namespace tt::report
