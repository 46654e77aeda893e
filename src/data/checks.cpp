#include "transfer_tune/data/checks.hpp"

#include "transfer_tune/core/text.hpp"

#include "data/reader.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace tt::data {
namespace {

constexpr std::size_t kNearestLookups = 20;

struct PartData {
  Part part;
  std::span<const Example> examples;
};
using Parts = std::array<PartData, 3>;

const Example& example_at(const Parts& parts, const Place& place) {
  return parts.at(static_cast<std::size_t>(place.part)).examples[place.index];
}

/// A text's folded form is kept as its hash alone: there may be a million texts, few of which occur twice.
struct HashedText {
  std::uint64_t hash;
  Place place;
};

bool before(const Place& a, const Place& b) { return std::pair(a.part, a.index) < std::pair(b.part, b.index); }

/// The places of each text that occurs more than once, in the order of its first.
std::vector<std::vector<Place>> repeated_texts(const Parts& parts) {
  std::vector<HashedText> texts;
  for (const PartData& data : parts) {
    for (std::size_t i = 0; i < data.examples.size(); ++i) {
      const std::string folded = fold_text(data.examples[i].text);
      texts.push_back({std::hash<std::string_view>{}(folded), {data.part, i, data.examples[i].line}});
    }
  }
  std::ranges::sort(texts, [](const HashedText& a, const HashedText& b) {
    return a.hash != b.hash ? a.hash < b.hash : before(a.place, b.place);
  });
  std::vector<std::vector<Place>> groups;
  for (auto begin = texts.begin(); begin != texts.end();) {
    const auto end = std::find_if(begin, texts.end(), [&](const HashedText& text) { return text.hash != begin->hash; });
    if (end - begin > 1) {
      // Texts of one hash are told apart by what was hashed.
      std::map<std::string, std::vector<Place>> places;
      for (auto text = begin; text != end; ++text) {
        places[fold_text(example_at(parts, text->place).text)].push_back(text->place);
      }
      for (auto& [folded, same] : places) {
        if (same.size() > 1) groups.push_back(std::move(same));
      }
    }
    begin = end;
  }
  std::ranges::sort(groups, before, [](const std::vector<Place>& places) { return places.front(); });
  return groups;
}

DuplicateGroup make_group(const Parts& parts, const std::vector<Place>& places) {
  DuplicateGroup group{example_at(parts, places.front()).text, places, false};
  std::optional<std::set<std::string_view>> labels;
  for (const Place& place : places) {
    const Example& example = example_at(parts, place);
    const auto names = label_names(example);
    if (names.empty() && !example.labels) continue;
    const std::set<std::string_view> others(names.begin(), names.end());
    group.labels_conflict = group.labels_conflict || (labels && *labels != others);
    labels = others;
  }
  return group;
}

void find_duplicates(const Parts& parts, Findings& findings) {
  for (const std::vector<Place>& places : repeated_texts(parts)) {
    const auto count = [&](Part part) {
      return static_cast<std::size_t>(std::ranges::count(places, part, &Place::part));
    };
    const std::size_t in_train = count(Part::train);
    const std::size_t in_validation = count(Part::validation);
    const std::size_t in_test = count(Part::test);
    if (in_train > 0) {
      findings.test_texts_in_train += in_test;
      findings.validation_texts_in_train += in_validation;
    }
    if (in_validation > 0) findings.test_texts_in_validation += in_test;
    if (in_train == places.size()) {
      findings.train_duplicates.push_back(make_group(parts, places));
    } else if (places.front().part != places.back().part) {
      findings.leaks.push_back(make_group(parts, places));
    }
  }
}

/// The label of `labels` that `name` may stand for: the same words, or the longest of those that `name` ends or begins
/// with, or the nearest spelling. Case and punctuation do not count.
std::optional<std::string> label_meant(const std::string& name, const std::vector<std::string>& labels) {
  const std::string folded = fold_text(name);
  std::map<std::string, std::string> by_folded;
  std::vector<std::string> candidates;
  const std::string* inside = nullptr;
  std::size_t longest = 0;
  for (const std::string& label : labels) {
    const std::string words = fold_text(label);
    if (words == folded) return label;
    if (words.size() > longest && (folded.ends_with(" " + words) || folded.starts_with(words + " "))) {
      longest = words.size();
      inside = &label;
    }
    by_folded.emplace(words, label);
    candidates.push_back(words);
  }
  if (inside != nullptr) return *inside;
  const auto nearest = nearest_of(folded, candidates);
  return nearest ? std::optional(by_folded.at(*nearest)) : std::nullopt;
}

void check_labels(const Parts& parts, const LabelMap& labels, Findings& findings) {
  for (const PartData& data : parts) {
    auto unseen = find_unseen_labels(data.part, data.examples, labels);
    std::ranges::move(unseen, std::back_inserter(findings.unseen_labels));
  }
  findings.train_counts.assign(labels.size(), 0);
  for (const Example& example : parts[0].examples) {
    for (const std::string& name : label_names(example)) {
      if (const auto id = labels.find(name)) ++findings.train_counts[static_cast<std::size_t>(*id)];
    }
  }
  for (std::size_t id = 0; id < labels.size(); ++id) {
    if (findings.train_counts[id] == 0) findings.labels_without_training.push_back(labels.name(id));
    if (findings.train_counts[id] == 1) findings.one_example_labels.push_back(labels.name(id));
  }
}

void check_names(const LabelMap& labels, Findings& findings) {
  std::map<std::string, std::vector<std::string>> by_folded;
  for (const std::string& name : labels.names()) {
    by_folded[fold_text(name)].push_back(name);
    if (is_blank(name.substr(0, 1)) || is_blank(name.substr(name.size() - 1))) findings.padded_labels.push_back(name);
  }
  for (auto& [folded, names] : by_folded) {
    if (names.size() > 1) findings.similar_labels.push_back(std::move(names));
  }
}

}  // namespace

