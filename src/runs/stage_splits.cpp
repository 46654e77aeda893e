#include "runs/stage_data.hpp"

#include <ATen/ATen.h>

#include <map>
#include <numeric>
#include <utility>

// Which of a stage's texts train and which are held out.

namespace tt::runs {
namespace {

/// Of texts with several labels each.
std::vector<data::LabelSet> label_sets(const training::Texts& texts) {
  const at::Tensor& targets = texts.set->targets;
  const auto labels = static_cast<std::size_t>(targets.size(1));
  std::vector<data::LabelSet> sets(texts.size());
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const float* row = targets.const_data_ptr<float>() + texts.indices[i] * labels;
    for (std::size_t label = 0; label < labels; ++label) {
      if (row[label] > 0) sets[i].push_back(static_cast<std::int32_t>(label));
    }
  }
  return sets;
}

/// The same where each text's language is one more label of it, to hold these out in proportion too.
std::vector<data::LabelSet> with_languages(const training::Texts& texts) {
  std::vector<data::LabelSet> sets = label_sets(texts);
  const std::vector<std::int32_t> languages = texts.languages();
  const auto labels = static_cast<std::int32_t>(texts.set->targets.size(1));
  for (std::size_t i = 0; i < languages.size(); ++i) {
    if (languages[i] >= 0) sets[i].push_back(labels + languages[i]);
  }
  return sets;
}

/// What is held out as one: a text, or a sentence in all the languages that it was put into.
class Units {
 public:
  explicit Units(const training::Texts& texts) : unit_of_(texts.size()) {
    const std::vector<std::int32_t> sentences = texts.sentences();
    std::map<std::int32_t, std::size_t> known;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      unit_of_[i] = sentences.empty() ? i : known.emplace(sentences[i], known.size()).first->second;
      if (unit_of_[i] == first_.size()) first_.push_back(i);
    }
  }

  /// Of values of the texts, those of each unit's first; nothing where there are none.
  template <class T>
  [[nodiscard]] std::vector<T> of(const std::vector<T>& values) const {
    std::vector<T> out;
    if (values.empty()) return out;
    out.reserve(first_.size());
    for (const std::size_t text : first_) out.push_back(values[text]);
    return out;
  }

  /// The texts of some units, ascending.
  [[nodiscard]] std::vector<std::size_t> texts(const std::vector<std::size_t>& units) const {
    std::vector<bool> wanted(first_.size(), false);
    for (const std::size_t unit : units) wanted[unit] = true;
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < unit_of_.size(); ++i) {
      if (wanted[unit_of_[i]]) out.push_back(i);
    }
    return out;
  }
  [[nodiscard]] data::Split texts(const data::Split& split) const {
    return {.train = texts(split.train), .held_out = texts(split.held_out)};
  }

 private:
  std::vector<std::size_t> unit_of_;  ///< of each text
  std::vector<std::size_t> first_;    ///< each unit's first text
};

std::vector<data::Split> usable(std::vector<data::Split> splits) {
  std::erase_if(splits, [](const data::Split& split) { return split.held_out.empty(); });
  return splits;
}

}  // namespace

void choose_selection(StageData& stage, const config::DataConfig& config, std::uint64_t seed) {
  if (stage.validation) {
    stage.report.validation_strategy = report::Validation::given;
    stage.split.train.resize(stage.train.size());
    std::iota(stage.split.train.begin(), stage.split.train.end(), std::size_t{0});
    return;
  }
  const bool sets = stage.train.multi_label;
  const Units units(stage.train);
  const auto split = [&](double fraction) {
    return units.texts(
        sets ? data::stratified_split(units.of(with_languages(stage.train)), fraction, seed)
             : data::stratified_split(units.of(stage.train.labels), fraction, seed, units.of(stage.train.languages)));
  };
  stage.selection = sets ? data::plan_selection(units.of(label_sets(stage.train)), config.validation_fraction)
                         : data::plan_selection(units.of(stage.train.labels), config.validation_fraction);
  stage.report.validation_reason = stage.selection.reason;
  switch (stage.selection.method) {
    case data::SelectionMethod::split:
      stage.report.validation_strategy = report::Validation::split;
      stage.split = split(config.validation_fraction);
      return;
    case data::SelectionMethod::cross_validation:
      stage.report.validation_strategy = report::Validation::cross_validation;
      stage.report.folds = static_cast<std::int64_t>(stage.selection.folds);
      break;
    case data::SelectionMethod::defaults:
      stage.report.validation_strategy = report::Validation::defaults;
      break;
  }
  stage.split = split(0);
}

std::vector<data::Split> usable_folds(std::span<const std::int32_t> labels, std::size_t folds, std::uint64_t seed) {
  return usable(data::stratified_folds(labels, folds, seed));
}

std::vector<data::Split> usable_folds(const training::Texts& texts, std::size_t folds, std::uint64_t seed) {
  const Units units(texts);
  std::vector<data::Split> splits =
      usable(texts.set->multi_label
                 ? data::stratified_folds(units.of(with_languages(texts)), folds, seed)
                 : data::stratified_folds(units.of(texts.labels()), folds, seed, units.of(texts.languages())));
  for (data::Split& split : splits) split = units.texts(split);
  return splits;
}

data::ShotSample sample_shots(const training::EncodedSet& set, std::size_t shots, std::uint64_t seed) {
  return set.multi_label ? data::sample_shots(label_sets(set), shots, seed)
                         : data::sample_shots(set.labels, shots, seed);
}

std::vector<std::size_t> cross_validated_texts(const training::EncodedSet& set) {
  const Units units(set);
  if (set.multi_label) return units.texts(data::divisible_examples(units.of(label_sets(set))));
  const std::vector<std::int32_t> labels = units.of(set.labels);
  std::map<std::int32_t, std::size_t> counts;
  for (const std::int32_t label : labels) ++counts[label];
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (counts[labels[i]] > 1) positions.push_back(i);
  }
  return units.texts(positions);
}

}  // namespace tt::runs
