#include "transfer_tune/core/random.hpp"
#include "transfer_tune/training/objective.hpp"
#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <utility>

namespace tt::training {
namespace {

/// Answers behind the figures of a validation, or a few more.
constexpr std::size_t kScoredQueries = 2000;
/// Keeps the gradient of a standard deviation or a distance of 0 finite.
constexpr double kLeastSquare = 1e-12;

/// A label's texts, drawn one after another; where too few are left, all are shuffled anew.
class Deck {
 public:
  explicit Deck(std::vector<std::size_t> texts) : texts_(std::move(texts)), next_(texts_.size()) {}

  /// Appends `count` different texts, which there must be.
  void draw(std::size_t count, RandomStream& stream, std::vector<std::size_t>& out) {
    if (texts_.size() - next_ < count) {
      shuffle(std::span(texts_), stream);
      next_ = 0;
    }
    const std::span<const std::size_t> drawn = std::span(texts_).subspan(next_, count);
    out.insert(out.end(), drawn.begin(), drawn.end());
    next_ += count;
  }

 private:
  std::vector<std::size_t> texts_;
  std::size_t next_;
};

bool counts(const EncodedSet& set, std::size_t text) {
  return set.labels[text] >= 0 && (set.weights.empty() || set.weights[text] > 0);
}

class Prototypical final : public Objective {
 public:
  explicit Prototypical(const PrototypicalOptions& options) : options_(options) {}

  [[nodiscard]] std::size_t batch_size(const Texts& texts, std::size_t /*wanted*/) const override {
    return std::min(options_.ways, decks(texts).size()) * texts_a_label();
  }

  /// As many episodes as hold every text once. Labels are drawn evenly, however many texts they have.
  [[nodiscard]] std::vector<std::size_t> order(const Texts& texts, std::uint64_t seed,
                                               std::int64_t epoch) const override {
    const std::size_t episode = batch_size(texts, 0);
    return episodes(texts, (texts.size() + episode - 1) / episode, seed, epoch);
  }

  [[nodiscard]] double weight(const Texts& texts) const override { return static_cast<double>(texts.size()); }

  [[nodiscard]] at::Tensor loss(const Outputs& outputs, const Texts& batch) const override {
    const at::Tensor features = outputs.features.to(at::kFloat);
    const Episode episode(batch, options_.support);
    at::Tensor loss = features.sum() * 0;  // where nothing is to be answered
    if (!episode.queries.empty()) {
      const at::Tensor labels = at::tensor(episode.answers, at::kLong).to(features.device());
      const at::Tensor losses = at::cross_entropy_loss(logits(features, episode), labels, {}, at::Reduction::None);
      const at::Tensor weights = at::tensor(episode.query_weights, at::kFloat).to(features.device());
      loss = (weights * losses).sum() / weights.sum();
    }
    if (options_.isotropy > 0) loss = loss + correlation_distance(features) * options_.isotropy;
    return loss;
  }

  [[nodiscard]] bool trains_head() const noexcept override { return false; }

  /// Of few texts a label to others of theirs, in episodes that depend on the seed alone.
  [[nodiscard]] Answers answers(const Outputs& outputs, const Texts& texts, std::uint64_t seed) const override {
    std::map<std::size_t, std::int64_t> rows;  // by position in the set
    for (std::size_t i = 0; i < texts.size(); ++i) rows.emplace(texts.indices[i], static_cast<std::int64_t>(i));
    const std::size_t size = batch_size(texts, 0);
    const std::size_t queries = size / texts_a_label() * options_.query;
    const std::vector<std::size_t> drawn = episodes(texts, (kScoredQueries + queries - 1) / queries, seed, 0);
    std::vector<at::Tensor> parts;
    Answers out;
    for (std::size_t begin = 0; begin < drawn.size(); begin += size) {
      const std::span<const std::size_t> of_episode = std::span(drawn).subspan(begin, size);
      std::vector<std::int64_t> at;
      for (const std::size_t text : of_episode) at.push_back(rows.at(text));
      const Episode episode({*texts.set, {of_episode.begin(), of_episode.end()}}, options_.support);
      parts.push_back(logits(outputs.features.index_select(0, at::tensor(at, at::kLong)), episode));
      out.labels.insert(out.labels.end(), episode.answers.begin(), episode.answers.end());
    }
    out.logits = at::cat(parts);
    return out;
  }

