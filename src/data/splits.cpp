#include "transfer_tune/data/splits.hpp"

#include "data/selection_rules.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/random.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <map>
#include <utility>

namespace tt::data {
namespace {

/// The examples of each label: their positions, ascending or in a drawn order.
using Members = std::map<std::int32_t, std::vector<std::size_t>>;

Members group_by_label(std::span<const std::int32_t> labels) {
  Members members;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0) throw InternalError(concat("example ", i, " has no label id: splits need one for each"));
    members[labels[i]].push_back(i);
  }
  return members;
}

Members shuffled_by_label(std::span<const std::int32_t> labels, RandomPurpose purpose, std::uint64_t seed) {
  Members members = group_by_label(labels);
  for (auto& [label, positions] : members) {
    RandomStream stream(random_key(seed, purpose, static_cast<std::uint64_t>(label)));
    shuffle(std::span(positions), stream);
  }
  return members;
}

/// Turns marks (true: held out) into a split.
Split split_of(const std::vector<bool>& held_out) {
  Split split;
  for (std::size_t i = 0; i < held_out.size(); ++i) (held_out[i] ? split.held_out : split.train).push_back(i);
  return split;
}

/// How many examples a label gives to the held-out part.
struct Quota {
  std::int32_t label = 0;
  std::size_t count = 0;
  double remainder = 0.0;
};

std::size_t total_of(const std::vector<Quota>& quotas) {
  std::size_t total = 0;
  for (const Quota& quota : quotas) total += quota.count;
  return total;
}

/// Shares by the largest remainder, ties in a drawn order; every label keeps one example.
std::vector<Quota> held_out_quotas(const Members& members, double fraction, std::uint64_t seed) {
  std::vector<Quota> quotas;
  std::size_t examples = 0;
  for (const auto& [label, positions] : members) {
    examples += positions.size();
    const double share = fraction * static_cast<double>(positions.size());
    const std::size_t whole = std::min(static_cast<std::size_t>(share), positions.size() - 1);
    quotas.push_back({label, whole, share - std::floor(share)});
  }
  RandomStream lot(random_key(seed, RandomPurpose::split, 0, 1));
  shuffle(std::span(quotas), lot);
  std::ranges::stable_sort(quotas, std::greater<>{}, &Quota::remainder);

  const auto total = static_cast<std::size_t>(std::llround(fraction * static_cast<double>(examples)));
  std::size_t given = total_of(quotas);
  for (Quota& quota : quotas) {
    if (given >= total) break;
    if (quota.count + 1 >= members.at(quota.label).size()) continue;
    ++quota.count;
    ++given;
  }
  return quotas;
}

/// Draws of each label's examples those to hold out, languages in proportion.
class LanguageTurns {
 public:
  LanguageTurns(std::span<const std::int32_t> languages, double fraction)
      : languages_(languages), fraction_(fraction) {}

  /// The first `count` of one label's `positions`, as the languages take turns: the next is of that which lacks most of
  /// its share, here and in the labels before, so that what rounding takes from it in one it gets in another.
  std::vector<std::size_t> take(const std::vector<std::size_t>& positions, std::size_t count) {
    std::map<std::int32_t, std::deque<std::size_t>> waiting;
    for (const std::size_t position : positions) {
      waiting[languages_[position]].push_back(position);
      lacking_[languages_[position]] += fraction_;
    }
    std::vector<std::size_t> taken;
    while (taken.size() < count) {
      const auto next =
          std::ranges::max_element(waiting, {}, [&](const auto& language) { return lacking_.at(language.first); });
      taken.push_back(next->second.front());
      next->second.pop_front();
      lacking_.at(next->first) -= 1;
      if (next->second.empty()) waiting.erase(next);
    }
    return taken;
  }

 private:
  std::span<const std::int32_t> languages_;
  double fraction_;
  std::map<std::int32_t, double> lacking_;
};

void check_languages(std::span<const std::int32_t> labels, std::span<const std::int32_t> languages) {
  if (languages.empty() || languages.size() == labels.size()) return;
  throw InternalError(concat("splits: ", languages.size(), " languages of ", labels.size(), " examples"));
}

/// Labels with examples for both sides of a split, and their examples.
struct Divisible {
  std::size_t labels = 0;
  std::size_t examples = 0;
};

Divisible divisible(const Members& members) {
  Divisible out;
  for (const auto& [label, positions] : members) {
    if (positions.size() < 2) continue;
    ++out.labels;
    out.examples += positions.size();
  }
  return out;
}

}  // namespace

