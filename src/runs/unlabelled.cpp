#include "runs/unlabelled.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/random.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/data/checks.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace tt::runs {
namespace {

/// Drops the texts of `pool` that `file` holds too; returns how many.
std::size_t leave_out(data::Dataset& pool, const data::Dataset& file) {
  std::unordered_set<std::string> held;
  for (const auto* examples : {&file.examples, &file.out_of_scope}) {
    for (const data::Example& example : *examples) held.insert(data::fold_text(example.text));
  }
  return std::erase_if(pool.examples,
                       [&](const data::Example& example) { return held.contains(data::fold_text(example.text)); });
}

}  // namespace

data::Dataset read_pool(const config::DataConfig& config, bool quote) {
  data::ReadOptions options = read_options(config, "train", quote);
  options.labelled = false;
  return data::read_dataset(config.unlabelled.value(), options);
}

void leave_out_known(data::Dataset& pool, StageData& stage) {
  const std::string path = pool.path.string();
  std::vector<std::string>& warnings = stage.report.warnings;
  warnings.insert(warnings.end(), pool.warnings.begin(), pool.warnings.end());
  const std::vector<std::pair<const data::Dataset*, const char*>> files{
      {stage.test_texts ? &*stage.test_texts : nullptr, "test"},
      {stage.validation_texts ? &*stage.validation_texts : nullptr, "validation"},
      {&stage.train_texts, "training"}};
  for (const auto& [file, name] : files) {
    if (file == nullptr) continue;
    const std::size_t count = leave_out(pool, *file);
    if (count == 0) continue;
    const std::string found = concat(path, ": ", count, " unlabelled texts are ", name, " texts too (",
                                     file->path.filename().string(), "); they were left out");
    if (file == &stage.train_texts) {
      log_info(found);
    } else {
      warnings.push_back(found);
    }
  }
  if (pool.examples.empty()) {
    throw DataError(concat(path, ": every text is one of the labelled files too; expected others"));
  }
}

data::Dataset read_unlabelled(const config::DataConfig& config, StageData& stage, std::int64_t most, std::uint64_t seed,
                              bool quote) {
  data::Dataset pool = read_pool(config, quote);
  stage.report.unlabelled = describe(pool);
  leave_out_known(pool, stage);
  if (pool.examples.size() > static_cast<std::size_t>(most)) {
    std::vector<std::size_t> drawn(pool.examples.size());
    std::iota(drawn.begin(), drawn.end(), std::size_t{0});
    RandomStream stream(random_key(seed, RandomPurpose::unlabelled));
    shuffle(std::span(drawn), stream);
    drawn.resize(static_cast<std::size_t>(most));
    std::ranges::sort(drawn);
    log_info(
        concat(pool.path.string(), ": ", most, " of ", pool.examples.size(), " texts drawn (self_training.max_texts)"));
    keep(pool.examples, drawn);
  }
  stage.report.unlabelled->used = static_cast<std::int64_t>(pool.examples.size());
  return pool;
}

}  // namespace tt::runs
