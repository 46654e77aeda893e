#include "transfer_tune/model/parameter.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <utility>

namespace tt::model {

void ParameterTable::enter(Place place) { place_ = std::move(place); }

ParameterRef ParameterTable::add(const std::string& name, std::vector<std::int64_t> shape, Initial initial,
                                 bool by_token) {
  if (!names_.insert(name).second) {
    throw InternalError(concat("two modules of an encoder are called ", quote(name), "; expected names of their own"));
  }
  keys_.push_back({name, place_.group, place_.first_use, std::move(shape), place_.optional, initial, by_token,
                   place_.in_base_model});
  return ParameterRef(keys_.size() - 1);
}

}  // namespace tt::model
