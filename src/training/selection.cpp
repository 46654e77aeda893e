#include "transfer_tune/training/selection.hpp"

#include "transfer_tune/training/clusters.hpp"
#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>
#include <tuple>
#include <vector>

namespace tt::training {
namespace {

/// More would take long and tell little.
constexpr std::size_t kMostClusters = 2000;

/// The `rows` of `points`, the nearest to `centre` last.
std::vector<std::size_t> towards(const at::Tensor& centre, const at::Tensor& points,
                                 const std::vector<std::size_t>& rows) {
  const at::Tensor distances = (rows_at(points, rows) - centre).square().sum(1).contiguous();
  const float* distance = distances.const_data_ptr<float>();
  std::vector<std::size_t> order(rows.size());
  std::iota(order.rbegin(), order.rend(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t i) { return distance[i]; });
  for (std::size_t& i : order) i = rows[i];
  return order;
}

/// Some texts of the pool, and how many that are like them are labelled.
struct Cluster {
  std::vector<std::size_t> texts{};  ///< the next to take last
  std::size_t size = 0;
  std::size_t labelled = 0;  ///< or taken
  double weight = 0;         ///< of all its texts of the pool
};

}  // namespace

at::Tensor margins(const at::Tensor& probabilities) {
  const at::Tensor two = std::get<0>(probabilities.topk(2, 1));
  return two.select(1, 0) - two.select(1, 1);
}

std::vector<ChosenText> choose_texts(const at::Tensor& pool, const at::Tensor& labelled, const at::Tensor& weights,
                                     std::size_t count, std::uint64_t key, const ProgressCallback& progress) {
  const at::NoGradGuard no_grad;
  const auto texts = static_cast<std::size_t>(pool.size(0));
  count = std::min(count, texts);
  const std::size_t known = static_cast<std::size_t>(labelled.size(0));
  const at::Tensor points = unit_rows(at::cat({pool, labelled}));
  const at::Tensor pool_weights = (weights.defined() ? weights : at::ones({pool.size(0)})).contiguous();
  const Clusters found = k_means(points, at::cat({pool_weights, at::ones({labelled.size(0)})}),
                                 std::min(count + known, kMostClusters), key, progress);

  std::vector<Cluster> clusters;
  for (std::size_t k = 0; k < found.members.size(); ++k) {
    const std::vector<std::size_t>& members = found.members[k];
    Cluster& cluster = clusters.emplace_back();
    cluster.texts = towards(found.centres[static_cast<std::int64_t>(k)], points, members);
    std::erase_if(cluster.texts, [&](std::size_t row) { return row >= texts; });
    cluster.size = cluster.texts.size();
    cluster.labelled = members.size() - cluster.size;
    for (const std::size_t row : cluster.texts) {
      cluster.weight += static_cast<double>(pool_weights.const_data_ptr<float>()[row]);
    }
  }
  using Turn = std::tuple<std::size_t, double, std::size_t>;  // labelled, minus its weight, which; the least is next
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns;
  const auto queue = [&](std::size_t k) {
    if (!clusters[k].texts.empty()) turns.emplace(clusters[k].labelled, -clusters[k].weight, k);
  };
  for (std::size_t k = 0; k < clusters.size(); ++k) queue(k);
  std::vector<ChosenText> chosen;
  while (chosen.size() < count) {
    const std::size_t k = std::get<2>(turns.top());
    turns.pop();
    chosen.push_back({clusters[k].texts.back(), clusters[k].size});
    clusters[k].texts.pop_back();
    ++clusters[k].labelled;
    queue(k);
  }
  return chosen;
}

}  // namespace tt::training
