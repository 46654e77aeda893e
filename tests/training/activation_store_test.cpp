#include "transfer_tune/training/activation_store.hpp"
#include "support/messages.hpp"

#include "support/temporary_directory.hpp"
#include "training/toy.hpp"
#include "transfer_tune/core/files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using namespace tt;
using namespace tt::training;
using tests::holds;
using tests::kLayers;
using tests::kPad;
using tests::TemporaryDirectory;

/// A store that counts what it had to compute.
class Counted {
 public:
  explicit Counted(ActivationStoreOptions options = {}) : store_(std::move(options)) {}

  PrefixCache get(const model::Classifier& classifier, const EncodedSet& set, std::int64_t depth) {
    bool ran = false;
    PrefixCache cache = store_.get(classifier, set, depth, kPad, "", [&](const Progress&) { ran = true; });
    computed += ran ? 1 : 0;
    return cache;
  }
  [[nodiscard]] double reused_seconds() const { return store_.reused_seconds(); }

  int computed = 0;

 private:
  ActivationStore store_;
};

std::vector<fs::path> files_in(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory)) files.push_back(entry.path());
  return files;
}

constexpr std::int64_t kEverything = kLayers + 1;

TEST(ActivationStore, ComputesOnceAndGivesWhatRunPrefixGives) {
  const EncodedSet set = tests::toy_set(17, 2);
  const model::Classifier classifier = tests::toy_classifier(tests::kMeanHead);
  Counted store;
  for (std::int64_t depth = 1; depth <= kEverything; ++depth) {
    const PrefixCache expected = run_prefix(classifier, set, depth, kPad, "", {});
    for (int round = 0; round < 2; ++round) {
      const PrefixCache cache = store.get(classifier, set, depth);
      EXPECT_TRUE(at::equal(cache.rows, expected.rows)) << depth;
      EXPECT_EQ(cache.offsets, expected.offsets) << depth;
      EXPECT_EQ(cache.depth, depth);
    }
    EXPECT_EQ(store.computed, depth);
  }
}

TEST(ActivationStore, TheNextRunFindsTheSameBitsOnDisk) {
  const TemporaryDirectory directory;
  const EncodedSet set = tests::toy_set(17, 2);
  const model::Classifier classifier = tests::toy_classifier(tests::kNativeHead);
  Counted first({.directory = directory.path() / "kept", .environment = "a"});
  Counted second({.directory = directory.path() / "kept", .environment = "a"});
  for (const std::int64_t depth : {std::int64_t{2}, kEverything}) {
    const at::Tensor rows = first.get(classifier, set, depth).rows;
    EXPECT_TRUE(at::equal(second.get(classifier, set, depth).rows, rows)) << depth;
  }
  EXPECT_EQ(first.computed, 2);
  EXPECT_EQ(second.computed, 0);
  EXPECT_EQ(first.reused_seconds(), 0);
  const double spared = second.reused_seconds();
  EXPECT_GT(spared, 0);
  (void)second.get(classifier, set, kEverything);  // from memory, not from disk
  EXPECT_EQ(second.reused_seconds(), spared);
  Counted elsewhere({.directory = directory.path() / "kept", .environment = "b"});
  (void)elsewhere.get(classifier, set, kEverything);
  EXPECT_EQ(elsewhere.computed, 1);
}

TEST(ActivationStore, HalfTheRoomKeepsWhatBf16CanHold) {
  const TemporaryDirectory directory;
  const EncodedSet set = tests::toy_set(17, 2);
  const model::Classifier classifier = tests::toy_classifier(tests::kMeanHead);
  const auto options = [&](bool bf16) {
    return ActivationStoreOptions{.directory = directory.path() / "kept", .bf16 = bf16};
  };
  Counted exact(options(false));
  Counted half(options(true));
  const PrefixCache all = exact.get(classifier, set, 2);
  const PrefixCache rounded = half.get(classifier, set, 2);
  EXPECT_EQ(half.computed, 1);  // what is kept on disk is of the other type
  EXPECT_TRUE(at::equal(rounded.rows, all.rows.to(at::kBFloat16)));
  EXPECT_TRUE(at::equal(half.get(classifier, set, kEverything).rows, exact.get(classifier, set, kEverything).rows));
  const std::vector<std::size_t> texts{3, 0, 16};
  const at::Tensor logits = forward(classifier, set, &rounded, texts, kPad, {}).logits;
  EXPECT_EQ(logits.scalar_type(), at::kFloat);
  EXPECT_LE((logits - forward(classifier, set, &all, texts, kPad, {}).logits).abs().max().item<double>(), 0.02);
}

