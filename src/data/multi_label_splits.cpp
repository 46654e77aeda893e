#include "transfer_tune/data/multi_label_splits.hpp"

#include "data/selection_rules.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/random.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <numeric>

namespace tt::data {
namespace {

constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

/// Examples of each label that occurs.
std::map<std::int32_t, std::size_t> count_labels(std::span<const LabelSet> labels) {
  std::map<std::int32_t, std::size_t> counts;
  for (const LabelSet& set : labels) {
    for (const std::int32_t label : set) ++counts[label];
  }
  return counts;
}

std::vector<std::size_t> drawn_order(std::size_t count, RandomPurpose purpose, std::uint64_t seed) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  RandomStream stream(random_key(seed, purpose));
  shuffle(std::span(order), stream);
  return order;
}

/// Deals examples to parts.
class Dealer {
 public:
  /// `dealt`: positions of the examples to deal; `shares`: of each part, 1 in all.
  Dealer(std::span<const LabelSet> labels, const std::vector<std::size_t>& dealt, std::vector<double> shares,
         RandomPurpose purpose, std::uint64_t seed)
      : labels_(labels), lacking_(shares.size()), ties_(random_key(seed, purpose, 0, 1)) {
    part_.assign(labels.size(), kNowhere);
    // A drawn order, so that equal examples do not go by their place in the file.
    for (const std::size_t i : drawn_order(labels.size(), purpose, seed)) {
      if (!std::ranges::binary_search(dealt, i)) continue;
      waiting_.push_back(i);
      for (const std::int32_t label : labels[i]) ++left_[label];
    }
    for (std::size_t part = 0; part < shares.size(); ++part) {
      lacking_[part].examples = shares[part] * static_cast<double>(dealt.size());
      for (const auto& [label, count] : left_) lacking_[part].of[label] = shares[part] * static_cast<double>(count);
    }
  }

  /// The part of each example; kNowhere for those that are not dealt.
  std::vector<std::size_t> deal() {
    while (!left_.empty()) {
      const std::int32_t rarest =
          std::ranges::min_element(left_, {}, [](const auto& each) { return each.second; })->first;
      for (const std::size_t i : waiting_) {
        if (part_[i] != kNowhere || std::ranges::find(labels_[i], rarest) == labels_[i].end()) continue;
        give(i, neediest([&](const Lacking& part) { return part.of.at(rarest); }));
      }
    }
    for (const std::size_t i : waiting_) {
      if (part_[i] == kNowhere) give(i, neediest([](const Lacking& part) { return part.examples; }));
    }
    return part_;
  }

 private:
  /// What a part is still to get.
  struct Lacking {
    double examples = 0;
    std::map<std::int32_t, double> of;  ///< by label
  };

  template <class Need>
  std::size_t neediest(const Need& need) {
    std::vector<std::size_t> best;
    const auto before = [&](std::size_t a, std::size_t b) {
      const Lacking& one = lacking_[a];
      const Lacking& other = lacking_[b];
      return need(one) != need(other) ? need(one) < need(other) : one.examples < other.examples;
    };
    for (std::size_t part = 0; part < lacking_.size(); ++part) {
      if (!best.empty() && before(part, best.front())) continue;
      if (!best.empty() && before(best.front(), part)) best.clear();
      best.push_back(part);
    }
    return best[best.size() == 1 ? 0 : static_cast<std::size_t>(ties_.below(best.size()))];
  }

  void give(std::size_t example, std::size_t part) {
    part_[example] = part;
    --lacking_[part].examples;
    for (const std::int32_t label : labels_[example]) {
      --lacking_[part].of[label];
      if (--left_[label] == 0) left_.erase(label);
    }
  }

  std::span<const LabelSet> labels_;
  std::vector<std::size_t> waiting_;
  std::vector<std::size_t> part_;
  std::map<std::int32_t, std::size_t> left_;  ///< examples of each label that are not dealt yet; none: no entry
  std::vector<Lacking> lacking_;
  RandomStream ties_;
};

/// Moves an example of every label that stands in one of the `held_out` parts alone to another part, so that the label
/// is trained on whatever is held out.
void spread(std::span<const LabelSet> labels, std::vector<std::size_t>& part, std::size_t parts, std::size_t held_out) {
  std::map<std::int32_t, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    for (const std::int32_t label : labels[i]) members[label].push_back(i);
  }
  for (const auto& [label, positions] : members) {
    const std::size_t first = part[positions.front()];
    const auto is_there = [&](std::size_t i) { return part[i] == first; };
    if (first >= held_out || positions.size() < 2 || !std::ranges::all_of(positions, is_there)) continue;
    part[positions.back()] = (first + 1) % parts;
  }
}

