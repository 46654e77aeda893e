#include "fuzz/fuzz_target.hpp"
#include "transfer_tune/core/files.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

// The fuzz targets without a fuzzer: over the seeds, and over every input that ever made one of them fail.

namespace tt::fuzz {

void PrintTo(const Target& target, std::ostream* out) { *out << target.name; }

namespace {

namespace fs = std::filesystem;

// What SECURITY.md states of each file, under sanitizers too.
constexpr double kMostSeconds = 5;
constexpr std::int64_t kMostKibibytes = std::int64_t{512} << 10U;

double processor_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::int64_t peak_kibibytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

std::vector<fs::path> inputs_of(const Target& target) {
  std::vector<fs::path> files;
  for (const char* kind : {"corpus", "findings"}) {
    const fs::path folder = fs::path(TT_SOURCE_DIR) / "tests/fuzz" / kind / target.name;
    if (!fs::exists(folder)) continue;
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

class Corpus : public testing::TestWithParam<Target> {};

TEST_P(Corpus, IsReadWithinTheBounds) {
  const std::vector<fs::path> inputs = inputs_of(GetParam());
  ASSERT_FALSE(inputs.empty());
  (void)run(GetParam(), "");
  for (const fs::path& input : inputs) {
    SCOPED_TRACE(input.string());
    const std::string content = read_file(input, ErrorKind::io);
    const std::int64_t memory = peak_kibibytes();
    const double start = processor_seconds();
    std::string refusal;
    EXPECT_NO_THROW(refusal = run(GetParam(), content));
    // In the report of --gtest_output=xml: a seed that is refused at once is of little use.
    RecordProperty(input.filename().string(), refusal.empty() ? "read" : refusal);
    EXPECT_LT(processor_seconds() - start, kMostSeconds);
    EXPECT_LT(peak_kibibytes() - memory, kMostKibibytes);
  }
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Corpus, testing::ValuesIn(targets()),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace tt::fuzz