TEST(ActivationStore, WhatAnEntryDependsOnIsTheFrozenPartAndTheTexts) {
  const EncodedSet set = tests::toy_set(17, 2);
  model::Classifier classifier = tests::toy_classifier(tests::kMeanHead);
  Counted store;
  const auto computes = [&](const EncodedSet& texts, std::int64_t depth) {
    const int before = store.computed;
    (void)store.get(classifier, texts, depth);
    return store.computed > before;
  };
  EXPECT_TRUE(computes(set, 2));
  const auto change = [&](const std::string& group) {
    for (model::Parameter& parameter : classifier.encoder().parameters()) {
      if (parameter.group == group) parameter.value = parameter.value + 0.01;
    }
  };
  change("layer.1");  // behind the first layer, which depth 2 ends with
  classifier.head_weight().add_(1);
  EXPECT_FALSE(computes(set, 2));
  change("layer.0");
  EXPECT_TRUE(computes(set, 2));
  change("embeddings");
  EXPECT_TRUE(computes(set, 2));
  EXPECT_TRUE(computes(set, 3));
  std::vector<std::size_t> swapped(set.size());
  std::iota(swapped.begin(), swapped.end(), std::size_t{0});
  std::swap(swapped[0], swapped[16]);
  EncodedSet others = subset(set, swapped);
  EXPECT_TRUE(computes(others, 2));
  others = set;
  others.labels.assign(others.size(), 0);
  EXPECT_FALSE(computes(others, 2));
  EXPECT_TRUE(computes(set, kEverything));
  const int exact = store.computed;
  (void)store.get(classifier.in_int8(1), set, 2);
  EXPECT_EQ(store.computed, exact + 1);
  model::Classifier native = tests::toy_classifier(tests::kNativeHead);
  native.encoder().parameters() = classifier.encoder().parameters();
  (void)store.get(native, set, kEverything);
  const int before = store.computed;
  (void)store.get(native, set, kEverything);
  EXPECT_EQ(store.computed, before);
}

/// A weight that the frozen part reads, in a group of its own: what is kept must not outlive a change of it.
TEST(ActivationStore, AnEntryDependsOnWhatItsPartReadsWhateverTheGroup) {
  const EncodedSet set = tests::toy_set(17, 2);
  model::Classifier classifier = tests::toy_classifier(tests::kMeanHead);
  for (model::Parameter& parameter : classifier.encoder().parameters()) {
    if (parameter.name == "encoder.layer.0.output.LayerNorm.bias") parameter.group = "norms";
  }
  Counted store;
  const at::Tensor before = store.get(classifier, set, 2).rows;
  for (model::Parameter& parameter : classifier.encoder().parameters()) {
    if (parameter.group == "norms") parameter.value = parameter.value + 1;
  }
  EXPECT_TRUE(at::equal(store.get(classifier, set, 2).rows, run_prefix(classifier, set, 2, kPad, "", {}).rows));
  EXPECT_EQ(store.computed, 2);
}

