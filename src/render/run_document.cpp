#include <cmath>
#include <string>
#include <vector>

#include "render/backends.hpp"
#include "render/html/document.hpp"
#include "render/result_words.hpp"
#include "render/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"
#include "transfer_tune/render/reports.hpp"

// The report of a run, and that of an evaluation: the result first, then what it rests on.

namespace tt::report {
namespace {

using Role = Paragraph::Role;

constexpr const char* kSelfContained = " One file: it loads nothing and runs no script.";

std::vector<Tiles::Tile> figure_tiles(const EvaluationReport& figures) {
  std::vector<Tiles::Tile> tiles;
  if (figures.multi_label) {
    tiles = set_tiles(figures);
  } else {
    tiles = {{"Accuracy", percent(figures.accuracy), concat("95% interval ", interval_words(figures.accuracy_ci95))},
             {"Macro F1", fixed(figures.macro.f1, 3), "each intent counts the same"},
             {"Among the first three", percent(figures.top3_accuracy), "right intent in the top 3"},
             {"Texts", grouped(figures.examples), "that the figures are about"}};
  }
  if (figures.languages && figures.languages->by_language.size() > 1) {
    const LanguagesReport& languages = *figures.languages;
    tiles.push_back({concat(languages.mean.languages, " languages"), percent(languages.mean.accuracy),
                     languages.zero_shot && languages.trained
                         ? concat("mean; zero-shot ", percent(languages.zero_shot->accuracy))
                         : std::string("mean, each counting the same")});
  }
  return tiles;
}

/// "3 of 4 texts right".
std::string right_of(const EvaluationReport& figures) {
  const auto right = std::llround(figures.accuracy * static_cast<double>(figures.examples));
  return concat(grouped(right), " of ", counted(figures.examples, "text", "texts"), " right");
}

Blocks run_header(const RunReport& report, const EvaluationReport* figures) {
  Blocks out;
  if (figures == nullptr) {
    out.paragraph(
        "There is no test file, and there were too few training texts to cross-validate: how well this model answers "
        "is unknown. Name a labelled file as target.test.",
        Role::lead);
  } else {
    out.paragraph(what_happened(report, *figures), Role::lead);
    add_gate_lead(out, report.gates);
    std::vector<Tiles::Tile> tiles = figure_tiles(*figures);
    tiles.push_back({"Training", duration(report.target.training.seconds),
                     concat(counted(report.target.training.examples, "text", "texts"), ", ",
                            mebibytes(report.timing.peak_rss_bytes), " peak memory")});
    out.tiles(tiles);
  }
  if (report.texts_left_out) out.paragraph(kTextsLeftOut, Role::note);
  return out;
}

void add_answers(std::vector<Section>& sections, const EvaluationReport& figures) {
  sections.push_back({"figures", "Further figures", figures_section(figures)});
  sections.push_back({"languages", "Languages", languages_section(figures)});
  if (!figures.multi_label) sections.push_back({"confusions", "Confusions", confusions_section(figures)});
  sections.push_back({"intents", "Labels, weakest F1 first",
                      figures.multi_label ? set_labels_section(figures) : labels_section(figures)});
  sections.push_back({"slices", "Slices", slices_section(figures)});
}

/// What `section` makes of `block` where there is one.
template <class Block, class Make>
Blocks where_there(const std::optional<Block>& block, const Make& make) {
  return block ? make(*block) : Blocks();
}

Document document_of(const RunReport& report, const std::string& resolved_config) {
  const EvaluationReport* figures = figures_of(report);
  if (figures != nullptr && figures->examples == 0) figures = nullptr;
  const std::string target = target_name(report);
  Document out;
  out.window_title = concat(
      target,
      figures != nullptr ? concat(": ", figures->multi_label ? headline(*figures) : percent(figures->accuracy)) : "",
      " – transfer-tune report");
  out.eyebrow = concat("transfer-tune · policy ", report.target.policy.name, " · ", report.started_at);
  out.title =
      name(target) + (figures != nullptr ? concat(": ", headline(*figures)) : std::string(": adapted, not tested"));
  out.header = run_header(report, figures);
  auto& sections = out.sections;
  if (figures != nullptr) sections.push_back({"result", "Result", result_section(report, *figures)});
  sections.push_back({"gates", "Quality gates", gates_section(report.gates)});
  sections.push_back({"warnings", "Warnings", warnings_section(report)});
  sections.push_back({"search", "Search", where_there(report.search, search_section)});
  sections.push_back({"training", "Training", training_section(report.target)});
  if (figures != nullptr) add_answers(sections, *figures);
  sections.push_back({"calibration", "Calibration", calibration_section(report)});
  sections.push_back({"out-of-scope", "Out of scope", where_there(report.out_of_scope, out_of_scope_section)});
  sections.push_back({"map", "Map of the texts", where_there(report.feature_map, [&](const FeatureMapReport& map) {
                        return feature_map_section(
                            map, report.target.data.labels,
                            figures != nullptr ? figures->confused_pairs : std::vector<ConfusedPairReport>{});
                      })});
  sections.push_back(
      {"suspects", "What looks wrong with the data", where_there(report.data_checks, data_checks_section)});
  sections.push_back({"data", "Data", data_section(report.target.data)});
  sections.push_back({"source", "Source stage", where_there(report.source, source_section)});
  sections.push_back({"environment", "Time and environment", environment_section(report)});
  sections.push_back({"reproduce", "How to run it again", reproduction_section(report, resolved_config)});
  out.footer = concat("The same figures, for programs, are in report.json.", kSelfContained);
  return out;
}

Document document_of(const EvaluationReport& report, const std::vector<GateReport>& gates) {
  const bool has_texts = report.examples > 0;
  Document out;
  out.window_title = concat(
      "Evaluation", has_texts ? concat(": ", report.multi_label ? headline(report) : percent(report.accuracy)) : "",
      " – transfer-tune");
  out.eyebrow = concat("transfer-tune evaluate · ", report.data_path);
  out.title = has_texts ? concat("Evaluation: ", headline(report)) : "Evaluation: no texts";
  if (has_texts) {
    out.header.paragraph(concat(right_of(report), "; 95% interval ", interval_words(report.accuracy_ci95), "."));
    out.header.tiles(figure_tiles(report));
    if (!report.data_path.empty()) {
      out.header.paragraph("Data: " + name(report.data_path) + concat(" (SHA-256 ", report.data_sha256, ")"));
    }
  }
  if (report.texts_left_out) out.header.paragraph(kTextsLeftOut, Role::note);
  out.sections.push_back({"gates", "Quality gates", gates_section(gates)});
  if (has_texts) add_answers(out.sections, report);
  out.footer = concat(report.data_sha256.empty() ? "" : concat("SHA-256 of the data: ", report.data_sha256, "."),
                      kSelfContained);
  return out;
}

/// Headings of a summary begin at the second level: a CI job's page has a first one already.
Blocks titled(const std::string& subject, const EvaluationReport* figures, const std::vector<GateReport>& gates) {
  const bool tested = figures != nullptr && figures->examples > 0;
  Blocks out;
  out.heading(2, concat(subject, ": ", tested ? headline(*figures) : "not tested",
                        gates.empty() ? "" : concat(", ", gate_verdict(gates))));
  return out;
}

}  // namespace

std::string to_markdown(const RunReport& report) { return markdown_of(document_of(report, "")); }
std::string to_html(const RunReport& report, const std::string& resolved_config) {
  return html::page_of(document_of(report, resolved_config));
}
std::string to_markdown(const EvaluationReport& report, const std::vector<GateReport>& gates) {
  return markdown_of(document_of(report, gates));
}
std::string to_html(const EvaluationReport& report, const std::vector<GateReport>& gates) {
  return html::page_of(document_of(report, gates));
}

std::string summary_markdown(const RunReport& report) {
  const EvaluationReport* figures = figures_of(report);
  Blocks out = titled(target_name(report), figures, report.gates);
  if (figures != nullptr && figures->examples > 0) {
    out.add(result_table(report, *figures));
    out.paragraph(concat(report.target.test ? "On " : "Cross-validated on ",
                         counted(figures->examples, "text", "texts"), report.target.test ? " of the test file" : "",
                         "; ", duration(report.timing.total_seconds), " in all."));
  }
  if (!report.gates.empty()) out.add(gate_table(report.gates));
  return markdown_of(out);
}

std::string summary_markdown(const EvaluationReport& report, const std::vector<GateReport>& gates) {
  Blocks out = titled("Evaluation", &report, gates);
  if (report.examples > 0) {
    if (report.multi_label) {
      out.add(sets_table("evaluated", report));
    } else {
      out.table("", {{"Accuracy"}, {"95% interval"}, {"Macro F1"}, {"Texts"}},
                {{strong(percent(report.accuracy)), interval_words(report.accuracy_ci95),
                  strong(fixed(report.macro.f1, 3)), grouped(report.examples)}});
    }
    out.paragraph("Data: " + name(report.data_path));
  }
  if (!gates.empty()) out.add(gate_table(gates));
  return markdown_of(out);
}

}  // namespace tt::report
