#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/data/dataset.hpp"

#include <set>
#include <utility>

namespace tt::data {

LabelMap::LabelMap(std::vector<std::string> names) : names_(std::move(names)) {
  for (std::size_t id = 0; id < names_.size(); ++id) {
    const std::string& name = names_[id];
    if (name.empty()) throw DataError(concat("label list, position ", id + 1, ": the name is empty"));
    const auto [first, added] = ids_.emplace(name, static_cast<std::int32_t>(id));
    if (!added) {
      throw DataError(concat("label list, position ", id + 1, ": ", quote(name), " is listed already at position ",
                             first->second + 1, "; list each label once"));
    }
  }
}

LabelMap LabelMap::from_examples(const std::vector<Example>& examples) {
  std::set<std::string_view> names;
  for (const Example& example : examples) {
    for (const std::string& name : label_names(example)) names.insert(name);
  }
  return LabelMap({names.begin(), names.end()});
}

std::optional<std::int32_t> LabelMap::find(std::string_view label) const {
  const auto found = ids_.find(label);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

}  // namespace tt::data
