#include "transfer_tune/evaluation/confusion_order.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

namespace tt::evaluation {
namespace {

constexpr double kNearInGroup = 0.03;
constexpr double kNearInOrder = 0.01;

using Confusion = std::vector<std::vector<std::int64_t>>;
using Pair = std::pair<std::size_t, std::size_t>;  // the lower id first

Pair pair_of(std::size_t a, std::size_t b) { return a < b ? Pair{a, b} : Pair{b, a}; }

/// Of two classes: the share of their texts that was given the other's label. Pairs that are never confused are absent.
std::map<Pair, double> nearness(const Confusion& confusion) {
  std::vector<std::int64_t> texts;
  texts.reserve(confusion.size());
  for (const auto& row : confusion) texts.push_back(std::accumulate(row.begin(), row.end(), std::int64_t{0}));
  std::map<Pair, double> near;
  for (std::size_t i = 0; i < confusion.size(); ++i) {
    for (std::size_t j = i + 1; j < confusion.size(); ++j) {
      const std::int64_t taken = confusion[i][j] + confusion[j][i];
      if (taken > 0) near[{i, j}] = static_cast<double>(taken) / static_cast<double>(texts[i] + texts[j]);
    }
  }
  return near;
}

/// Clusters by the lowest id of their classes, which stand in order.
class Clustering {
 public:
  explicit Clustering(const Confusion& confusion) : near_(nearness(confusion)), links_(near_) {
    members_.resize(confusion.size());
    for (std::size_t i = 0; i < members_.size(); ++i) members_[i] = {i};
  }

  /// Joins the two nearest clusters that are at least `least` near; false: there are none.
  bool join(double least) {
    auto best = links_.end();
    double best_mean = least;
    for (auto link = links_.begin(); link != links_.end(); ++link) {
      const auto& [pair, sum] = *link;
      const double mean = sum / static_cast<double>(members_[pair.first].size() * members_[pair.second].size());
      if (best == links_.end() ? mean >= best_mean : mean > best_mean) {
        best = link;
        best_mean = mean;
      }
    }
    if (best == links_.end()) return false;
    merge(best->first);
    return true;
  }

  /// Those that still hold classes.
  [[nodiscard]] std::vector<std::vector<std::size_t>> clusters() const {
    std::vector<std::vector<std::size_t>> out;
    for (const auto& cluster : members_) {
      if (!cluster.empty()) out.push_back(cluster);
    }
    return out;
  }

 private:
  [[nodiscard]] double near(std::size_t a, std::size_t b) const {
    const auto found = near_.find(pair_of(a, b));
    return found == near_.end() ? 0 : found->second;
  }

  void merge(Pair pair) {
    std::vector<std::size_t>& kept = members_[pair.first];
    std::vector<std::size_t>& gone = members_[pair.second];
    const double plain = near(kept.back(), gone.front());
    const double gone_turned = near(kept.back(), gone.back());
    const double kept_turned = near(kept.front(), gone.front());
    const double both_turned = near(kept.front(), gone.back());
    const double nearest = std::max({plain, gone_turned, kept_turned, both_turned});
    if (plain < nearest) {
      if (gone_turned < nearest) std::reverse(kept.begin(), kept.end());
      if (gone_turned == nearest || kept_turned < nearest) std::reverse(gone.begin(), gone.end());
    }
    kept.insert(kept.end(), gone.begin(), gone.end());
    gone.clear();
    std::map<Pair, double> links;
    for (const auto& [link, sum] : links_) {
      const std::size_t a = link.first == pair.second ? pair.first : link.first;
      const std::size_t b = link.second == pair.second ? pair.first : link.second;
      if (a != b) links[pair_of(a, b)] += sum;
    }
    links_ = std::move(links);
  }

  std::map<Pair, double> near_;   ///< of classes
  std::map<Pair, double> links_;  ///< of clusters: the sum over their classes
  std::vector<std::vector<std::size_t>> members_;
};

std::int64_t confusions_within(const Confusion& confusion, const std::vector<std::size_t>& cluster) {
  std::int64_t count = 0;
  for (const std::size_t i : cluster) {
    for (const std::size_t j : cluster) count += i == j ? 0 : confusion[i][j];
  }
  return count;
}

}  // namespace

ConfusionOrder order_by_confusion(const std::vector<std::vector<std::int64_t>>& confusion) {
  Clustering clustering(confusion);
  while (clustering.join(kNearInGroup)) {
  }
  const std::vector<std::vector<std::size_t>> groups = clustering.clusters();
  while (clustering.join(kNearInOrder)) {
  }
  std::vector<std::vector<std::size_t>> clusters = clustering.clusters();
  std::stable_sort(clusters.begin(), clusters.end(), [&](const auto& a, const auto& b) {
    return confusions_within(confusion, a) > confusions_within(confusion, b);
  });
  ConfusionOrder out;
  for (const auto& cluster : clusters) out.order.insert(out.order.end(), cluster.begin(), cluster.end());
  for (const auto& group : groups) {
    if (group.size() < 2) continue;
    // Joined later as a whole, perhaps turned.
    std::size_t first = out.order.size();
    for (const std::size_t id : group) {
      first = std::min(first,
                       static_cast<std::size_t>(std::find(out.order.begin(), out.order.end(), id) - out.order.begin()));
    }
    out.groups.push_back({first, group.size()});
  }
  std::sort(out.groups.begin(), out.groups.end(),
            [](const OrderedGroup& a, const OrderedGroup& b) { return a.first < b.first; });
  return out;
}

}  // namespace tt::evaluation
