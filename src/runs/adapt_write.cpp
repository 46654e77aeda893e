#include "runs/adaptation.hpp"
#include "runs/outputs.hpp"
#include "runs/settings.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/process.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/predictions.hpp"
#include "transfer_tune/record/tensorboard.hpp"
#include "transfer_tune/render/model_card.hpp"
#include "transfer_tune/render/reports.hpp"

#include <utility>

namespace tt::runs {
namespace {

namespace fs = std::filesystem;

/// Findings of each kind in the report; suspects.jsonl has all.
constexpr std::size_t kListedFindings = 20;

/// An answer's index is its text's position among those of the file that are in scope.
void write_predictions(const Session& session, const Loaded& loaded, const Figures& figures) {
  const bool sets = loaded.data.train.multi_label;
  const std::vector<double> thresholds = thresholds_of(figures.decided);
  FileWriter writer(session.out / "predictions.jsonl");
  const data::Dataset& texts = loaded.measured_texts();
  const std::vector<std::size_t>& positions = loaded.data.test ? loaded.data.test_positions : loaded.cross_validated;
  const std::size_t answered = sets ? figures.sets.size() : figures.scores.size();
  for (std::size_t i = 0; i < answered; ++i) {
    const data::Example& example = texts.examples[i];
    report::PredictionRecord record;
    record.index = positions.empty() ? i : positions.at(i);
    if (!example.id.empty()) record.id = example.id;
    if (!example.language.empty()) record.language = example.language;
    if (session.config.output.texts) {
      record.text = example.text;
    } else {
      record.line = example.line;
    }
    if (sets) {
      record.label_set = data::label_names(example);
      record.thresholds = thresholds;
    } else {
      record.label = example.label;
    }
    record.probabilities = sets ? figures.sets.row(i) : figures.scores.row(i);
    record.data_sha256 = texts.sha256;
    writer.write(report::prediction_line(record, loaded.data.labels.names()));
  }
  writer.close();
}

void write_trained_adapter(Session& session, const Loaded& loaded, const Trained& trained,
                           const report::Decision& decision) {
  const fs::path to = session.out / "adapter";
  const std::vector<std::string> changed =
      write_adapter(to, loaded.encoder, *trained.adapted, loaded.data.labels.names(), session.config.encoder.max_length,
                    loaded.data.train.multi_label);
  if (changed.empty()) {
    write_decision(to, decision, trained.reference);
    return;
  }
  session.journal.warn(
      concat("no adapter was written, only the whole checkpoint: it stands on weights that are not those "
             "of encoder.path (",
             changed.front(), changed.size() > 1 ? concat(" and ", changed.size() - 1, " more") : "", " differ)"));
}

report::RunReport assemble(const Session& session, const Loaded& loaded, const Untuned& untuned,
                           const std::optional<report::DataChecksReport>& checks, Trained trained, Figures figures) {
  const config::RunConfig& config = session.config;
  const model::HeadSpec& head = trained.classifier.head();
  report::RunReport report;
  report.started_at = session.started_at;
  report.config_path = config.file.string();
  report.output_dir = config.output.dir.string();
  report.texts_left_out = !config.output.texts;
  report.encoder = describe_encoder(loaded.encoder, config.encoder.max_length);
  report.head = {to_string(head.pooling), head.normalize, head.dropout};
  report.target = std::move(trained.target);
  report.source = std::move(trained.source);
  (loaded.data.test ? report.target.test : report.cross_validation) = std::move(figures.measured);
  report.baselines = untuned.floors;
  report.search = loaded.search;
  report.earlier = std::move(figures.earlier);
  if (checks) report.data_checks = report::first_findings(*checks, kListedFindings);
  report.feature_map = std::move(figures.map);
  report.calibration = std::move(figures.decided.calibration);
  report.thresholds = std::move(figures.decided.thresholds);
  report.out_of_scope = std::move(figures.decided.out_of_scope);
  report.environment = session.environment;
  report.timing = session.journal.timing();
  report.timing.latency = figures.latency;
  report.timing.total_seconds = seconds_since_program_start();
  report.timing.resumed = session.state.resumed();
  report.timing.earlier_seconds = session.state.earlier_seconds();
  report.timing.peak_rss_bytes = peak_rss_bytes();
  report.warnings = session.journal.warnings();
  return report;
}

void judge(report::RunReport& report, const Session& session, const Gates& gates) {
  std::optional<report::Answers> answers;
  if (gates.need_answers()) {
    answers = report::read_answers(read_file(session.out / "predictions.jsonl", ErrorKind::internal));
  }
  report.gates = gates.judge(report::gate_subject(report, std::move(answers)));
  if (report.gates.empty()) return;
  write_file(session.out / "junit.xml",
             report::junit_xml(report.gates, "transfer-tune gates: " + session.config.target.name));
}

}  // namespace

report::RunReport write(Session& session, const Loaded& loaded, const Untuned& untuned,
                        const std::optional<report::DataChecksReport>& checks, Trained trained, Figures figures,
                        const Gates& gates) {
  const config::RunConfig& config = session.config;
  const fs::path& out = session.out;
  session.journal.timed("write", [&] {
    write_checkpoint(out / "checkpoint", loaded.encoder, trained.classifier, loaded.data.labels.names(),
                     config.encoder.max_length, loaded.data.train.multi_label);
    write_decision(out / "checkpoint", figures.decision, trained.reference);
    if (trained.adapted && config.output.adapter) write_trained_adapter(session, loaded, trained, figures.decision);
    write_predictions(session, loaded, figures);
    if (checks) {
      write_file(out / "suspects.jsonl",
                 report::suspects_jsonl(*checks, loaded.data.train_texts.path.string(), config.output.texts));
    }
  });
  report::RunReport report = assemble(session, loaded, untuned, checks, std::move(trained), std::move(figures));
  judge(report, session, gates);
  write_file(out / "checkpoint" / "README.md", report::model_card(report));
  if (config.training.tensorboard) {
    make_directories(out / "tensorboard");
    write_file(out / "tensorboard" / report::kTensorboardFile, report::event_file(report));
  }
  const std::string resolved = config::resolved_json(config);
  KnownHashes hashes = loaded.hashes;
  write_file(out / "config.resolved.json", resolved);
  write_file(out / kInputsName, inputs_text(config, hashes));
  write_file(out / "report.json", report::to_json(report));
  write_file(out / "report.md", report::to_markdown(report));
  write_file(out / "report.html", report::to_html(report, resolved));
  return report;
}

}  // namespace tt::runs
