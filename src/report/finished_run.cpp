#include "transfer_tune/report/finished_run.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "report/format.hpp"
#include "report/json_reader.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/report/run_report.hpp"

namespace tt::report {
namespace {

using Json = nlohmann::json;

Json parsed(std::string_view text) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) throw Misfit{"", "text that is not JSON", "a JSON object"};
  return json;
}

template <class T>
void read_at(const Json& document, const std::string& pointer, T& value) {
  const Json::json_pointer place(pointer);
  if (!document.contains(place)) throw Misfit{pointer, "nothing", "a value"};
  read(document.at(place), pointer, value);
}

/// A whole number that counts something.
void read_count(const Json& document, const std::string& pointer, std::int64_t smallest, std::int64_t& value) {
  read_at(document, pointer, value);
  if (value < smallest) throw Misfit{pointer, std::to_string(value), concat(smallest, " or more")};
}

void read_share(const Json& document, const std::string& pointer, double& value) {
  read_at(document, pointer, value);
  if (!(value >= 0 && value <= 1)) throw Misfit{pointer, shortest(value), "a share from 0 to 1"};
}

void read_seed(const Json& document, const std::string& pointer, std::uint64_t& value) {
  read_at(document, pointer, value);
  if (!document.at(Json::json_pointer(pointer)).is_number_unsigned()) {
    throw Misfit{pointer, "a negative number", "0 or more"};
  }
}

void check_version(const Json& document) {
  std::int64_t version = 0;
  read_at(document, "/schema_version", version);
  if (version != kSchemaVersion) {
    throw Misfit{"/schema_version", std::to_string(version),
                 concat(kSchemaVersion, ", the layout that this version of the program writes and reads")};
  }
}

bool is_given(const Json& document, const char* name) {
  return document.is_object() && document.contains(name) && !document.at(name).is_null();
}

void read_figures(const Json& document, RunSummary& run) {
  run.cross_validated = !is_given(document, "test");
  if (run.cross_validated && !is_given(document, "cross_validation")) {
    throw DataError("it holds no figures: the run had no test file and too few texts to cross-validate");
  }
  const std::string block = run.cross_validated ? "/cross_validation" : "/test";
  read_at(document, block + "/data_sha256", run.data_sha256);
  read_count(document, block + "/examples", 1, run.texts);
  read_share(document, block + "/accuracy", run.accuracy);
  read_share(document, block + "/macro_f1", run.macro_f1);
}

std::string machine_of(const Json& document) {
  std::string device;
  std::string precision;
  std::string cpu;
  std::int64_t threads = 0;
  read_at(document, "/environment/device", device);
  read_at(document, "/environment/precision", precision);
  read_at(document, "/environment/threads", threads);
  read_at(document, "/environment/cpu_capability", cpu);
  return concat(device, ", ", precision, ", ", threads, " threads, ", cpu);
}

void read_training_file(const Json& document, RunSummary& run) {
  std::int64_t texts = 0;
  std::vector<std::string> labels;
  read_at(document, "/data/train/sha256", run.train_sha256);
  read_count(document, "/data/train/used", 0, texts);
  read_at(document, "/data/labels", labels);
  read_at(document, "/data/shots", run.shots);
  if (!labels.empty()) run.texts_per_label = static_cast<double>(texts) / static_cast<double>(labels.size());
}

/// All that it took to get there: the source stage too, and what was reused of earlier runs.
double train_seconds_of(const Json& document) {
  double seconds = evaluation::kUndefined;
  read_at(document, "/training/seconds", seconds);
  for (const char* more : {"/training/reused_seconds", "/source/training/seconds", "/source/training/reused_seconds"}) {
    const Json::json_pointer place(more);
    if (!document.contains(place)) continue;  // no source stage, or an older report
    double part = 0;
    read_at(document, more, part);
    seconds += part;
  }
  return seconds;
}

RunSummary summary_of(const Json& document) {
  RunSummary run;
  check_version(document);
  read_figures(document, run);
  read_at(document, "/policy/name", run.policy);
  read_count(document, "/policy/trainable_parameters", 0, run.trainable_parameters);
  read_seed(document, "/environment/seed", run.seed);
  run.train_seconds = train_seconds_of(document);
  read_count(document, "/training/examples", 0, run.train_texts);
  read_at(document, "/timing/total_seconds", run.total_seconds);
  read_count(document, "/timing/peak_rss_bytes", 0, run.peak_rss_bytes);
  read_at(document, "/encoder/weights_sha256", run.encoder_sha256);
  if (is_given(document.value("data", Json()), "train")) read_training_file(document, run);
  read_at(document, "/encoder/random_weights", run.random_weights);
  read_at(document, "/timing/latency", run.latency);
  run.machine = machine_of(document);
  return run;
}

void read_answer(std::string_view line, Answers& answers) {
  const Json json = parsed(line);
  bool correct = false;
  std::string sha256;
  read_seed(json, "/index", answers.indexes.emplace_back());
  read_at(json, "/label", answers.labels.emplace_back());
  read_at(json, "/correct", correct);
  read_at(json, "/data_sha256", sha256);
  if (answers.correct.empty()) answers.data_sha256 = sha256;
  if (sha256 != answers.data_sha256) throw Misfit{"/data_sha256", quote(sha256), "that of the lines before"};
  answers.correct.push_back(correct ? 1 : 0);
}

}  // namespace

RunSummary read_run_summary(std::string_view json) {
  try {
    return summary_of(parsed(json));
  } catch (const Misfit& misfit) {
    throw DataError(misfit.message());
  }
}

RunSettings read_run_settings(std::string_view json) {
  try {
    Json document = parsed(json);
    for (const char* block : {"encoder", "target", "training"}) {
      if (!is_given(document, block) || !document.at(block).is_object()) {
        throw Misfit{concat("/", block), "none", "a block of settings"};
      }
    }
    RunSettings settings;
    if (is_given(document, "source")) {
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
  return answers;
}

}  // namespace tt::report
