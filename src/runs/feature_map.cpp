#include "runs/feature_map.hpp"

#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

namespace tt::runs {
namespace {

constexpr std::size_t kMostTexts = 2000;

using Place = std::array<double, 2>;

struct Plane {
  std::vector<Place> places;  ///< around the middle
  double explained = evaluation::kUndefined;
};

/// The first two principal components of `features` [texts, hidden]. Each points to where its largest weight is
/// positive, so that the same features have the same map.
Plane principal_plane(const at::Tensor& features) {
  const at::Tensor centred = (features - features.mean(0, true)).to(at::kDouble);
  const auto [values, vectors] = at::linalg_eigh(centred.t().mm(centred));  // in rising order
  const at::Tensor axes = vectors.narrow(1, vectors.size(1) - 2, 2).flip(1);
  const at::Tensor largest = axes.gather(0, axes.abs().argmax(0, true));
  const at::Tensor places = centred.mm(axes * largest.sign()).contiguous();
  Plane plane;
  plane.places.resize(static_cast<std::size_t>(places.size(0)));
  const double* place = places.const_data_ptr<double>();
  for (Place& each : plane.places) {
    each = {place[0], place[1]};
    place += 2;
  }
  const double total = values.sum().item<double>();
  if (total > 1e-18) plane.explained = values.narrow(0, values.size(0) - 2, 2).sum().item<double>() / total;
  return plane;
}

/// The share of the texts with a known label whose nearest other text, by cosine, has that label too.
double same_neighbour_share(const at::Tensor& features, std::span<const std::int32_t> labels) {
  const at::Tensor directions = training::unit_rows(features);
  at::Tensor cosines = directions.mm(directions.t());
  cosines.fill_diagonal_(-std::numeric_limits<float>::infinity());
  const at::Tensor nearest = cosines.argmax(1);
  const std::int64_t* neighbour = nearest.const_data_ptr<std::int64_t>();
  std::size_t known = 0;
  std::size_t same = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0) continue;
    ++known;
    if (labels[static_cast<std::size_t>(neighbour[i])] == labels[i]) ++same;
  }
  return known == 0 ? evaluation::kUndefined : static_cast<double>(same) / static_cast<double>(known);
}

/// Turns and, where that fits better, mirrors `moved` so that the squared distances to `fixed` are least: orthogonal
/// Procrustes (Schönemann 1966), which in the plane has a closed form.
void fit(std::vector<Place>& moved, const std::vector<Place>& fixed) {
  std::array<std::array<double, 2>, 2> m{};
  for (std::size_t i = 0; i < moved.size(); ++i) {
    for (std::size_t r = 0; r < 2; ++r) {
      for (std::size_t c = 0; c < 2; ++c) m[r][c] += moved[i][r] * fixed[i][c];
    }
  }
  const double turned = std::hypot(m[0][0] + m[1][1], m[0][1] - m[1][0]);
  const double mirrored = std::hypot(m[0][0] - m[1][1], m[0][1] + m[1][0]);
  const bool is_mirrored = mirrored > turned;
  const double angle =
      is_mirrored ? std::atan2(m[0][1] + m[1][0], m[0][0] - m[1][1]) : std::atan2(m[0][1] - m[1][0], m[0][0] + m[1][1]);
  const double cosine = std::cos(angle);
  const double sine = std::sin(angle);
  const double side = is_mirrored ? -1 : 1;
  for (Place& each : moved) {
    each = {each[0] * cosine - side * each[1] * sine, each[0] * sine + side * each[1] * cosine};
  }
}

double rounded(double value) { return std::round(value * 1000) / 1000 + 0.0; }

report::FeaturePlaneReport to_report(const Plane& plane, double same_neighbour) {
  double farthest = 0;
  for (const Place& each : plane.places) farthest = std::max(farthest, std::hypot(each[0], each[1]));
  const double scale = farthest > 1e-9 ? 1 / farthest : 0;  // below: rounding, not distance
  report::FeaturePlaneReport out;
  out.x.reserve(plane.places.size());
  out.y.reserve(plane.places.size());
  for (const Place& each : plane.places) {
    out.x.push_back(rounded(each[0] * scale));
    out.y.push_back(rounded(each[1] * scale));
  }
  out.explained = plane.explained;
  out.same_neighbour = same_neighbour;
  return out;
}

}  // namespace

std::vector<std::size_t> mapped_texts(std::size_t count) {
  std::vector<std::size_t> positions(std::min(count, kMostTexts));
  for (std::size_t i = 0; i < positions.size(); ++i) positions[i] = i * count / positions.size();
  return positions;
}

std::optional<report::FeatureMapReport> make_feature_map(const at::Tensor& before, const at::Tensor& after,
                                                         std::span<const std::int32_t> labels) {
  if (labels.size() < 3 || before.size(1) < 2) return std::nullopt;
  const at::NoGradGuard no_grad;
  report::FeatureMapReport out;
  out.labels.assign(labels.begin(), labels.end());
  const Plane first = principal_plane(before);
  out.before = to_report(first, same_neighbour_share(before, labels));
  out.changed = after.defined();
  out.after = out.before;
  if (out.changed) {
    Plane second = principal_plane(after);
    fit(second.places, first.places);
    out.after = to_report(second, same_neighbour_share(after, labels));
  }
  return out;
}

}  // namespace tt::runs