TEST(ActivationStore, ADamagedFileIsMadeAgain) {
  const TemporaryDirectory directory;
  const EncodedSet set = tests::toy_set(17, 2);
  const model::Classifier classifier = tests::toy_classifier(tests::kMeanHead);
  const at::Tensor expected = Counted({.directory = directory.path()}).get(classifier, set, kEverything).rows;
  ASSERT_EQ(files_in(directory.path()).size(), 1U);
  const fs::path file = files_in(directory.path()).front();
  const std::string whole = read_file(file, ErrorKind::internal);
  std::string flipped = whole;
  flipped[whole.size() - 100] ^= 1;  // one bit of one number
  for (const std::string& damaged : {whole.substr(0, 50), flipped}) {
    write_file(file, damaged);
    Counted again({.directory = directory.path()});
    EXPECT_TRUE(at::equal(again.get(classifier, set, kEverything).rows, expected));
    EXPECT_EQ(again.computed, 1);
    Counted after({.directory = directory.path()});
    EXPECT_TRUE(at::equal(after.get(classifier, set, kEverything).rows, expected));
    EXPECT_EQ(after.computed, 0);
  }
}

TEST(ActivationStore, ADirectoryThatCannotBeWrittenIsDoneWithout) {
  const TemporaryDirectory directory;
  write_file(directory.path() / "in_the_way", "a file");
  const EncodedSet set = tests::toy_set(5, 2);
  const model::Classifier classifier = tests::toy_classifier(tests::kMeanHead);
  Counted store({.directory = directory.path() / "in_the_way"});
  EXPECT_EQ(store.get(classifier, set, kEverything).rows.size(0), 5);
}

TEST(ActivationStore, TheLongestUnusedFilesGoFirst) {
  const TemporaryDirectory directory;
  const model::Classifier classifier = tests::toy_classifier(tests::kMeanHead);
  const EncodedSet a = tests::toy_set(17, 1);
  const EncodedSet b = tests::toy_set(17, 2);
  const EncodedSet c = tests::toy_set(17, 3);
  (void)Counted({.directory = directory.path()}).get(classifier, a, kEverything);
  const auto size = static_cast<std::int64_t>(fs::file_size(files_in(directory.path()).front()));
  const ActivationStoreOptions two{.directory = directory.path(), .disk_bytes = 2 * size};
  // Times apart as on a file system that counts in seconds.
  const auto age = [&] {
    for (const fs::path& file : files_in(directory.path()))
      fs::last_write_time(file, fs::last_write_time(file) - std::chrono::seconds(10));
  };
  age();
  (void)Counted(two).get(classifier, b, kEverything);
  age();
  EXPECT_EQ(files_in(directory.path()).size(), 2U);
  // `a` is used again, so that `b` goes when `c` comes.
  (void)Counted(two).get(classifier, a, kEverything);
  (void)Counted(two).get(classifier, c, kEverything);
  EXPECT_EQ(files_in(directory.path()).size(), 2U);
  Counted after(two);
  (void)after.get(classifier, a, kEverything);
  EXPECT_EQ(after.computed, 0);
  (void)after.get(classifier, b, kEverything);
  EXPECT_EQ(after.computed, 1);
}

TEST(ActivationStore, WhatIsTooLargeForMemoryIsMapped) {
  const TemporaryDirectory directory;
  const EncodedSet set = tests::toy_set(17, 2);
  const model::Classifier classifier = tests::toy_classifier(tests::kMeanHead);
  Counted store({.directory = directory.path(), .memory_bytes = 100});
  const PrefixCache cache = store.get(classifier, set, 2);
  EXPECT_TRUE(at::equal(cache.rows, run_prefix(classifier, set, 2, kPad, "", {}).rows));
  EXPECT_TRUE(at::equal(store.get(classifier, set, 2).rows, cache.rows));
  EXPECT_EQ(store.computed, 1);
  std::ifstream maps("/proc/self/maps");
  const std::string mapped{std::istreambuf_iterator<char>(maps), {}};
  EXPECT_TRUE(holds(mapped, "/rows."));
  EXPECT_EQ(files_in(directory.path()).size(), 1U) << "the mapped file has no name";
}

TEST(ActivationStore, WhereNothingCanBeMappedMemoryServes) {
  const EncodedSet set = tests::toy_set(17, 2);
  const model::Classifier classifier = tests::toy_classifier(tests::kMeanHead);
  Counted store({.directory = "/proc/no-such-place", .memory_bytes = 100});
  EXPECT_TRUE(at::equal(store.get(classifier, set, 2).rows, run_prefix(classifier, set, 2, kPad, "", {}).rows));
}

}  // namespace
