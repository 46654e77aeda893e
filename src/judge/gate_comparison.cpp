#include "judge/gate_comparison.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "judge/gate_paths.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/evaluation/bootstrap.hpp"
#include "transfer_tune/evaluation/significance.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

using Json = nlohmann::ordered_json;

/// The figure of one report, with what it takes to compare it.
struct Side {
  double value = std::numeric_limits<double>::quiet_NaN();
  evaluation::Interval interval{};
  std::string data_sha256{};
  std::string problem{};  ///< why there is no such figure; empty: there is one
};

/// The path of the field `name` beside the figure at `path`.
std::vector<GateStep> sibling(std::span<const GateStep> path, const std::string& name) {
  std::vector<GateStep> out(path.begin(), path.end());
  out.back() = {GateStep::Kind::field, name};
  return out;
}

/// The text at `path`, which is made of fields; empty where there is none.
std::string text_at(const Json& report, std::span<const GateStep> path) {
  const Json* at = &report;
  for (const GateStep& step : path) {
    if (!at->is_object() || !at->contains(step.name)) return "";
    at = &(*at)[step.name];
  }
  return at->is_string() ? at->get<std::string>() : "";
}

Side side_of(const Json& report, const Json& schema, std::span<const GateStep> path) {
  const auto figure_at = [&](std::span<const GateStep> where) { return find_figures(report, schema, where).front(); };
  const GateFigure figure = figure_at(path);
  if (!figure.problem.empty()) return {.problem = figure.problem};
  std::vector<GateStep> bound = interval_path(path);
  const GateFigure low = figure_at(bound);
  bound.back().index = 1;
  const GateFigure high = figure_at(bound);
  for (const GateFigure& each : {low, high}) {
    if (!each.problem.empty()) return {.problem = each.problem};
  }
  return {.value = figure.value,
          .interval = {low.value, high.value},
          .data_sha256 = text_at(report, sibling(path, "data_sha256"))};
}

/// Why the subject's answers are not those behind the figure of `side`; empty when they are.
std::string strange_answers(const GateSubject& subject, const Side& side, const char* whose) {
  if (!subject.answers) return subject.no_answers.empty() ? "there are no answers" : subject.no_answers;
  const auto right = std::accumulate(subject.answers->correct.begin(), subject.answers->correct.end(), std::size_t{0});
  constexpr double kRounding = 1e-9;
  const double share = static_cast<double>(right) / static_cast<double>(subject.answers->correct.size());
  if (subject.answers->data_sha256 == side.data_sha256 && std::abs(share - side.value) < kRounding) return "";
  return concat("predictions.jsonl is not about ", whose, " figure");
}

struct Pairing {
  evaluation::Discordant texts{};  ///< a: this run, b: the baseline
  std::string problem{};           ///< why the answers cannot be paired
};

Pairing pair_answers(const Answers& current, const Answers& baseline) {
  if (current.indexes != baseline.indexes || current.labels != baseline.labels) {
    return {.problem = "the two runs did not answer the same texts"};
  }
  Pairing pairing;
  for (std::size_t i = 0; i < current.correct.size(); ++i) {
    pairing.texts.only_a += current.correct[i] > baseline.correct[i] ? 1 : 0;
    pairing.texts.only_b += current.correct[i] < baseline.correct[i] ? 1 : 0;
  }
  return pairing;
}

Pairing try_to_pair(const ComparedReport& current, const Side& now, const ComparedReport& baseline,
                    const Side& before) {
  if (now.data_sha256.empty() || now.data_sha256 != before.data_sha256) {
    return {.problem = "the figures are of different files (data_sha256)"};
  }
  if (auto problem = strange_answers(baseline.subject, before, "the baseline's"); !problem.empty()) {
    return {.problem = std::move(problem)};
  }
  if (auto problem = strange_answers(current.subject, now, "this run's"); !problem.empty()) {
    return {.problem = std::move(problem)};
  }
  return pair_answers(*current.subject.answers, *baseline.subject.answers);
}

std::string with_interval(const Side& side) {
  return concat(fixed(side.value, 3), " (", fixed(side.interval.low, 3), " to ", fixed(side.interval.high, 3), ")");
}

}  // namespace

std::vector<GateStep> interval_path(std::span<const GateStep> path) {
  std::vector<GateStep> out = sibling(path, path.back().name + "_ci95");
  out.push_back({GateStep::Kind::index, "", 0});
  return out;
}

Comparison compare(const ComparedReport& current, const ComparedReport& baseline, const Json& schema,
                   std::span<const GateStep> path) {
  const Side now = side_of(current.report, schema, path);
  if (!now.problem.empty()) return {.found = now.problem};
  const Side before = side_of(baseline.report, schema, path);
  if (!before.problem.empty()) return {.value = now.value, .found = "of the baseline: " + before.problem};

  const Pairing pairing = try_to_pair(current, now, baseline, before);
  if (!pairing.problem.empty()) {
    return {.passed = now.interval.high >= before.interval.low,
            .value = now.value,
            .found = concat(with_interval(now), " against ", with_interval(before),
                            "; compared by 95% intervals, as the answers cannot be paired: ", pairing.problem)};
  }
  const double p = evaluation::mcnemar_p(pairing.texts);
  return {.passed = pairing.texts.only_b <= pairing.texts.only_a || p >= evaluation::kSignificance,
          .value = now.value,
          .found = concat(fixed(now.value, 3), " against ", fixed(before.value, 3), "; of ",
                          counted(static_cast<std::int64_t>(current.subject.answers->correct.size()), "text", "texts"),
                          ", ", pairing.texts.only_a, " newly right and ", pairing.texts.only_b,
                          " newly wrong, McNemar's p ", p < 0.001 ? "< 0.001" : "= " + fixed(p, 3))};
}

}  // namespace tt::report
