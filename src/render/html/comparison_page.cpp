#include <string>

#include "render/html/comparison_sections.hpp"
#include "render/html/page.hpp"
#include "render/html/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"
#include "transfer_tune/render/reports.hpp"

// compare.html: the verdict first, then what it rests on.

namespace tt::report {

using html::element;
using html::Html;
using html::isolated;

std::string to_html(const ComparisonReport& report) {
  html::Page page;
  page.title = concat("Comparison of ", report.arms.size(), " arms – transfer-tune");
  page.header = element("p", {{"class", "eyebrow"}}, concat("transfer-tune compare · ", report.arms.size(), " arms"));
  page.header += report.recommended ? element("h1", Html("Ship ") + isolated(*report.recommended))
                                    : element("h1", "The texts do not say which to ship");
  page.header += element("p", {{"class", "lead"}}, report.verdict);
  page.header += html::gate_lead(report.gates);
  page.header += html::list({report.warnings.begin(), report.warnings.end()});
  page.sections = {{"learning-curves", "How many labels does it take?", html::learning_curves_section(report)},
                   {"savings", "What transfer saves", html::savings_section(report)},
                   {"source", "Did the source domain help?", html::source_effects_section(report)},
                   {"arms", "Accuracy and cost", html::costs_section(report)},
                   {"gates", "Quality gates", html::gates_section(report.gates)},
                   {"pairs", "Is the difference real?", html::pairs_section(report)},
                   {"failed", "Left out", html::failed_section(report)},
                   {"runs", "Runs", html::runs_section(report)},
                   {"method", "How to read this", html::method_section(report)}};
  page.footer = html::paragraph(
      "The same figures, for programs, are in compare.json. One file: it loads nothing and runs no script.");
  return html::document(page);
}

}  // namespace tt::report
