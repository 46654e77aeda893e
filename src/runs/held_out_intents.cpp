#include "runs/held_out_intents.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/random.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace tt::runs {
namespace {

constexpr std::size_t kPartHeldOut = 5;       ///< one label in so many
constexpr std::size_t kFewestHeldOut = 4;     ///< among fewer, a text's label is hardly ever mistaken
constexpr std::size_t kMostTextsALabel = 40;  ///< that are held out: they are encoded after every epoch

std::map<std::int32_t, std::size_t> counts_of(const training::EncodedSet& set) {
  std::map<std::int32_t, std::size_t> out;
  for (const std::int32_t label : set.labels) ++out[label];
  return out;
}

}  // namespace

void hold_out_intents(StageData& source, const config::ObjectiveConfig& objective, std::uint64_t seed) {
  const auto needed = static_cast<std::size_t>(objective.support + objective.query);
  std::vector<std::int32_t> labels;
  for (const auto& [label, count] : counts_of(source.train)) {
    if (count >= needed) labels.push_back(label);
  }
  const std::size_t usable = labels.size();
  if (usable < 2) {
    throw DataError(concat(source.report.train->path, ": found ", usable, " labels of ", needed,
                           " texts or more, expected two: /source/training/objective takes so many of each (support ",
                           objective.support, ", query ", objective.query, ")"));
  }
  const std::size_t held_out = usable / kPartHeldOut;
  source.split = {};
  source.selection = {};
  source.report.folds = 0;
  if (held_out < kFewestHeldOut) {
    source.report.validation_strategy = report::Validation::defaults;
    source.report.validation_reason =
        concat("With ", usable, " intents none are held out: a fifth of them would tell nothing, so all epochs train.");
    source.split.train = training::Texts(source.train).indices;
  } else {
    RandomStream stream(random_key(seed, RandomPurpose::held_out_intents));
    shuffle(std::span(labels), stream);
    labels.resize(held_out);
    std::ranges::sort(labels);
    const data::ShotSample some = data::sample_shots(source.train.labels, kMostTextsALabel, seed);
    for (std::size_t i = 0; i < source.train.size(); ++i) {
      if (!std::ranges::binary_search(labels, source.train.labels[i])) {
        source.split.train.push_back(i);
      } else if (std::ranges::binary_search(some.indices, i)) {
        source.split.held_out.push_back(i);
      }
    }
    source.report.validation_strategy = report::Validation::split;
    source.report.validation_reason =
        concat(held_out, " of the ", source.labels.size(),
               " intents are held out: every epoch, and the encoder before the first, is scored by how well ",
               objective.support == 1 ? "one text of such an intent tells"
                                      : concat(objective.support, " texts of such an intent tell"),
               " others of it from those of other held-out intents; the best is kept.");
  }
  log_info(concat(source.report.name, ": ", source.report.validation_reason));
  source.report.train_examples = static_cast<std::int64_t>(source.split.train.size());
  source.report.validation_examples = static_cast<std::int64_t>(source.split.held_out.size());
}

}  // namespace tt::runs
