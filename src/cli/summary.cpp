#include "cli/summary.hpp"

#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/run_report.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <optional>
#include <sstream>

namespace tt::cli {
namespace {

/// Three digits; "unknown" where undefined.
std::string figure(double value) {
  if (std::isnan(value)) return "unknown";
  std::ostringstream out;
  out << std::fixed << std::setprecision(3) << value;
  return std::move(out).str();
}

std::string int8_line(const std::optional<report::Int8Report>& int8) {
  if (!int8) return {};
  return concat("  8-bit integers: accuracy ", figure(int8->accuracy_int8), ", without ", figure(int8->accuracy_exact),
                ", on ", int8->texts, " of them\n");
}

/// Mean over languages, and the weakest.
std::string language_lines(const std::optional<report::LanguagesReport>& languages) {
  if (!languages || languages->by_language.size() < 2) return "";
  const report::LanguageMeanReport& mean = languages->mean;
  std::string out =
      concat("  languages: mean accuracy ", figure(mean.accuracy), " over ", mean.languages, " (95% interval ",
             figure(mean.accuracy_ci95.low), " to ", figure(mean.accuracy_ci95.high), ')');
  if (languages->trained && languages->zero_shot) {
    out +=
        concat("; in training ", figure(languages->trained->accuracy), " over ", languages->trained->languages,
               ", not in training ", figure(languages->zero_shot->accuracy), " over ", languages->zero_shot->languages);
  }
  const auto weakest = std::ranges::min_element(languages->by_language, {}, &report::LanguageReport::accuracy);
  const auto weak = std::ranges::count_if(languages->by_language, &report::LanguageReport::weak);
  out += concat("\n    lowest: ", quote(weakest->language), ' ', figure(weakest->accuracy));
  if (weak > 0) out += concat("; weak, below the other texts beyond chance: ", weak);
  return out + '\n';
}

std::string test_lines(const report::EvaluationReport& test, const std::string& name, const char* what) {
  if (const auto& sets = test.multi_label) {
    return concat(name, ": micro F1 ", figure(test.micro.f1), " (95% interval ", figure(sets->micro_f1_ci95.low),
                  " to ", figure(sets->micro_f1_ci95.high), "), macro F1 ", figure(test.macro.f1),
                  ", mean average precision ", figure(sets->mean_average_precision), ", exactly right ",
                  figure(test.accuracy), ", on ", test.examples, ' ', what, '\n', language_lines(test.languages));
  }
  return concat(name, ": accuracy ", figure(test.accuracy), " (95% interval ", figure(test.accuracy_ci95.low), " to ",
                figure(test.accuracy_ci95.high), "), macro F1 ", figure(test.macro.f1), ", on ", test.examples, ' ',
                what, '\n', language_lines(test.languages), int8_line(test.int8));
}

std::string floor_line(const char* name, const std::optional<evaluation::Baseline>& baseline) {
  return baseline ? concat("  floor, ", name, ": accuracy ", figure(baseline->accuracy), '\n') : "";
}

std::string source_lines(const report::SourceReport& source) {
  std::string out = concat("  source stage", source.stage ? " on " + source.stage->data.name : "", ": share ",
                           figure(source.keep.chosen), " of it kept",
                           source.keep.automatic ? ", chosen by cross-validated probes:" : "", "\n");
  for (const auto& candidate : source.keep.candidates) {
    out += concat("    share ", figure(candidate.share), ": probe accuracy ", figure(candidate.score), "\n");
  }
  return out;
}

std::string calibration_line(const std::optional<report::CalibrationReport>& calibration) {
  if (!calibration || !calibration->before || !calibration->after) return "";
  return concat("  calibration: temperature ", figure(calibration->temperature), ", error ",
                figure(calibration->before->ece), " before it and ", figure(calibration->after->ece), " with it\n");
}

std::string out_of_scope_line(const std::optional<report::OutOfScopeReport>& report) {
  if (!report || report->test_in_scope == 0 || report->test_out_of_scope == 0) return "";
  const report::ScopeScoreReport& chosen = report::chosen_score(*report);
  return concat("  out of scope: ", report::score_name(report->score), ", AUROC ", figure(chosen.auroc),
                "; its threshold rejects ", figure(chosen.out_of_scope_recall), " of ", report->test_out_of_scope,
                " such texts and keeps ", figure(chosen.in_scope_kept), " of the others\n");
}

}  // namespace

std::string summary(const report::RunReport& report, const std::filesystem::path& directory) {
  const std::string& name = report.target.data.name;
  std::string out;
  if (report.target.test) {
    out += test_lines(*report.target.test, name, "test texts");
  } else if (report.cross_validation) {
    out += test_lines(*report.cross_validation, name, "training texts, cross-validated (there is no test file)");
  }
  out += floor_line("majority class", report.baselines.majority);
  out += floor_line("nearest label name, untrained", report.baselines.nearest_label_name);
  if (report.source) out += source_lines(*report.source);
  out += calibration_line(report.calibration);
  out += out_of_scope_line(report.out_of_scope);
  out += concat("  report: ", (directory / "report.html").string(), '\n');
  out += concat("  checkpoint: ", (directory / "checkpoint").string(), '\n');
  return out;
}

}  // namespace tt::cli
