#include "transfer_tune/training/encoded_set.hpp"

namespace tt::training {

EncodedSet subset(const EncodedSet& set, const std::vector<std::size_t>& indices) {
  EncodedSet out;
  for (const std::size_t i : indices) {
    out.sequences.push_back(set.sequences.at(i));
    out.labels.push_back(set.labels.at(i));
    out.origins.push_back(set.origins.at(i));
  }
  return out;
}

EncodedSet join_sets(const EncodedSet& a, const EncodedSet& b) {
  EncodedSet out = a;
  out.sequences.insert(out.sequences.end(), b.sequences.begin(), b.sequences.end());
  out.labels.insert(out.labels.end(), b.labels.begin(), b.labels.end());
  out.origins.insert(out.origins.end(), b.origins.begin(), b.origins.end());
  return out;
}

}  // namespace tt::training
