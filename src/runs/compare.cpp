#include "runs/finished_runs.hpp"
#include "runs/gates.hpp"
#include "runs/outputs.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/output_directory.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/judge/comparison.hpp"
#include "transfer_tune/runs/commands.hpp"

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

namespace tt::runs {
namespace {

namespace fs = std::filesystem;

/// An absolute path without links, as far as it exists, and without a slash at its end.
fs::path place_of(const fs::path& path) {
  std::error_code error;
  const fs::path place = fs::weakly_canonical(path, error);
  return place.has_filename() ? place : place.parent_path();
}

/// The name of a directory's last part.
std::string own_name(const fs::path& directory) { return place_of(directory).filename().string(); }

/// True when `inner` is `outer` or lies in it.
bool holds(const fs::path& outer, const fs::path& inner) {
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

void check(const CompareOptions& options) {
  if (options.arms.size() < 2) {
    throw UsageError(concat("found ", options.arms.size(), " arm to compare, expected two or more"));
  }
  const fs::path out = options.out.empty() ? fs::path() : place_of(options.out);
  std::set<fs::path> places;
  for (const Arm& arm : options.arms) {
    for (const fs::path& directory : arm.directories) {
      const fs::path place = place_of(directory);
      if (!places.insert(place).second) {
        throw UsageError(concat(directory.string(), ": named twice; a run cannot be compared with itself"));
      }
      if (!out.empty() && (holds(out, place) || holds(out.string() + ".partial", place))) {
        throw UsageError(concat(options.out.string(), ": writing there would remove the run in ", directory.string(),
                                "; choose another directory"));
      }
    }
  }
}

/// Each arm's name: its own, or its directory's; the path as it was given where two would share a name.
std::vector<std::string> names_of(const std::vector<Arm>& arms) {
  std::vector<std::string> names;
  names.reserve(arms.size());
  for (const Arm& arm : arms) names.push_back(arm.name.empty() ? own_name(arm.directories.front()) : arm.name);
  std::vector<std::string> unique = names;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    if (std::count(names.begin(), names.end(), names[i]) > 1 && arms[i].name.empty()) {
      unique[i] = arms[i].directories.front().string();
    }
  }
  std::set<std::string> seen;
  for (const std::string& name : unique) {
    if (!seen.insert(name).second) throw UsageError(concat("two arms are named ", quote(name)));
  }
  return unique;
}

std::vector<Input> runs_of(const CompareOptions& options) {
  std::vector<Input> runs;
  for (const Arm& arm : options.arms) {
    for (const fs::path& directory : arm.directories) runs.push_back({"the run", directory});
  }
  return runs;
}

}  // namespace

CompareResult compare(const CompareOptions& options) {
  check(options);
  const Gates gates(options.gates, std::nullopt, report::GateScope::comparison);
  const std::vector<std::string> names = names_of(options.arms);
  std::vector<report::ComparedArm> arms;
  std::vector<report::FailedRunReport> failed;
  arms.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    report::ComparedArm& arm = arms.emplace_back();
    arm.name = names[i];
    for (const fs::path& directory : options.arms[i].directories) {
      throw_if_interrupted();
      try {
        arm.runs.push_back(read_run(directory));
      } catch (const DataError& error) {
        failed.push_back({arm.name, directory.string(), error.what()});
      }
    }
  }
  report::ComparisonReport made = report::make_comparison(
      arms, std::move(failed),
      {.bootstrap_samples = static_cast<std::size_t>(options.bootstrap_samples), .seed = options.seed});
  report::add_source_effects(made, report::source_effects(made, arms));
  made.gates = gates.judge(report::gate_subject(made));
  auto report = std::make_shared<const report::ComparisonReport>(std::move(made));
  if (!options.out.empty()) {
    OutputDirectory out(options.out,
                        {.files = comparison_files(), .inputs = runs_of(options), .overwrite = options.overwrite});
    write_comparison(*report, out.partial());
    out.commit();
  }
  return {options.out, std::move(report)};
}

}  // namespace tt::runs
