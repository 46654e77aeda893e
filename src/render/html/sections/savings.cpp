#include "render/comparison_tables.hpp"
#include "render/html/comparison_sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report::html {
namespace {

Html with_heading(const Html& title, const std::string& caption, const PlainTable& plain) {
  return plain.rows.empty() ? Html() : element("h3", title) + plain_table(caption, plain);
}

}  // namespace

Html savings_section(const ComparisonReport& report) {
  const std::string baseline = report.baseline_arm.value_or("the arm without transfer");
  return with_heading(Html("Labels and time saved beside ") + isolated(baseline),
                      concat("What ", baseline, " needs to be as accurate, read off its learning curve"),
                      savings_table(report)) +
         with_heading("How many labels a wanted accuracy takes",
                      "Forecast by a power law fitted to each learning curve; the interval says nothing of whether the "
                      "law still holds beyond what was measured",
                      forecasts_table(report));
}

Html source_effects_section(const ComparisonReport& report) {
  if (report.source_effects.empty()) return {};
  std::vector<std::vector<Html>> rows;
  std::vector<Html> sentences;
  for (const SourceEffectReport& effect : report.source_effects) {
    rows.push_back({isolated(effect.source), isolated(effect.with), isolated(effect.without),
                    effect.shots ? std::to_string(*effect.shots) : "all", fixed(100 * effect.difference, 1),
                    points_interval(effect.ci95), p_cell(effect.p_holm),
                    effect.helped ? "helped"
                    : effect.hurt ? "hurt"
                                  : "undecided"});
    sentences.emplace_back(effect.sentence);
  }
  return list(sentences) + table("Accuracy with the source stage less that without",
                                 {{"Source", false},
                                  {"With", false},
                                  {"Without", false},
                                  {"Texts per intent"},
                                  {"Difference, points"},
                                  {"95% interval"},
                                  {"p (Holm)"},
                                  {"Outcome", false}},
                                 rows);
}

}  // namespace tt::report::html
