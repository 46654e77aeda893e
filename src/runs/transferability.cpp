#include "runs/transferability.hpp"

#include "transfer_tune/core/random.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/data/splits.hpp"
#include "transfer_tune/evaluation/transferability.hpp"
#include "transfer_tune/training/fit.hpp"
#include "transfer_tune/training/forward.hpp"
#include "transfer_tune/training/probe.hpp"
#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace tt::runs {
namespace {

/// Texts per label, which is what solved heads and the choice of a share look at too, so that their features serve; and
/// no more texts in all than these.
constexpr std::size_t kShots = 30;
constexpr std::size_t kMostTexts = 6000;
constexpr std::size_t kNearest = 3;
constexpr std::size_t kDomainFolds = 5;
/// Inverse L2 strength of the classifier that tells the domains apart.
constexpr double kDomainC = 30;

training::EncodedSet sample(const StageData& data, std::uint64_t seed) {
  const std::size_t labels = std::max<std::size_t>(data.labels.size(), 1);
  const std::size_t shots = std::clamp<std::size_t>(kMostTexts / labels, 1, kShots);
  return training::subset(data.train, data::sample_shots(data.train.labels, shots, seed).indices);
}

evaluation::Features features_of(const at::Tensor& rows) {
  return {static_cast<std::size_t>(rows.size(1)),
          {rows.const_data_ptr<float>(), static_cast<std::size_t>(rows.numel())}};
}

/// `count` of the rows, drawn by `key`.
at::Tensor draw_rows(const at::Tensor& rows, std::size_t count, std::uint64_t key) {
  std::vector<std::size_t> order(static_cast<std::size_t>(rows.size(0)));
  std::iota(order.begin(), order.end(), std::size_t{0});
  RandomStream stream(key);
  shuffle(std::span(order), stream);
  order.resize(count);
  return training::rows_at(rows, order);
}

/// Held-out error of a linear classifier that tells equally many texts of two domains apart; undefined where there are
/// too few for folds.
double domain_error(const at::Tensor& target, const at::Tensor& source, std::uint64_t seed) {
  const auto count = static_cast<std::size_t>(std::min(target.size(0), source.size(0)));
  const auto key = [&](std::uint64_t domain) { return random_key(seed, RandomPurpose::folds, domain, count); };
  std::vector<std::int32_t> domains(2 * count, 0);
  std::fill(domains.begin() + static_cast<std::ptrdiff_t>(count), domains.end(), 1);
  std::vector<std::vector<std::size_t>> folds;
  for (data::Split& fold : usable_folds(domains, kDomainFolds, seed)) folds.push_back(std::move(fold.held_out));
  if (folds.empty()) return evaluation::kUndefined;
  const at::Tensor features = at::cat({draw_rows(target, count, key(0)), draw_rows(source, count, key(1))});
  const auto scores = training::cross_validate_probe({features, domains, 2, {}, 0}, folds, {kDomainC});
  return 1 - scores.front().score.accuracy;
}

std::vector<report::LabelNeighboursReport> named(const std::vector<std::vector<evaluation::NearLabel>>& nearest,
                                                 const data::LabelMap& target, const data::LabelMap& source) {
  std::vector<report::LabelNeighboursReport> out;
  out.reserve(nearest.size());
  for (std::size_t label = 0; label < nearest.size(); ++label) {
    report::LabelNeighboursReport& of_label = out.emplace_back();
    of_label.label = target.names()[label];
    of_label.nearest.reserve(nearest[label].size());
    for (const auto& [near, cosine] : nearest[label]) of_label.nearest.push_back({source.names()[near], cosine});
  }
  return out;
}

}  // namespace

report::TransferabilityReport measure_transferability(const TransferabilityInputs& inputs, std::uint64_t seed,
                                                      std::int32_t pad_id, training::ActivationStore& store,
                                                      const ProgressCallback& progress) {
  const StageData& target = inputs.target;
  const std::size_t labels = target.labels.size();
  const training::EncodedSet texts = sample(target, seed);
  const auto encode = [&](const model::Classifier& classifier, const training::EncodedSet& set) {
    return store.features(classifier, set, pad_id, "transferability", progress).contiguous();
  };
  report::TransferabilityReport out;
  out.target_texts = static_cast<std::int64_t>(texts.size());
  const at::Tensor without = encode(inputs.pretrained, texts);
  const evaluation::LabelFit fit_without = evaluation::label_fit(features_of(without), texts.labels, labels);
  out.logme_without = fit_without.logme;
  out.h_score_without = fit_without.h_score;
  if (inputs.source != nullptr) {
    const StageData& source = *inputs.source;
    const training::EncodedSet source_texts = sample(source, seed);
    out.source_texts = static_cast<std::int64_t>(source_texts.size());
    const at::Tensor source_features = encode(inputs.pretrained, source_texts);
    out.domain_error = domain_error(without, source_features, seed);
    out.proxy_a_distance = evaluation::proxy_a_distance(out.domain_error);
    out.nearest_labels =
        named(evaluation::nearest_labels(features_of(without), texts.labels, labels, features_of(source_features),
                                         source_texts.labels, source.labels.size(), kNearest),
              target.labels, source.labels);
  }
  const at::Tensor with = encode(inputs.source_tuned, texts);
  const evaluation::LabelFit fit_with = evaluation::label_fit(features_of(with), texts.labels, labels);
  out.logme_with = fit_with.logme;
  out.h_score_with = fit_with.h_score;
  if (inputs.has_source_head) {
    const evaluation::Scores answers =
        training::to_scores(training::head_logits(inputs.source_tuned, with), texts.labels);
    out.leep = evaluation::leep(answers.probabilities, answers.num_classes, texts.labels, labels);
  }
  return out;
}

}  // namespace tt::runs
