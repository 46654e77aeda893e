#include <string>
#include <vector>

#include "render/html/page.hpp"
#include "render/html/sections/sections.hpp"
#include "render/result_sections.hpp"
#include "render/result_words.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"
#include "transfer_tune/render/reports.hpp"

// report.html: the result first, then what it rests on.

namespace tt::report {
namespace {

using html::element;
using html::Html;
using html::isolated;
using html::paragraph;

Html eyebrow(const Html& content) { return element("p", {{"class", "eyebrow"}}, content); }
Html lead(const Html& content) { return element("p", {{"class", "lead"}}, content); }

Html header_of(const RunReport& report, const EvaluationReport* figures) {
  const Html name = isolated(target_name(report));
  const Html above = eyebrow(concat("transfer-tune · policy ", report.target.policy.name, " · ", report.started_at));
  if (figures == nullptr) {
    return above + element("h1", name + ": adapted, not tested") +
           lead(
               "There is no test file, and there were too few training texts to cross-validate: how well this model "
               "answers is unknown. Name a labelled file as target.test.");
  }
  std::vector<html::Tile> tiles = html::figure_tiles(*figures);
  tiles.push_back({"Training", duration(report.target.training.seconds),
                   concat(counted(report.target.training.examples, "text", "texts"), ", ",
                          mebibytes(report.timing.peak_rss_bytes), " peak memory")});
  Html out = above + element("h1", name + concat(": ", percent(figures->accuracy), " accuracy")) +
             lead(what_happened(report, *figures));
  return out + html::gate_lead(report.gates) + html::tiles(tiles);
}

Html footer_of(const std::string& what) {
  return paragraph(concat(what, " One file: it loads nothing and runs no script."));
}

/// What `section` makes of `block` where there is one.
template <class Block, class Make>
Html where_there(const std::optional<Block>& block, const Make& make) {
  return block ? make(*block) : Html();
}

std::vector<html::Section> answer_sections(const EvaluationReport& figures) {
  return {{"confusions", "What is confused", html::confusions_section(figures)},
          {"intents", "Intent by intent", html::labels_section(figures)},
          {"slices", "Slices", html::slices_section(figures)}};
}

}  // namespace

std::string to_html(const RunReport& report, const std::string& resolved_config) {
  const EvaluationReport* figures = figures_of(report);
  if (figures != nullptr && figures->examples == 0) figures = nullptr;
  html::Page page;
  page.title = concat(target_name(report), figures != nullptr ? concat(": ", percent(figures->accuracy)) : "",
                      " – transfer-tune report");
  page.header = header_of(report, figures);
  if (report.texts_left_out) page.header += html::note(kTextsLeftOut);
  auto& sections = page.sections;
  if (figures != nullptr) sections.push_back({"result", "Result", html::result_section(report, *figures)});
  sections.push_back({"gates", "Quality gates", html::gates_section(report.gates)});
  sections.push_back({"warnings", "Warnings", html::warnings_section(report)});
  sections.push_back({"training", "Training", html::training_section(report.target)});
  if (figures != nullptr) {
    for (html::Section& section : answer_sections(*figures)) sections.push_back(std::move(section));
  }
  sections.push_back({"calibration", "Can its probabilities be believed?",
                      where_there(report.calibration, html::calibration_section)});
  sections.push_back(
      {"out-of-scope", "When it should not answer", where_there(report.out_of_scope, html::out_of_scope_section)});
  sections.push_back({"map", "Map of the texts", where_there(report.feature_map, [&](const FeatureMapReport& map) {
                        return html::feature_map_section(
                            map, report.target.data.labels,
                            figures != nullptr ? figures->confused_pairs : std::vector<ConfusedPairReport>{});
                      })});
  sections.push_back(
      {"suspects", "What looks wrong with the data", where_there(report.data_checks, html::data_checks_section)});
  sections.push_back({"data", "Data", html::data_section(report.target.data)});
  sections.push_back({"source", "Source stage", where_there(report.source, html::source_section)});
  sections.push_back({"environment", "Time and environment", html::environment_section(report)});
  sections.push_back({"reproduce", "How to reproduce", html::reproduction_section(report, resolved_config)});
  page.footer = footer_of("The same figures, for programs, are in report.json.");
  return html::document(page);
}

std::string to_html(const EvaluationReport& report, const std::vector<GateReport>& gates) {
  html::Page page;
  const bool has_texts = report.examples > 0;
  page.title = concat("Evaluation", has_texts ? concat(": ", percent(report.accuracy)) : "", " – transfer-tune");
  page.header = eyebrow(concat("transfer-tune evaluate · ", report.data_path));
  page.header += element("h1", has_texts ? concat("Evaluation: ", percent(report.accuracy), " accuracy")
                                         : std::string("Evaluation: no texts"));
  if (has_texts) page.header += html::tiles(html::figure_tiles(report));
  if (report.texts_left_out) page.header += html::note(kTextsLeftOut);
  page.sections.push_back({"gates", "Quality gates", html::gates_section(gates)});
  if (has_texts) {
    for (html::Section& section : answer_sections(report)) page.sections.push_back(std::move(section));
  }
  page.footer = footer_of(report.data_sha256.empty() ? "" : concat("SHA-256 of the data: ", report.data_sha256, "."));
  return html::document(page);
}

}  // namespace tt::report
