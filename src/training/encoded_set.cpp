#include "transfer_tune/training/encoded_set.hpp"

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

EncodedSet subset(const EncodedSet& set, const std::vector<std::size_t>& indices) {
  EncodedSet out;
  for (const std::size_t i : indices) {
    out.sequences.push_back(set.sequences.at(i));
    out.labels.push_back(set.labels.at(i));
    out.origins.push_back(set.origins.at(i));
  }
  return out;
}

}  // namespace tt::training