Split split_of(const std::vector<std::size_t>& part, std::size_t held_out) {
  Split split;
  for (std::size_t i = 0; i < part.size(); ++i) (part[i] == held_out ? split.held_out : split.train).push_back(i);
  return split;
}

}  // namespace

std::vector<std::size_t> divisible_examples(std::span<const LabelSet> labels) {
  const std::map<std::int32_t, std::size_t> counts = count_labels(labels);
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (std::ranges::all_of(labels[i], [&](std::int32_t label) { return counts.at(label) > 1; }))
      positions.push_back(i);
  }
  return positions;
}

Split stratified_split(std::span<const LabelSet> labels, double fraction, std::uint64_t seed) {
  check_fraction(fraction);
  Dealer dealer(labels, divisible_examples(labels), {fraction, 1 - fraction}, RandomPurpose::split, seed);
  std::vector<std::size_t> part = fraction > 0 ? dealer.deal() : std::vector(labels.size(), kNowhere);
  spread(labels, part, 2, 1);
  return split_of(part, 0);
}

std::vector<Split> stratified_folds(std::span<const LabelSet> labels, std::size_t folds, std::uint64_t seed) {
  if (folds < 2) throw InternalError(concat("cross-validation in ", folds, " folds: at least 2 are needed"));
  const std::vector<double> shares(folds, 1 / static_cast<double>(folds));
  std::vector<std::size_t> part = Dealer(labels, divisible_examples(labels), shares, RandomPurpose::folds, seed).deal();
  spread(labels, part, folds, folds);
  std::vector<Split> splits;
  splits.reserve(folds);
  for (std::size_t fold = 0; fold < folds; ++fold) splits.push_back(split_of(part, fold));
  return splits;
}

SelectionPlan plan_selection(std::span<const LabelSet> labels, double fraction) {
  check_fraction(fraction);
  if (fraction == 0.0) return {.reason = kNoSplitAsked};
  const std::map<std::int32_t, std::size_t> counts = count_labels(labels);
  const std::size_t divisible = divisible_examples(labels).size();
  const auto total = static_cast<std::size_t>(std::llround(fraction * static_cast<double>(divisible)));
  if (total >= std::max(kSmallestSplit, counts.size())) {
    return {.method = SelectionMethod::split,
            .reason = concat("Settings are chosen on ", total, " held-out training examples or so.")};
  }
  const std::string why = too_small(total, counts.size());
  const auto repeated = std::ranges::count_if(counts, [](const auto& each) { return each.second > 1; });
  if (repeated < 2 || divisible < kFolds) {
    return {.reason = concat(why,
                             ", and too few labels have two examples to cross-validate with: the defaults "
                             "stand.")};
  }
  const std::size_t alone = labels.size() - divisible;
  return {.method = SelectionMethod::cross_validation,
          .folds = kFolds,
          .reason = concat(why, ": they are chosen by cross-validation in ", kFolds, " folds",
                           alone == 0 ? std::string()
                                      : concat(" of ", divisible, " examples; the ", alone,
                                               " that hold the only one of a label train in every fold"),
                           ".")};
}

ShotSample sample_shots(std::span<const LabelSet> labels, std::size_t shots, std::uint64_t seed) {
  ShotSample sample;
  std::map<std::int32_t, std::size_t> taken;
  std::size_t without = 0;
  for (const std::size_t i : drawn_order(labels.size(), RandomPurpose::shots, seed)) {
    bool wanted = labels[i].empty() && without++ < shots;
    for (const std::int32_t label : labels[i]) wanted = taken[label]++ < shots || wanted;
    if (wanted) sample.indices.push_back(i);
  }
  std::ranges::sort(sample.indices);
  for (const auto& [label, count] : taken) {
    if (count < shots) sample.short_labels.push_back(label);
  }
  return sample;
}

}  // namespace tt::data
