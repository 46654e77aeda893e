#include "runs/earlier_classifier.hpp"

#include "transfer_tune/training/forward.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>

namespace tt::runs {
namespace {

/// By label of `labels`: whether the encoder's classifier knows it.
std::vector<bool> known_labels(const LoadedEncoder& loaded, const data::LabelMap& labels) {
  std::vector<bool> known(labels.size(), false);
  for (const std::string& label : loaded.directory.labels) {
    if (const auto id = labels.find(label)) known[static_cast<std::size_t>(*id)] = true;
  }
  return known;
}

/// Of the texts whose label is known, or of the others: how many there are, and the share answered rightly.
struct Tally {
  std::int64_t texts = 0;
  std::int64_t right = 0;

  void count(bool is_right) {
    ++texts;
    right += is_right ? 1 : 0;
  }
  [[nodiscard]] double accuracy() const {
    return texts > 0 ? static_cast<double>(right) / static_cast<double>(texts) : evaluation::kUndefined;
  }
};

}  // namespace

std::optional<report::EarlierClassifierReport> measure_earlier(const LoadedEncoder& loaded,
                                                               const data::LabelMap& labels,
                                                               const training::EncodedSet& texts, at::Device device,
                                                               const ProgressCallback& progress) {
  if (loaded.random_weights) return std::nullopt;
  const std::optional<StoredHead> head = stored_head(loaded);
  if (!head) return std::nullopt;
  const std::vector<std::string>& earlier = loaded.directory.labels;
  report::EarlierClassifierReport out;
  std::ranges::copy_if(earlier, std::back_inserter(out.forgotten),
                       [&](const std::string& label) { return !labels.find(label); });
  out.labels = static_cast<std::int64_t>(earlier.size() - out.forgotten.size());
  if (out.labels == 0) return std::nullopt;
  const std::vector<bool> known = known_labels(loaded, labels);
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts.labels[i] >= 0 && known[static_cast<std::size_t>(texts.labels[i])]) positions.push_back(i);
  }
  if (positions.empty()) return out;
  model::Classifier classifier = stored_classifier(loaded, *head);
  classifier.to(device);
  const at::Tensor answers = training::compute_logits(classifier, {texts, positions}, nullptr,
                                                      loaded.tokenizer.pad_id(), "the earlier classifier", progress)
                                 .argmax(1);
  const auto* answer = answers.const_data_ptr<std::int64_t>();
  Tally before;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    before.count(labels.find(earlier[static_cast<std::size_t>(answer[i])]) == texts.labels[positions[i]]);
  }
  out.accuracy_before = before.accuracy();
  return out;
}

void measure_since(report::EarlierClassifierReport& report, const LoadedEncoder& loaded, const data::LabelMap& labels,
                   const evaluation::Scores& scores) {
  const std::vector<bool> known = known_labels(loaded, labels);
  const std::vector<std::int32_t> answers = evaluation::predictions(scores);
  Tally earlier;
  Tally others;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores.labels[i] < 0) continue;
    Tally& tally = known[static_cast<std::size_t>(scores.labels[i])] ? earlier : others;
    tally.count(answers[i] == scores.labels[i]);
  }
  report.texts = earlier.texts;
  report.accuracy_after = earlier.accuracy();
  report.new_texts = others.texts;
  report.new_accuracy = others.accuracy();
}

}  // namespace tt::runs
