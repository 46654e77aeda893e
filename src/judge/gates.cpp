#include "transfer_tune/judge/gates.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "judge/gate_comparison.hpp"
#include "judge/gate_paths.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/comparison_report.hpp"
#include "transfer_tune/record/format.hpp"
#include "transfer_tune/record/run_report.hpp"

namespace tt::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kNamedOmissions = 3;

Json make_schema(GateScope scope) {
  if (scope == GateScope::comparison) return Json::parse(comparison_schema_json());
  Json schema = Json::parse(report_schema_json());
  if (scope == GateScope::evaluation) schema["properties"] = {{"test", schema["properties"]["test"]}};
  return schema;
}

const Json& schema_of(GateScope scope) {
  static const std::map<GateScope, Json> kSchemas = [] {
    std::map<GateScope, Json> schemas;
    for (const GateScope each : {GateScope::run, GateScope::evaluation, GateScope::comparison}) {
      schemas.emplace(each, make_schema(each));
    }
    return schemas;
  }();
  return kSchemas.at(scope);
}

/// Three decimals, unless those would hide on which side of the bound the figure is.
std::string shown(const GateFigure& figure, const Gate& gate) {
  if (figure.is_count) return std::to_string(static_cast<std::int64_t>(figure.value));
  const std::string text = fixed(figure.value, 3);
  const double read_back = std::strtod(text.c_str(), nullptr);
  const bool misleads = holds(gate, read_back) != holds(gate, figure.value) || (read_back == 0 && figure.value != 0);
  return misleads ? shortest(figure.value) : text;
}

/// How far `value` is from failing: the least decides over a list.
double margin(const Gate& gate, double value) {
  switch (gate.comparison) {
    case GateOperator::at_least:
    case GateOperator::above:
      return value;
    case GateOperator::at_most:
    case GateOperator::below:
      return -value;
    case GateOperator::equal:
      return -std::abs(value - gate.bound);
  }
  return value;
}

const char* extreme_of(const Gate& gate) {
  if (gate.comparison == GateOperator::equal) return "farthest from it";
  const bool bounds_below = gate.comparison == GateOperator::at_least || gate.comparison == GateOperator::above;
  return bounds_below ? "lowest" : "highest";
}

std::string omissions(const std::vector<GateFigure>& undefined) {
  if (undefined.empty()) return "";
  std::vector<std::string> places;
  for (const GateFigure& figure : undefined) {
    if (places.size() == kNamedOmissions) {
      places.push_back(concat(undefined.size() - places.size(), " more"));
      break;
    }
    places.push_back(figure.place);
  }
  return concat("; left out as null: ", join(places, ", "));
}

GateReport failed(const Gate& gate, std::string why) {
  return {.gate = gate.text, .passed = false, .found = std::move(why)};
}

GateReport judge_every(const Gate& gate, std::vector<GateFigure> figures) {
  const auto wrong = std::find_if(figures.begin(), figures.end(), [](const GateFigure& figure) {
    return !figure.problem.empty() && !figure.undefined;
  });
  if (wrong != figures.end()) return failed(gate, wrong->problem);
  const auto middle = std::stable_partition(figures.begin(), figures.end(),
                                            [](const GateFigure& figure) { return figure.problem.empty(); });
  const std::vector<GateFigure> undefined(middle, figures.end());
  figures.erase(middle, figures.end());
  if (figures.empty()) {
    return failed(gate, undefined.empty() ? "the list has no entries"
                                          : concat("no entry has a value: ", undefined.front().problem));
  }
  const auto decisive = std::min_element(figures.begin(), figures.end(), [&](const GateFigure& a, const GateFigure& b) {
    return margin(gate, a.value) < margin(gate, b.value);
  });
  return {.gate = gate.text,
          .passed = holds(gate, decisive->value),
          .value = decisive->value,
          .found = concat(shown(*decisive, gate), " at ", decisive->place, ", the ", extreme_of(gate), " of ",
                          figures.size(), omissions(undefined))};
}

GateReport judge(const Gate& gate, const Json& report, const Json& schema) {
  std::vector<GateFigure> figures = find_figures(report, schema, gate.path);
  const bool is_every = std::any_of(gate.path.begin(), gate.path.end(),
                                    [](const GateStep& step) { return step.kind == GateStep::Kind::every; });
  if (is_every) return judge_every(gate, std::move(figures));
  const GateFigure& figure = figures.front();
  if (!figure.problem.empty()) return failed(gate, figure.problem);
  return {.gate = gate.text, .passed = holds(gate, figure.value), .value = figure.value, .found = shown(figure, gate)};
}

GateReport judge_against(const Gate& gate, const ComparedReport& current, const std::optional<ComparedReport>& baseline,
                         const Json& schema) {
  if (!baseline) return failed(gate, "there is no baseline to compare with");
  const Comparison comparison = compare(current, *baseline, schema, gate.path);
  return {.gate = gate.text, .passed = comparison.passed, .value = comparison.value, .found = comparison.found};
}

}  // namespace

std::string gate_problem(const Gate& gate, GateScope scope) {
  const Json& schema = schema_of(scope);
  std::string problem = find_path_problem(schema, gate.path);
  if (!problem.empty() || !gate.not_worse) return problem;
  if (scope == GateScope::comparison) return "not_worse goes with runs and evaluations; a comparison's pairs say it";
  const std::vector<GateStep> interval = interval_path(gate.path);
  if (find_path_problem(schema, interval).empty()) return "";
  return concat("not_worse compares by a 95% interval, and there is no ", to_string(interval),
                "; it takes accuracies, such as test.accuracy");
}

std::vector<GateReport> judge_gates(std::span<const Gate> gates, const GateSubject& subject,
                                    const std::optional<GateSubject>& baseline) {
  if (gates.empty()) return {};
  const ComparedReport current{Json::parse(subject.json), subject};
  std::optional<ComparedReport> older;
  if (baseline) older.emplace(ComparedReport{Json::parse(baseline->json), *baseline});
  std::vector<GateReport> out;
  out.reserve(gates.size());
  const Json& schema = schema_of(subject.scope);
  for (const Gate& gate : gates) {
    out.push_back(gate.not_worse ? judge_against(gate, current, older, schema) : judge(gate, current.report, schema));
  }
  return out;
}

}  // namespace tt::report