double Findings::imbalance() const {
  std::size_t rarest = 0;
  std::size_t commonest = 0;
  for (const std::size_t count : train_counts) {
    if (count > 0 && (rarest == 0 || count < rarest)) rarest = count;
    commonest = std::max(commonest, count);
  }
  return rarest == 0 ? 1.0 : static_cast<double>(commonest) / static_cast<double>(rarest);
}

std::vector<UnseenLabel> find_unseen_labels(Part part, std::span<const Example> examples, const LabelMap& labels) {
  std::map<std::string_view, UnseenLabel> unseen;
  for (const Example& example : examples) {
    for (const std::string& name : label_names(example)) {
      if (labels.find(name)) continue;
      UnseenLabel& entry = unseen[name];
      if (entry.examples++ > 0) continue;
      entry.part = part;
      entry.label = name;
      entry.line = example.line;
    }
  }
  std::vector<UnseenLabel> sorted;
  sorted.reserve(unseen.size());
  for (auto& [label, entry] : unseen) sorted.push_back(std::move(entry));
  std::ranges::stable_sort(sorted, std::greater<>{}, &UnseenLabel::examples);
  for (std::size_t i = 0; i < std::min(sorted.size(), kNearestLookups); ++i) {
    sorted[i].nearest = label_meant(sorted[i].label, labels.names());
  }
  return sorted;
}

Findings check_data(std::span<const Example> train, std::span<const Example> validation, std::span<const Example> test,
                    const LabelMap& labels) {
  const Parts parts{{{Part::train, train}, {Part::validation, validation}, {Part::test, test}}};
  Findings findings;
  findings.train_examples = train.size();
  findings.validation_examples = validation.size();
  findings.test_examples = test.size();
  find_duplicates(parts, findings);
  check_labels(parts, labels, findings);
  check_names(labels, findings);
  return findings;
}

}  // namespace tt::data
