#include "transfer_tune/training/clusters.hpp"

#include "transfer_tune/core/random.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

namespace tt::training {
namespace {

constexpr std::size_t kSteps = 20;
/// Rows whose distances to all centres exist at a time.
constexpr std::int64_t kBlock = 4096;

/// A row by lot, as likely as its part of `mass` [rows] is large.
std::int64_t draw(const at::Tensor& mass, RandomStream& stream) {
  const at::Tensor sums = mass.to(at::kDouble).cumsum(0).contiguous();
  const double* begin = sums.const_data_ptr<double>();
  const double* end = begin + sums.numel();
  const double total = *(end - 1);
  // Every row lies on a centre: any may be one more.
  if (!(total > 0)) return static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(sums.numel())));
  return std::min<std::int64_t>(std::upper_bound(begin, end, stream.uniform() * total) - begin, sums.numel() - 1);
}

class KMeans {
 public:
  KMeans(const at::Tensor& points, const at::Tensor& weights, std::size_t count, const ProgressCallback& progress)
      : points_(points.contiguous()),
        norms_(points_.square().sum(1)),
        weights_(weights.defined() ? weights : at::ones({points.size(0)})),
        count_(count),
        progress_(progress) {}

  Clusters run(std::uint64_t key) {
    seed(key);
    assign();
    for (std::size_t step = 0; step < kSteps; ++step) {
      tell(count_ + step);
      move_centres();
      const at::Tensor before = nearest_;
      assign();
      if (at::equal(before, nearest_)) break;
    }
    tell(count_ + kSteps);
    Clusters out{.members = {}, .centres = centres_};
    out.inertia = (least_ * weights_).sum(at::kDouble).item<double>();
    out.members.resize(count_);
    const auto* nearest = nearest_.const_data_ptr<std::int64_t>();
    for (std::int64_t row = 0; row < nearest_.numel(); ++row) {
      out.members[static_cast<std::size_t>(nearest[row])].push_back(static_cast<std::size_t>(row));
    }
    return out;
  }

 private:
  void tell(std::size_t done) const {
    throw_if_interrupted();
    if (progress_) progress_({.stage = "group texts", .done = done, .total = count_ + kSteps});
  }

  void seed(std::uint64_t key) {
    RandomStream stream(key);
    centres_ = at::empty({static_cast<std::int64_t>(count_), points_.size(1)});
    at::Tensor least;  // squared distance of each row to its nearest centre so far
    for (std::size_t k = 0; k < count_; ++k) {
      tell(k);
      const std::int64_t row = draw(k == 0 ? weights_ : least * weights_, stream);
      const at::Tensor centre = points_[row];
      centres_[static_cast<std::int64_t>(k)].copy_(centre);
      at::Tensor distance = (norms_ - 2 * at::mv(points_, centre) + norms_[row]).clamp_min(0);
      distance[row].fill_(0);  // rounding must not draw it again
      least = k == 0 ? std::move(distance) : at::minimum(least, distance);
    }
  }

  void assign() {
    const at::Tensor half = centres_.square().sum(1) / 2;
    std::vector<at::Tensor> nearest;
    std::vector<at::Tensor> least;
    for (std::int64_t begin = 0; begin < points_.size(0); begin += kBlock) {
      const std::int64_t rows = std::min(kBlock, points_.size(0) - begin);
      // ½‖c‖² - x·c, which is least where ‖x - c‖² is.
      const auto [value, index] =
          at::addmm(half, points_.narrow(0, begin, rows), centres_.t(), 1, -1).min(1, /*keepdim=*/false);
      nearest.push_back(index);
      least.push_back((norms_.narrow(0, begin, rows) + 2 * value).clamp_min(0));
    }
    nearest_ = at::cat(nearest);
    least_ = at::cat(least);
  }

  /// An empty cluster's centre stays.
  void move_centres() {
    const at::Tensor sums = at::zeros_like(centres_).index_add_(0, nearest_, points_ * weights_.unsqueeze(1));
    const at::Tensor mass = at::zeros({centres_.size(0)}).index_add_(0, nearest_, weights_).unsqueeze(1);
    centres_ = at::where(mass > 0, sums / mass, centres_);
  }

  at::Tensor points_;
  at::Tensor norms_;  ///< squared
  at::Tensor weights_;
  std::size_t count_;
  const ProgressCallback& progress_;
  at::Tensor centres_;
  at::Tensor nearest_;  ///< of each row the number of its centre
  at::Tensor least_;    ///< and the squared distance to it
};

}  // namespace

Clusters k_means(const at::Tensor& points, const at::Tensor& weights, std::size_t count, std::uint64_t key,
                 const ProgressCallback& progress) {
  const at::NoGradGuard no_grad;
  return KMeans(points, weights, count, progress).run(key);
}

}  // namespace tt::training
