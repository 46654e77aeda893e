#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "render/data_check_sections.hpp"
#include "render/decision_sections.hpp"
#include "render/evaluation_sections.hpp"
#include "render/markdown.hpp"
#include "render/result_sections.hpp"
#include "render/result_words.hpp"
#include "render/stage_sections.hpp"
#include "render/transferability_section.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"
#include "transfer_tune/record/run_report.hpp"
#include "transfer_tune/render/reports.hpp"

// report.md: the result first, then what it rests on.

namespace tt::report {
namespace {

void add_result(Markdown& out, const RunReport& report) {
  const EvaluationReport* figures = figures_of(report);
  const std::string name = target_name(report);
  if (figures == nullptr || figures->examples == 0) {
    out.heading(1, name + ": adapted, not tested");
    out.paragraph(
        "There is no test file, and there were too few training texts to cross-validate: how well this model answers "
        "is unknown. Name a labelled file as target.test.");
    return;
  }
  out.heading(1, concat(name, ": ", percent(figures->accuracy), " accuracy"));
  add_result_table(out, report, *figures);
  out.paragraph(what_happened(report, *figures));
  if (!report.target.test) {
    out.paragraph(
        strong("There is no test file.") +
        " These figures are cross-validated: each training text was answered by a model that had not seen it.");
  }
}

void add_source_result(Markdown& out, const RunReport& report) {
  if (!report.source) return;
  const SourceReport& source = *report.source;
  const bool is_named = source.stage && !source.stage->data.name.empty();
  const std::string name = is_named ? source.stage->data.name : "source";
  out.paragraph(strong("Source stage (" + name + ").") + " " + source_effect(source));
}

void add_warnings(Markdown& out, const RunReport& report) {
  std::vector<Inline> items(report.warnings.begin(), report.warnings.end());
  if (!report.encoder.newly_initialised.empty()) {
    items.emplace_back("parameters that the encoder's checkpoint lacks, newly initialised: " +
                       join(report.encoder.newly_initialised, ", "));
  }
  if (items.empty()) return;
  out.heading(2, "Warnings");
  out.list(items);
}

void add_source(Markdown& out, const SourceReport& source) {
  out.heading(2, "Source stage");
  if (source.cache_hit) out.paragraph("Taken from the cache: nothing that it depends on had changed.");
  out.paragraph("Weights: " + source.checkpoint);
  if (!source.reused_labels.empty()) {
    out.paragraph("Labels whose head rows were carried over: " + join(source.reused_labels, ", "));
  }
  if (source.stage) {
    add_data(out, source.stage->data);
    add_training(out, *source.stage);
    if (const auto& test = source.stage->test) {
      out.paragraph(concat("On its own test file: ", percent(test->accuracy), " accuracy (95% interval ") +
                    interval_text(test->accuracy_ci95) + concat("), macro F1 ", fixed(test->macro.f1, 3), "."));
    }
  }
  if (source.transferability) add_transferability(out, *source.transferability);
  if (source.keep.candidates.empty()) return;
  out.heading(3, "How much of it was kept");
  std::vector<std::vector<Inline>> rows;
  for (const KeepCandidate& candidate : source.keep.candidates) {
    const Inline share = percent(candidate.share);
    rows.push_back({candidate.share == source.keep.chosen ? strong(share) : share, percent(candidate.score)});
  }
  out.table({{"Share of the source-tuned weights"}, {"Cross-validated probe accuracy on the target"}}, rows);
}

void add_environment(Markdown& out, const RunReport& report) {
  const EnvironmentReport& environment = report.environment;
  const TimingReport& timing = report.timing;
  out.table({{"", Align::left}, {"Requested", Align::left}, {"In effect", Align::left}},
            {{"device", environment.requested_device, environment.device},
             {"precision", environment.requested_precision, environment.precision},
             {"threads", environment.requested_threads == 0 ? "all" : std::to_string(environment.requested_threads),
              std::to_string(environment.threads)}});
  out.list(
      {concat("transfer-tune ", environment.program_version, ", LibTorch ", environment.libtorch_version,
              ", CPU capability ", environment.cpu_capability),
       concat("seed ", environment.seed),
       concat("encoder ", report.encoder.path, ": ", report.encoder.model_type, ", ",
              counted(report.encoder.num_hidden_layers, "layer", "layers"), " of width ", report.encoder.hidden_size,
              ", ", grouped(report.encoder.parameters), " parameters, texts up to ", report.encoder.max_length,
              " tokens", report.encoder.random_weights ? "; its architecture alone, started from random weights" : ""),
       concat("head: ", report.head.type, report.head.normalize ? ", normalised" : ""),
       concat("peak memory ", mebibytes(timing.peak_rss_bytes), "; ", duration(timing.seconds_to_first_forward),
              " from start to the first forward pass")});
  if (const auto& latency = timing.latency) {
    out.list({concat("prediction: ", fixed(1000 * latency->median_seconds, 1), " ms for one text (95% of ",
                     counted(latency->texts, "text", "texts"), " within ", fixed(1000 * latency->p95_seconds, 1),
                     " ms), ", fixed(latency->texts_per_second, 0), " texts per second together")});
  }
  std::vector<std::vector<Inline>> rows;
  for (const StageTime& stage : timing.stages) rows.push_back({stage.stage, duration(stage.seconds)});
  rows.push_back({strong("total"), strong(duration(timing.total_seconds))});
  out.table({{"Stage", Align::left}, {"Time"}}, rows);
}

void add_reproduction(Markdown& out, const RunReport& report) {
  out.paragraph("Same files (their hashes are in report.json), same settings:");
  const std::filesystem::path resolved = std::filesystem::path(report.output_dir) / "config.resolved.json";
  out.code_block("transfer-tune --config " + shell_word(resolved.string()) + " --overwrite");
}

}  // namespace

std::string to_markdown(const RunReport& report) {
  Markdown out;
  add_result(out, report);
  add_source_result(out, report);
  add_gates(out, report.gates);
  add_warnings(out, report);
  if (report.texts_left_out) out.paragraph(kTextsLeftOut);

  out.heading(2, "Data");
  add_data(out, report.target.data);
  if (report.data_checks) add_data_checks(out, *report.data_checks);
  out.heading(2, "Training");
  add_training(out, report.target);
  if (report.source) add_source(out, *report.source);
  const EvaluationReport* figures = figures_of(report);
  add_calibration(out, report);
  add_out_of_scope(out, report);
  if (figures != nullptr && figures->examples > 0) add_figures(out, *figures);
  out.heading(2, "Environment");
  add_environment(out, report);
  out.heading(2, "How to run it again");
  add_reproduction(out, report);
  return out.text();
}

}  // namespace tt::report
