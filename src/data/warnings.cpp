#include "transfer_tune/core/text.hpp"
#include "transfer_tune/data/checks.hpp"

#include <algorithm>
#include <iterator>

namespace tt::data {
namespace {

constexpr std::size_t kShownNames = 5;
constexpr double kImbalanceToWarnOf = 10.0;

std::string_view name_of(Part part) {
  switch (part) {
    case Part::train:
      return "training";
    case Part::validation:
      return "validation";
    case Part::test:
      return "test";
  }
  return {};
}

/// "1 label", "2 labels".
std::string counted(std::size_t count, std::string_view noun) {
  return concat(count, " ", noun, count == 1 ? "" : "s");
}

std::string listed(const std::vector<std::string>& names) {
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < std::min(names.size(), kShownNames); ++i) shown.push_back(quote(names[i]));
  const std::size_t left_out = names.size() - shown.size();
  return join(shown, ", ") + (left_out > 0 ? concat(" and ", left_out, " more") : "");
}

/// "training line 3 and test line 17".
std::string places_of(const Place& first, const Place& second) {
  return concat(name_of(first.part), " line ", first.line, " and ", name_of(second.part), " line ", second.line);
}

std::size_t conflicts_in(const std::vector<DuplicateGroup>& groups) {
  return static_cast<std::size_t>(std::ranges::count(groups, true, &DuplicateGroup::labels_conflict));
}

std::string conflict_note(std::size_t conflicts) {
  return conflicts == 0 ? "" : concat(", ", conflicts, " of them with different labels");
}

/// The first leak between two parts, as an example.
std::string example_of_leak(const Findings& findings, Part first, Part second) {
  for (const DuplicateGroup& group : findings.leaks) {
    const auto a = std::ranges::find(group.places, first, &Place::part);
    const auto b = std::ranges::find(group.places, second, &Place::part);
    if (a != group.places.end() && b != group.places.end()) {
      return concat(" (such as ", quote(group.text), ", ", places_of(*a, *b), ")");
    }
  }
  return {};
}

void warn_of_leaks(const Findings& findings, std::vector<std::string>& out) {
  const auto warn = [&](std::size_t count, std::size_t total, Part part, Part other, std::string_view consequence) {
    if (count == 0) return;
    out.push_back(concat(count, " of ", total, " ", name_of(part), " texts also occur in the ", name_of(other),
                         " data, apart from case, punctuation and white space", example_of_leak(findings, other, part),
                         ": ", consequence));
  };
  warn(findings.test_texts_in_train, findings.test_examples, Part::test, Part::train,
       "the test figures flatter the model by that much at most.");
  warn(findings.test_texts_in_validation, findings.test_examples, Part::test, Part::validation,
       "settings are chosen on texts that are tested.");
  warn(findings.validation_texts_in_train, findings.validation_examples, Part::validation, Part::train,
       "settings are chosen on texts that were trained on.");
  if (const std::size_t conflicts = conflicts_in(findings.leaks); conflicts > 0) {
    out.push_back(concat(counted(conflicts, "text"),
                         " that occur in more than one part have different labels there: ", "correct the labels."));
  }
}

void warn_of_training_duplicates(const Findings& findings, std::vector<std::string>& out) {
  if (findings.train_duplicates.empty()) return;
  const auto& groups = findings.train_duplicates;
  // A text with conflicting labels tells more than one that was merely copied.
  const auto worst = std::ranges::find(groups, true, &DuplicateGroup::labels_conflict);
  const DuplicateGroup& shown = worst == groups.end() ? groups.front() : *worst;
  out.push_back(concat(counted(groups.size(), "training text"), groups.size() == 1 ? " occurs" : " occur",
                       " more than once, apart from case, punctuation and ", "white space",
                       conflict_note(conflicts_in(groups)), " (such as ", quote(shown.text), ", ",
                       places_of(shown.places.front(), shown.places.back()), ")."));
}

void warn_of_unseen_labels(const Findings& findings, std::vector<std::string>& out) {
  for (const Part part : {Part::train, Part::validation, Part::test}) {
    std::vector<UnseenLabel> of_part;
    std::ranges::copy_if(findings.unseen_labels, std::back_inserter(of_part),
                         [&](const UnseenLabel& unseen) { return unseen.part == part; });
    if (of_part.empty()) continue;
    std::size_t examples = 0;
    for (const UnseenLabel& unseen : of_part) examples += unseen.examples;
    out.push_back(concat(counted(examples, "example"), " of the ", name_of(part), " data ",
                         examples == 1 ? "has a label" : "have labels",
                         " that the model cannot predict: ", describe_unseen_labels(of_part), "."));
  }
}

void warn_of_label_counts(const Findings& findings, const LabelMap& labels, std::vector<std::string>& out) {
  if (const auto& names = findings.labels_without_training; !names.empty()) {
    out.push_back(concat(counted(names.size(), "label"), names.size() == 1 ? " has" : " have",
                         " no training example: ", listed(names), "."));
  }
  if (const auto& names = findings.one_example_labels; !names.empty()) {
    out.push_back(concat(counted(names.size(), "label"), names.size() == 1 ? " has" : " have",
                         " a single training example, so that no example of it can be held out: ", listed(names), "."));
  }
  if (findings.imbalance() < kImbalanceToWarnOf) return;
  const auto& counts = findings.train_counts;
  const auto place = [&](auto iterator) { return static_cast<std::size_t>(iterator - counts.begin()); };
  const std::size_t commonest = place(std::ranges::max_element(counts));
  const auto rank = [](std::size_t count) { return count - 1; };  // none at all ranks last
  const std::size_t rarest = place(std::ranges::min_element(counts, {}, rank));
  out.push_back(concat("The labels are unevenly frequent: ", quote(labels.name(commonest)), " has ",
                       counted(counts[commonest], "training example"), ", ", quote(labels.name(rarest)), " has ",
                       counts[rarest], "; look at macro F1 beside accuracy, or set training.class_weights."));
}

void warn_of_names(const Findings& findings, std::vector<std::string>& out) {
  for (const auto& names : findings.similar_labels) {
    out.push_back(
        concat("The labels ", listed(names),
               " differ only in case, punctuation or white space: if they are meant as one, spell them alike."));
  }
  if (const auto& names = findings.padded_labels; !names.empty()) {
    out.push_back(concat(counted(names.size(), "label"), names.size() == 1 ? " begins or ends" : " begin or end",
                         " with white space, which is kept: ", listed(names), "."));
  }
}

}  // namespace

std::string describe_unseen_labels(const std::vector<UnseenLabel>& unseen) {
  std::vector<std::string> shown;
  for (const UnseenLabel& label : unseen) {
    if (shown.size() == kShownNames) break;
    shown.push_back(concat(quote(label.label), " (", label.examples, ", first at line ", label.line,
                           label.nearest ? concat("; meant ", quote(*label.nearest), "?") : "", ")"));
  }
  return join(shown, ", ") +
         (unseen.size() > shown.size() ? concat(" and ", unseen.size() - shown.size(), " more") : std::string());
}

std::vector<std::string> warnings(const Findings& findings, const LabelMap& labels) {
  std::vector<std::string> out;
  warn_of_leaks(findings, out);
  warn_of_training_duplicates(findings, out);
  warn_of_unseen_labels(findings, out);
  warn_of_label_counts(findings, labels, out);
  warn_of_names(findings, out);
  return out;
}

}  // namespace tt::data