void check_fraction(double fraction) {
  if (!(fraction >= 0.0 && fraction < 1.0)) {
    throw InternalError(concat("validation fraction ", fraction, ": expected 0 to below 1"));
  }
}

std::string too_small(std::size_t total, std::size_t labels) {
  return concat("A validation split would hold only ", total, " examples for ", labels,
                " labels, too few to choose settings on");
}

Split stratified_split(std::span<const std::int32_t> labels, double fraction, std::uint64_t seed,
                       std::span<const std::int32_t> languages) {
  check_fraction(fraction);
  check_languages(labels, languages);
  const Members members = shuffled_by_label(labels, RandomPurpose::split, seed);
  LanguageTurns turns(languages, fraction);
  std::vector<bool> held_out(labels.size(), false);
  for (const Quota& quota : held_out_quotas(members, fraction, seed)) {
    const auto& positions = members.at(quota.label);
    if (!languages.empty()) {
      for (const std::size_t position : turns.take(positions, quota.count)) held_out[position] = true;
      continue;
    }
    for (std::size_t i = 0; i < quota.count; ++i) held_out[positions[i]] = true;
  }
  return split_of(held_out);
}

std::vector<Split> stratified_folds(std::span<const std::int32_t> labels, std::size_t folds, std::uint64_t seed,
                                    std::span<const std::int32_t> languages) {
  check_languages(labels, languages);
  if (folds < 2) throw InternalError(concat("cross-validation in ", folds, " folds: at least 2 are needed"));
  std::vector<std::vector<bool>> held_out(folds, std::vector<bool>(labels.size(), false));
  std::size_t next = 0;
  for (auto& [label, positions] : shuffled_by_label(labels, RandomPurpose::folds, seed)) {
    if (positions.size() < 2) continue;
    // Language by language, so that each of these is dealt to one fold after the other too.
    if (!languages.empty()) {
      std::ranges::stable_sort(positions, {}, [&](std::size_t position) { return languages[position]; });
    }
    // Dealing on from where the label before ended keeps both the folds and each label even.
    for (const std::size_t position : positions) held_out[next++ % folds][position] = true;
  }
  std::vector<Split> splits;
  splits.reserve(folds);
  for (const auto& marks : held_out) splits.push_back(split_of(marks));
  return splits;
}

SelectionPlan plan_selection(std::span<const std::int32_t> labels, double fraction) {
  check_fraction(fraction);
  const Members members = group_by_label(labels);
  if (fraction == 0.0) return {.reason = kNoSplitAsked};
  if (members.size() < 2) return {.reason = "Fewer than two labels: there is nothing to choose, the defaults stand."};
  // The number held out does not depend on the seed.
  const std::size_t total = total_of(held_out_quotas(members, fraction, 0));
  if (total >= std::max(kSmallestSplit, members.size())) {
    return {.method = SelectionMethod::split,
            .reason = concat("Settings are chosen on ", total, " held-out training examples.")};
  }
  const std::string why = too_small(total, members.size());
  const Divisible both = divisible(members);
  if (both.labels < 2) {
    return {.reason = concat(why, ", and ", both.labels == 0 ? "no label has" : "only one label has",
                             " two examples to cross-validate with: the defaults stand."),
            .lone_texts = true};
  }
  const std::size_t alone = members.size() - both.labels;
  const std::size_t folds = std::min(kFolds, both.examples);
  return {.method = SelectionMethod::cross_validation,
          .folds = folds,
          .reason = concat(why, ": they are chosen by cross-validation in ", folds, " folds",
                           alone == 0 ? std::string()
                                      : concat(" of the ", both.examples, " examples whose label has two or more; ",
                                               alone == 1 ? "1 label with a single example trains"
                                                          : concat(alone, " labels with a single example each train"),
                                               " in every fold, and nothing is known of how well"),
                           ".")};
}

ShotSample sample_shots(std::span<const std::int32_t> labels, std::size_t shots, std::uint64_t seed) {
  ShotSample sample;
  for (const auto& [label, positions] : shuffled_by_label(labels, RandomPurpose::shots, seed)) {
    const std::size_t taken = std::min(shots, positions.size());
    sample.indices.insert(sample.indices.end(), positions.begin(),
                          positions.begin() + static_cast<std::ptrdiff_t>(taken));
    if (taken < shots) sample.short_labels.push_back(label);
  }
  std::ranges::sort(sample.indices);
  return sample;
}

}  // namespace tt::data
