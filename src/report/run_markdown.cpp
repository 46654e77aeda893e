#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "report/decision_sections.hpp"
#include "report/evaluation_sections.hpp"
#include "report/format.hpp"
#include "report/markdown.hpp"
#include "report/result_sections.hpp"
#include "report/stage_sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/report/run_report.hpp"

// report.md: the result first, then what it rests on.

namespace tt::report {
namespace {

std::string encoder_name(const RunReport& report) {
  const std::filesystem::path path(report.encoder.path);
  return (path.has_filename() ? path.filename() : path.parent_path().filename()).string();
}

/// How `accuracy` stands to a floor, as the end of a sentence.
std::string compared(const EvaluationReport& figures, const evaluation::Baseline& floor, const std::string& name) {
  const double gain = figures.accuracy - floor.accuracy;
  if (gain <= 0) return concat("no better than ", name, " (", percent(floor.accuracy), ")");
  const bool uncertain = figures.accuracy_ci95.low <= floor.accuracy;
  return concat(points(gain), " above ", name, uncertain ? " (a floor inside the interval)" : "");
}

std::string compared_with_floors(const EvaluationReport& figures, const BaselinesReport& floors) {
  std::vector<std::string> parts;
  if (floors.nearest_label_name) {
    parts.push_back(compared(figures, *floors.nearest_label_name, "answering with the nearest label name, untrained,"));
  }
  if (floors.majority) parts.push_back(compared(figures, *floors.majority, "always answering the most frequent label"));
  return parts.empty() ? "" : concat(" That is ", join(parts, " and "), ".");
}

std::string what_happened(const RunReport& report, const EvaluationReport& figures) {
  const TrainingReport& training = report.target.training;
  return concat(encoder_name(report), " learned ",
                counted(static_cast<std::int64_t>(report.target.data.labels.size()), "label", "labels"), " from ",
                counted(training.examples, "text", "texts"), " in ", duration(training.seconds), " and answers ",
                percent(figures.accuracy), " of ", counted(figures.examples, "text", "texts"), " rightly.",
                compared_with_floors(figures, report.baselines));
}

void add_result(Markdown& out, const RunReport& report) {
  const EvaluationReport* figures = figures_of(report);
  const std::string name = target_name(report);
  if (figures == nullptr || figures->examples == 0) {
    out.heading(1, name + ": adapted, not tested");
    out.paragraph(
        "There is no test file, and there were too few training texts to cross-validate: how well this model answers "
        "is "
        "unknown. Name a labelled file as target.test.");
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

std::optional<double> score_of(const KeepReport& keep, double share) {
  const auto found = std::find_if(keep.candidates.begin(), keep.candidates.end(),
                                  [&](const KeepCandidate& candidate) { return candidate.share == share; });
  return found == keep.candidates.end() ? std::nullopt : std::optional(found->score);
}

/// What the source stage did for the target, whichever way it went.
std::string source_effect(const SourceReport& source) {
  const KeepReport& keep = source.keep;
  const std::string share = percent(keep.chosen);
  const auto without = score_of(keep, 0);
  const auto with = score_of(keep, keep.chosen);
  if (keep.automatic && keep.chosen == 0) {
    return concat("It did not help: no share of its weights scored above the pretrained encoder",
                  without ? concat(" (", percent(*without), ")") : "",
                  " in cross-validated probes on the target's training texts, so the target starts from the "
                  "pretrained weights.");
  }
  if (!without || !with) {
    return concat(share,
                  " of its change to the weights was kept, as configured; its effect on the target was not "
                  "measured.");
  }
  const double gain = *with - *without;
  const std::string difference = gain == 0 ? "no difference" : points(gain) + (gain > 0 ? " more" : " fewer");
  return concat(
      share,
      " of its change to the weights was kept: cross-validated probes on the target's training texts "
      "score ",
      percent(*with), " with it and ", percent(*without), " without, ", difference,
      keep.automatic ? ". The share was chosen by these scores, which flatters the difference a little." : ".");
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
    add_training(out, source.stage->policy, source.stage->training);
    if (const auto& test = source.stage->test) {
      out.paragraph(concat("On its own test file: ", percent(test->accuracy), " accuracy (95% interval ") +
                    interval_text(test->accuracy_ci95) + concat("), macro F1 ", fixed(test->macro.f1, 3), "."));
    }
  }
  if (source.keep.candidates.empty()) return;
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
  out.list({concat("transfer-tune ", environment.program_version, ", LibTorch ", environment.libtorch_version,
                   ", CPU capability ", environment.cpu_capability),
            concat("seed ", environment.seed),
            concat("encoder ", report.encoder.path, ": ", report.encoder.model_type, ", ",
                   counted(report.encoder.num_hidden_layers, "layer", "layers"), " of width ",
                   report.encoder.hidden_size, ", ", grouped(report.encoder.parameters), " parameters, texts up to ",
                   report.encoder.max_length, " tokens"),
            concat("head: ", report.head.type, report.head.normalize ? ", normalised" : ""),
            concat("peak memory ", mebibytes(timing.peak_rss_bytes), "; ", duration(timing.seconds_to_first_forward),
                   " from start to the first forward pass")});
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

  out.heading(2, "Data");
  add_data(out, report.target.data);
  out.heading(2, "Training");
  add_training(out, report.target.policy, report.target.training);
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
