#include "transfer_tune/training/encoded_set.hpp"

#include "transfer_tune/core/text.hpp"
#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

namespace tt::training {

Texts::Texts(const EncodedSet& all) : set(&all), indices(all.size()) {
  std::iota(indices.begin(), indices.end(), std::size_t{0});
}

std::vector<std::int32_t> Texts::labels() const {
  std::vector<std::int32_t> out;
  out.reserve(indices.size());
  for (const std::size_t i : indices) out.push_back(set->labels[i]);
  return out;
}

std::vector<float> Texts::weights() const {
  std::vector<float> out;
  if (set->weights.empty()) return out;
  out.reserve(indices.size());
  for (const std::size_t i : indices) out.push_back(set->weights[i]);
  return out;
}

std::string EncodedSet::origin(std::size_t text) const {
  return lines.at(text) == 0 ? concat("a text beside ", file) : concat(file, ":", lines[text]);
}

EncodedSet append(const EncodedSet& set, const EncodedSet& more) {
  EncodedSet out = set;
  out.targets = set.multi_label ? at::cat({set.targets, more.targets}) : at::Tensor();
  for (std::size_t i = 0; i < more.size(); ++i) out.sequences.append(more.sequences[i]);
  out.labels.insert(out.labels.end(), more.labels.begin(), more.labels.end());
  out.lines.insert(out.lines.end(), more.lines.begin(), more.lines.end());
  if (more.file != set.file) std::fill_n(out.lines.rbegin(), more.lines.size(), std::size_t{0});
  if (set.weights.empty() && more.weights.empty()) return out;
  out.weights.resize(set.size(), 1.0F);
  out.weights.insert(out.weights.end(), more.weights.begin(), more.weights.end());
  out.weights.resize(out.size(), 1.0F);
  return out;
}

EncodedSet subset(const EncodedSet& set, const std::vector<std::size_t>& indices) {
  EncodedSet out;
  out.file = set.file;
  out.labels.reserve(indices.size());
  out.lines.reserve(indices.size());
  for (const std::size_t i : indices) {
    out.sequences.append(set.sequences[i]);
    out.labels.push_back(set.labels.at(i));
    if (!set.lines.empty()) out.lines.push_back(set.lines.at(i));
    if (!set.weights.empty()) out.weights.push_back(set.weights.at(i));
  }
  out.multi_label = set.multi_label;
  if (set.targets.defined()) out.targets = rows_at(set.targets, indices);
  return out;
}

}  // namespace tt::training
