#include "runs/finished_runs.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/render/reports.hpp"

#include <cmath>
#include <numeric>
#include <system_error>

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
  } catch (const DataError& error) {
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

}  // namespace

report::FinishedRun read_run(const fs::path& directory) {
  report::FinishedRun run;
  run.directory = directory.string();
  run.summary = read_named(directory / "report.json", report::read_run_summary);
  add_answers(run, directory);
  run.checkpoint_bytes = size_of(directory / "checkpoint");
  try {
    run.settings = read_named(directory / "config.resolved.json", report::read_run_settings);
  } catch (const DataError& error) {
    log_info(concat("what differs from other runs is not known: ", error.what()));
  }
  return run;
}

void write_comparison(const report::ComparisonReport& report, const fs::path& directory) {
  write_file(directory / "compare.json", report::to_json(report));
  write_file(directory / "compare.md", report::to_markdown(report));
  write_file(directory / "compare.html", report::to_html(report));
  if (report.gates.empty()) return;
  write_file(directory / "junit.xml", report::junit_xml(report.gates, "transfer-tune gates: comparison"));
}

}  // namespace tt::runs
