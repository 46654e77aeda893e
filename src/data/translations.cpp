#include "transfer_tune/data/translations.hpp"

#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace tt::data {
namespace {

/// Changes of label in a row of texts, beyond those that texts sorted by label have: chance hardly repeats as many.
constexpr std::size_t kToldByOrder = 10;

/// What each of the texts at `positions` is labelled with.
std::vector<std::string> labels_at(std::span<const Example> examples, const std::vector<std::size_t>& positions) {
  std::vector<std::string> labels;
  labels.reserve(positions.size());
  for (const std::size_t position : positions) labels.push_back(shown_labels(examples[position]));
  return labels;
}

bool order_tells(std::span<const std::string> labels) {
  std::size_t changes = 0;
  for (std::size_t i = 1; i < labels.size(); ++i) changes += labels[i] == labels[i - 1] ? 0 : 1;
  return changes >= std::set<std::string>(labels.begin(), labels.end()).size() + kToldByOrder;
}

}  // namespace

void Translations::keep(std::span<const std::size_t> positions) {
  if (sentences.empty()) return;
  std::vector<std::int32_t> kept;
  kept.reserve(positions.size());
  for (const std::size_t position : positions) kept.push_back(sentences.at(position));
  sentences = std::move(kept);
}

Translations find_translations(std::span<const Example> examples) {
  std::map<std::string, std::vector<std::size_t>> languages;
  for (std::size_t i = 0; i < examples.size(); ++i) languages[examples[i].language].push_back(i);
  if (languages.size() < 2) return {};
  const std::vector<std::size_t>& sentences =
      std::ranges::max_element(languages, {}, [](const auto& language) { return language.second.size(); })->second;
  const std::vector<std::string> expected = labels_at(examples, sentences);

  Translations out{.sentences = std::vector<std::int32_t>(examples.size(), -1), .languages = {}};
  for (const auto& [language, positions] : languages) {
    const std::vector<std::string> labels = labels_at(examples, positions);
    const bool same = std::ranges::equal(labels, std::span(expected).first(labels.size()));
    if (!same || !order_tells(labels)) continue;
    out.languages.push_back(language);
    for (std::size_t i = 0; i < positions.size(); ++i) out.sentences[positions[i]] = static_cast<std::int32_t>(i);
  }
  if (out.languages.size() < 2) return {};
  auto next = static_cast<std::int32_t>(sentences.size());
  for (std::int32_t& sentence : out.sentences) {
    if (sentence < 0) sentence = next++;
  }
  return out;
}

}  // namespace tt::data
