#include "transfer_tune/training/encoded_set.hpp"

#include "transfer_tune/core/text.hpp"

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

std::string EncodedSet::origin(std::size_t text) const {
  return lines.at(text) == 0 ? concat("the text of label ", labels.at(text)) : concat(file, ":", lines[text]);
}

EncodedSet append(const EncodedSet& set, const EncodedSet& more) {
  EncodedSet out = set;
  for (std::size_t i = 0; i < more.size(); ++i) out.sequences.append(more.sequences[i]);
  out.labels.insert(out.labels.end(), more.labels.begin(), more.labels.end());
  out.lines.insert(out.lines.end(), more.lines.begin(), more.lines.end());
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
  }
  return out;
}

}  // namespace tt::training