 private:
  /// What the texts of a batch are for, as rows of it: of every label, by first text, the first few make its prototype;
  /// the rest are queries.
  struct Episode {
    Episode(const Texts& batch, std::size_t support) {
      std::map<std::int32_t, std::size_t> ways;  // by label
      const std::vector<std::int32_t> labels = batch.labels();
      const std::vector<float> weights = batch.weights();
      for (std::size_t i = 0; i < labels.size(); ++i) {
        if (!counts(*batch.set, batch.indices[i])) continue;
        const std::size_t way = ways.try_emplace(labels[i], ways.size()).first->second;
        if (way == supports.size()) supports.emplace_back();
        const float weight = weights.empty() ? 1.0F : weights[i];
        if (supports[way].size() < support) {
          supports[way].emplace_back(static_cast<std::int64_t>(i), weight);
        } else {
          queries.push_back(static_cast<std::int64_t>(i));
          query_weights.push_back(weight);
          answers.push_back(static_cast<std::int32_t>(way));
        }
      }
    }

    std::vector<std::vector<std::pair<std::int64_t, float>>> supports;  ///< of each label: row, weight
    std::vector<std::int64_t> queries;
    std::vector<float> query_weights;
    std::vector<std::int32_t> answers;  ///< one a query: position in `supports`
  };

  [[nodiscard]] std::size_t texts_a_label() const { return options_.support + options_.query; }

  /// Of every label that fills its place in an episode.
  [[nodiscard]] std::vector<Deck> decks(const Texts& texts) const {
    std::map<std::int32_t, std::vector<std::size_t>> by_label;
    for (const std::size_t text : texts.indices) {
      if (counts(*texts.set, text)) by_label[texts.set->labels[text]].push_back(text);
    }
    std::vector<Deck> out;
    for (auto& [label, of_label] : by_label) {
      if (of_label.size() >= texts_a_label()) out.emplace_back(std::move(of_label));
    }
    return out;
  }

  /// `count` of them, one after another.
  [[nodiscard]] std::vector<std::size_t> episodes(const Texts& texts, std::size_t count, std::uint64_t seed,
                                                  std::int64_t epoch) const {
    std::vector<Deck> decks = this->decks(texts);
    std::vector<std::size_t> labels(decks.size());
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = i;
    const std::size_t ways = std::min(options_.ways, labels.size());
    RandomStream stream(random_key(seed, RandomPurpose::episodes, static_cast<std::uint64_t>(epoch)));
    std::vector<std::size_t> out;
    out.reserve(count * ways * texts_a_label());
    for (std::size_t episode = 0; episode < count; ++episode) {
      shuffle(std::span(labels), stream);
      for (std::size_t way = 0; way < ways; ++way) decks[labels[way]].draw(texts_a_label(), stream, out);
    }
    return out;
  }

  /// Of the queries over the prototypes: [queries, labels].
  [[nodiscard]] at::Tensor logits(const at::Tensor& features, const Episode& episode) const {
    at::Tensor means = at::zeros({static_cast<std::int64_t>(episode.supports.size()), features.size(0)});
    auto mean = means.accessor<float, 2>();
    for (std::size_t way = 0; way < episode.supports.size(); ++way) {
      float sum = 0;
      for (const auto& [row, weight] : episode.supports[way]) sum += weight;
      for (const auto& [row, weight] : episode.supports[way]) mean[static_cast<std::int64_t>(way)][row] = weight / sum;
    }
    const at::Tensor units = unit_rows(features);
    const at::Tensor prototypes = unit_rows(at::matmul(means.to(features.device()), units));
    const at::Tensor queries = units.index_select(0, at::tensor(episode.queries, at::kLong).to(features.device()));
    return at::matmul(queries, prototypes.t()) / options_.temperature;
  }

  /// ‖Σ - I‖ with Σ the correlation matrix of the features' columns.
  [[nodiscard]] static at::Tensor correlation_distance(const at::Tensor& features) {
    const at::Tensor centred = features - features.mean(at::IntArrayRef{0}, true);
    const at::Tensor scaled = centred / (centred.square().sum(at::IntArrayRef{0}, true) + kLeastSquare).sqrt();
    const at::Tensor correlation = at::matmul(scaled.t(), scaled);
    const at::Tensor off = correlation - at::eye(correlation.size(0), correlation.options());
    return (off.square().sum() + kLeastSquare).sqrt();
  }

  PrototypicalOptions options_;
};

}  // namespace

std::unique_ptr<Objective> make_prototypical(const PrototypicalOptions& options) {
  return std::make_unique<Prototypical>(options);
}

}  // namespace tt::training
