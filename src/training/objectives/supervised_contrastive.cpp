#include "training/objectives/cross_entropy.hpp"

#include "transfer_tune/core/random.hpp"
#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>

#include <array>
#include <limits>
#include <map>
#include <span>
#include <utility>

namespace tt::training {
namespace {

using Pair = std::array<std::size_t, 2>;

class SupervisedContrastive final : public CrossEntropy {
 public:
  SupervisedContrastive(CrossEntropyOptions options, double temperature, double weight)
      : CrossEntropy(std::move(options)), temperature_(temperature), weight_(weight) {}

  /// Two by two texts of one label; texts that are left over, among which no two have one, are paired with each other.
  /// So a batch of even size cuts no pair, and its pairs are drawn as evenly as texts otherwise.
  [[nodiscard]] std::vector<std::size_t> order(const Texts& texts, std::uint64_t seed,
                                               std::int64_t epoch) const override {
    std::vector<Pair> pairs;
    std::map<std::int32_t, std::size_t> waiting;  // by label
    for (const std::size_t text : CrossEntropy::order(texts, seed, epoch)) {
      const auto [place, waits] = waiting.try_emplace(texts.set->labels[text], text);
      if (waits) continue;
      pairs.push_back({place->second, text});
      waiting.erase(place);
    }
    std::vector<std::size_t> rest;
    rest.reserve(waiting.size());
    for (const auto& [label, text] : waiting) rest.push_back(text);
    RandomStream stream(random_key(seed, RandomPurpose::shuffle, static_cast<std::uint64_t>(epoch), 1));
    shuffle(std::span(rest), stream);
    for (std::size_t i = 1; i < rest.size(); i += 2) pairs.push_back({rest[i - 1], rest[i]});
    shuffle(std::span(pairs), stream);
    std::vector<std::size_t> order;
    order.reserve(texts.size());
    for (const Pair& pair : pairs) order.insert(order.end(), pair.begin(), pair.end());
    if (rest.size() % 2 == 1) order.push_back(rest.back());
    return order;
  }

  [[nodiscard]] at::Tensor loss(const Outputs& outputs, const Texts& batch) const override {
    return CrossEntropy::loss(outputs, batch) * (1 - weight_) + contrast(outputs, batch) * weight_;
  }

 private:
  [[nodiscard]] at::Tensor contrast(const Outputs& outputs, const Texts& batch) const {
    const at::Tensor weights = taught(batch, outputs.logits).weights;
    const at::Device device = weights.device();
    const at::Tensor labels = at::tensor(batch.labels(), at::kLong).to(device);
    const at::Tensor counts = at::logical_and(labels >= 0, weights > 0);
    const at::Tensor itself = at::eye(labels.size(0), counts.options());
    const at::Tensor others = at::logical_and(counts.unsqueeze(0), itself.logical_not());
    const at::Tensor alike = at::logical_and(others, labels.unsqueeze(0) == labels.unsqueeze(1));
    const at::Tensor anchors = at::logical_and(counts, alike.any(1)).nonzero().squeeze(1);
    if (anchors.size(0) == 0) return at::zeros({}, weights.options());
    const at::Tensor features = unit_rows(outputs.features.to(at::kFloat));
    const at::Tensor scores = at::matmul(features.index_select(0, anchors), features.t()) / temperature_;
    const at::Tensor log_p =
        scores -
        scores.masked_fill(others.index_select(0, anchors).logical_not(), -std::numeric_limits<float>::infinity())
            .logsumexp({1}, true);
    const at::Tensor positives = alike.index_select(0, anchors).to(at::kFloat);
    const at::Tensor losses = -(positives * log_p).sum(1) / positives.sum(1);
    return (weights.index_select(0, anchors) * losses).sum() / weights.sum();
  }

  double temperature_;
  double weight_;
};

}  // namespace

std::unique_ptr<Objective> make_supervised_contrastive(CrossEntropyOptions options, double temperature, double weight) {
  return std::make_unique<SupervisedContrastive>(std::move(options), temperature, weight);
}

}  // namespace tt::training
