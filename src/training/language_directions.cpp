#include "transfer_tune/training/language_directions.hpp"

#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <tuple>
#include <vector>

namespace tt::training {
namespace {

/// Of a language, for its mean to say something of it: on xSID's, ten give the head nearly what 300 do.
constexpr std::size_t kFewestTexts = 10;
constexpr std::int64_t kLargestShare = 4;  ///< of the hidden width, one in so many
constexpr double kNarrowest = 1e-4;        ///< of the widest direction: below it is rounding

}  // namespace

at::Tensor language_directions(const at::Tensor& features, std::span<const std::int32_t> languages) {
  const at::NoGradGuard no_grad;
  std::map<std::int32_t, std::vector<std::size_t>> texts;
  for (std::size_t i = 0; i < languages.size(); ++i) {
    if (languages[i] >= 0) texts[languages[i]].push_back(i);
  }
  std::vector<at::Tensor> means;
  for (const auto& [language, rows] : texts) {
    if (rows.size() >= kFewestTexts) means.push_back(rows_at(features, rows).to(at::kDouble).mean(0));
  }
  if (means.size() < 2) return {};
  const at::Tensor stacked = at::stack(means);
  const auto [left, widths, right] = at::linalg_svd(stacked - stacked.mean(0, true), /*full_matrices=*/false);
  const std::int64_t wide = (widths > kNarrowest * widths[0]).sum().item<std::int64_t>();
  const std::int64_t count = std::min(wide, features.size(1) / kLargestShare);
  if (count == 0) return {};
  return right.narrow(0, 0, count).to(at::kFloat).contiguous();
}

at::Tensor without_directions(const at::Tensor& features, const at::Tensor& directions) {
  if (!directions.defined()) return features;
  const at::NoGradGuard no_grad;
  return features - features.mm(directions.t()).mm(directions);
}

}  // namespace tt::training
