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

namespace {

template <class T>
std::vector<T> some_of(const std::vector<T>& values, const std::vector<std::size_t>& indices) {
  std::vector<T> out;
  if (values.empty()) return out;
  out.reserve(indices.size());
  for (const std::size_t i : indices) out.push_back(values.at(i));
  return out;
}

/// Those of two sets one after the other; `missing` where one has none. Nothing where neither has any.
template <class T>
std::vector<T> joined(const EncodedSet& set, const EncodedSet& more, std::vector<T> EncodedSet::*values, T missing) {
  if ((set.*values).empty() && (more.*values).empty()) return {};
  std::vector<T> out = set.*values;
  out.resize(set.size(), missing);
  out.insert(out.end(), (more.*values).begin(), (more.*values).end());
  out.resize(set.size() + more.size(), missing);
  return out;
}

}  // namespace

std::vector<float> Texts::weights() const { return some_of(set->weights, indices); }

std::vector<std::int32_t> Texts::languages() const { return some_of(set->languages, indices); }

std::vector<std::int32_t> Texts::sentences() const { return some_of(set->sentences, indices); }

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
  out.weights = joined(set, more, &EncodedSet::weights, 1.0F);
  out.languages = joined(set, more, &EncodedSet::languages, -1);
  return out;
}

EncodedSet subset(const EncodedSet& set, const std::vector<std::size_t>& indices) {
  EncodedSet out;
  out.file = set.file;
  out.labels.reserve(indices.size());
  for (const std::size_t i : indices) {
    out.sequences.append(set.sequences[i]);
    out.labels.push_back(set.labels.at(i));
  }
  out.lines = some_of(set.lines, indices);
  out.weights = some_of(set.weights, indices);
  out.languages = some_of(set.languages, indices);
  out.sentences = some_of(set.sentences, indices);
  out.multi_label = set.multi_label;
  if (set.targets.defined()) out.targets = rows_at(set.targets, indices);
  return out;
}

}  // namespace tt::training
