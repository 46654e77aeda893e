#include <cmath>

#include "report/format.hpp"
#include "report/html/comparison_sections.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::report::html {
namespace {

std::string labels_words(double labels) { return fixed(labels, std::abs(labels) < 10 ? 1 : 0); }

/// "≥ 12" where the arm without transfer never got there, "≤ 1" where it began there.
std::string bounded(const std::string& figure, Reach reach) {
  switch (reach) {
    case Reach::at_most:
      return "≤ " + figure;
    case Reach::more_than:
      return "> " + figure;
    case Reach::measured:
      break;
  }
  return figure;
}

Html savings_table(const ComparisonReport& report) {
  if (report.savings.empty()) return {};
  std::vector<std::vector<Html>> rows;
  for (const SavingReport& saving : report.savings) {
    rows.push_back({isolated(saving.arm), saving.shots ? std::to_string(*saving.shots) : "all", percent(saving.accuracy),
                    labels_words(saving.labels), bounded(labels_words(saving.needed_labels), saving.reach),
                    bounded(labels_words(saving.labels_saved), saving.reach), duration(saving.seconds),
                    bounded(duration(saving.needed_seconds), saving.reach)});
  }
  const std::string baseline = report.baseline_arm.value_or("the arm without transfer");
  return element("h3", Html("What transfer saves, beside ") + isolated(baseline)) +
         table(concat("Labels per intent and training time that ", baseline, " needs for the same accuracy"),
               {{"Arm", false},
                {"Texts kept"},
                {"Accuracy"},
                {"Labels per intent"},
                {concat(baseline, " needs")},
                {"Labels saved"},
                {"Training"},
                {concat(baseline, " takes")}},
               rows);
}

std::string needed_words(const ForecastReport& forecast) {
  if (std::isnan(forecast.labels)) return "not under this law";
  return concat(labels_words(forecast.labels), forecast.extrapolated ? ", extrapolated" : "");
}

std::string check_words(const ForecastReport& forecast) {
  if (!forecast.check) return "–";
  const ForecastCheckReport& check = *forecast.check;
  return concat("at ", labels_words(check.labels), ": ", percent(check.forecast), " (", percent(check.ci95.low), " to ",
                percent(check.ci95.high), "), measured ", percent(check.measured));
}

Html forecasts_table(const ComparisonReport& report) {
  if (report.forecasts.empty()) return {};
  std::vector<std::vector<Html>> rows;
  for (const ForecastReport& forecast : report.forecasts) {
    const evaluation::Interval& ci = forecast.labels_ci95;
    rows.push_back({isolated(forecast.arm), percent(forecast.target_accuracy), needed_words(forecast),
                    std::isnan(ci.low) ? std::string("–") : concat(labels_words(ci.low), " to ",
                                                                   std::isnan(ci.high) ? "no end" : labels_words(ci.high)),
                    labels_words(forecast.measured_labels), check_words(forecast)});
  }
  return element("h3", "How many labels a wanted accuracy takes") +
         table("Forecast by a power law fitted to each learning curve, and what it would have forecast of the last point",
               {{"Arm", false},
                {"Wanted accuracy"},
                {"Labels per intent"},
                {"95% interval"},
                {"Most measured"},
                {"Check on the last point", false}},
               rows);
}

}  // namespace

Html savings_section(const ComparisonReport& report) { return savings_table(report) + forecasts_table(report); }

Html source_effects_section(const ComparisonReport& report) {
  if (report.source_effects.empty()) return {};
  std::vector<std::vector<Html>> rows;
  std::vector<Html> sentences;
  for (const SourceEffectReport& effect : report.source_effects) {
    rows.push_back({isolated(effect.source), isolated(effect.with), isolated(effect.without),
                    effect.shots ? std::to_string(*effect.shots) : "all", fixed(100 * effect.difference, 1),
                    concat(fixed(100 * effect.ci95.low, 1), " to ", fixed(100 * effect.ci95.high, 1)),
                    fixed(effect.p_holm, 3), effect.helped ? "helped" : effect.hurt ? "hurt" : "undecided"});
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
