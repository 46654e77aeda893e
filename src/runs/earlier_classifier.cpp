#include "runs/earlier_classifier.hpp"

#include "transfer_tune/training/fit.hpp"
#include "transfer_tune/training/forward.hpp"

#include <ATen/ATen.h>

#include <cstddef>
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

  [[nodiscard]] double accuracy() const {
    return texts > 0 ? static_cast<double>(right) / static_cast<double>(texts) : evaluation::kUndefined;
  }
};

}  // namespace

std::optional<model::Classifier> stored_classifier(const LoadedEncoder& loaded, std::uint64_t seed) {
  const std::optional<StoredHead> head = stored_head(loaded);
  if (!head) return std::nullopt;
  model::HeadSpec spec;
  spec.pooling = head->pooling;
  spec.normalize = head->normalize;
  spec.num_labels = head->weight.size(0);
  model::Classifier out(loaded.make_encoder(seed), spec, seed);
  out.set_head(head->weight.clone(), head->bias.clone());
  return out;
}

std::optional<report::EarlierClassifierReport> measure_earlier(const LoadedEncoder& loaded,
                                                               const data::LabelMap& labels,
                                                               const training::EncodedSet& texts, at::Device device,
                                                               const ProgressCallback& progress) {
  if (loaded.random_weights) return std::nullopt;
  report::EarlierClassifierReport out;
  for (const std::string& label : loaded.directory.labels) {
    if (labels.find(label)) {
      ++out.labels;
    } else {
      out.forgotten.push_back(label);
    }
  }
  if (out.labels == 0) return std::nullopt;
  std::optional<model::Classifier> classifier = stored_classifier(loaded, 0);
  if (!classifier) return std::nullopt;
  const std::vector<bool> known = known_labels(loaded, labels);
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts.labels[i] >= 0 && known[static_cast<std::size_t>(texts.labels[i])]) positions.push_back(i);
  }
  if (positions.empty()) return out;
  classifier->to(device);
  const at::Tensor logits = training::compute_logits(*classifier, {texts, positions}, nullptr,
                                                     loaded.tokenizer.pad_id(), "the earlier classifier", progress);
  const at::Tensor answers = logits.argmax(1).cpu();
  Tally before;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const auto answer = static_cast<std::size_t>(answers[static_cast<std::int64_t>(i)].item<std::int64_t>());
    ++before.texts;
    before.right += labels.find(loaded.directory.labels[answer]) == texts.labels[positions[i]] ? 1 : 0;
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
    ++tally.texts;
    tally.right += answers[i] == scores.labels[i] ? 1 : 0;
  }
  report.texts = earlier.texts;
  report.accuracy_after = earlier.accuracy();
  report.new_texts = others.texts;
  report.new_accuracy = others.accuracy();
}

}  // namespace tt::runs
