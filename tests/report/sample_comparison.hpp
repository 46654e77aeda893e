#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "transfer_tune/core/text.hpp"
#include "transfer_tune/judge/comparison.hpp"

namespace tt::report::tests {

/// Where a run of `texts` texts errs: `wrong` of them from `first` on.
struct Errors {
  std::size_t first = 0;
  std::size_t wrong = 0;
  std::size_t texts = 200;
};

inline FinishedRun sample_finished(const std::string& directory, std::uint64_t seed, const Errors& errors,
                                   double train_seconds = 10) {
  FinishedRun run;
  run.directory = directory;
  Answers answers;
  answers.data_sha256 = "5e55";
  for (std::size_t i = 0; i < errors.texts; ++i) {
    answers.indexes.push_back(i);
    answers.labels.emplace_back(i % 2 == 0 ? "card_lost" : "top_up");
    answers.correct.push_back(i >= errors.first && i < errors.first + errors.wrong ? 0 : 1);
  }
  run.answers = std::move(answers);
  RunSummary& summary = run.summary;
  summary.policy = "full";
  summary.seed = seed;
  summary.data_sha256 = "5e55";
  summary.texts = static_cast<std::int64_t>(errors.texts);
  summary.accuracy = static_cast<double>(errors.texts - errors.wrong) / static_cast<double>(errors.texts);
  summary.macro_f1 = summary.accuracy - 0.01;
  summary.train_seconds = train_seconds;
  summary.total_seconds = train_seconds + 2;
  summary.peak_rss_bytes = 512LL * 1024 * 1024;
  summary.trainable_parameters = 1234567;
  summary.encoder_sha256 = "c0ffee";
  summary.train_sha256 = "ab12";
  summary.train_texts = 20;
  summary.machine = "cpu, fp32, 2 threads, AVX2";
  run.checkpoint_bytes = 90LL * 1024 * 1024;
  return run;
}

inline ComparedArm sample_arm(const std::string& name, const std::vector<Errors>& errors, double train_seconds = 10) {
  ComparedArm arm{.name = name, .runs = {}};
  for (std::size_t i = 0; i < errors.size(); ++i) {
    arm.runs.push_back(sample_finished(concat("/runs/", name, i), i + 1, errors[i], train_seconds));
  }
  return arm;
}

inline ComparisonReport compared(const std::vector<ComparedArm>& arms) {
  return make_comparison(arms, {}, {.bootstrap_samples = 500, .seed = 7});
}

}  // namespace tt::report::tests
