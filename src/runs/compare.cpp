#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/report/comparison.hpp"
#include "transfer_tune/runs/commands.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <system_error>
#include <utility>

namespace tt::runs {
namespace {

namespace fs = std::filesystem;

/// `read` on a file's content, its errors with the file's name in front.
template <class Read>
auto read_named(const fs::path& file, const Read& read) {
  const std::string content = read_file(file, ErrorKind::data);
  try {
    return read(content);
  } catch (const DataError& error) {
    throw DataError(concat(file.string(), ": ", error.what()));
  }
}

/// Throws `DataError` where the answers are not those that the report counted.
void check_that_they_fit(const report::Answers& answers, const report::RunSummary& summary) {
  const auto right = std::accumulate(answers.correct.begin(), answers.correct.end(), std::int64_t{0});
  const auto texts = static_cast<std::int64_t>(answers.correct.size());
  const auto reported = std::llround(summary.accuracy * static_cast<double>(summary.texts));
  if (texts != summary.texts || right != reported || answers.data_sha256 != summary.data_sha256) {
    throw DataError(concat("found ", right, " of ", texts, " texts answered rightly, expected the ", reported, " of ",
                           summary.texts, " of report.json, from the same file"));
  }
}

void add_answers(report::FinishedRun& run, const fs::path& directory) {
  try {
    run.answers = read_named(directory / "predictions.jsonl", [&](const std::string& content) {
      report::Answers answers = report::read_answers(content);
      check_that_they_fit(answers, run.summary);
      return answers;
    });
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    run.no_answers = error.what();
  }
}

/// Of the files under `directory`; none where it cannot be listed.
std::optional<std::int64_t> size_of(const fs::path& directory) {
  std::error_code error;
  std::int64_t bytes = 0;
  fs::recursive_directory_iterator entry(directory, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (entry->is_regular_file(error)) bytes += static_cast<std::int64_t>(entry->file_size(error));
  }
  return error ? std::nullopt : std::optional(bytes);
}

report::FinishedRun read_run(const fs::path& directory) {
  report::FinishedRun run;
  run.directory = directory.string();
  run.summary = read_named(directory / "report.json", report::read_run_summary);
  add_answers(run, directory);
  run.checkpoint_bytes = size_of(directory / "checkpoint");
  return run;
}

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

void write(const report::ComparisonReport& report, const fs::path& directory, bool overwrite) {
  OutputDirectory out(directory, overwrite);
  write_file(out.partial() / "compare.json", report::to_json(report));
  write_file(out.partial() / "compare.md", report::to_markdown(report));
  out.commit();
}

}  // namespace

std::shared_ptr<const report::ComparisonReport> compare(const CompareOptions& options) {
  check(options);
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
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::data) throw;
        failed.push_back({arm.name, directory.string(), error.what()});
      }
    }
  }
  auto report = std::make_shared<const report::ComparisonReport>(report::make_comparison(
      arms, std::move(failed),
      {.bootstrap_samples = static_cast<std::size_t>(options.bootstrap_samples), .seed = options.seed}));
  if (!options.out.empty()) write(*report, options.out, options.overwrite);
  return report;
}

}  // namespace tt::runs
