#include "transfer_tune/ops/packed.hpp"

#include <algorithm>
#include <numeric>

namespace tt::ops {

std::int64_t Packing::longest() const {
  std::int64_t longest = 0;
  for (std::int64_t s = 0; s < sequences(); ++s) longest = std::max<std::int64_t>(longest, length(s));
  return longest;
}

std::vector<std::int32_t> Packing::places() const {
  std::vector<std::int32_t> places(static_cast<std::size_t>(rows), 0);
  for (std::int64_t s = 0; s < sequences(); ++s) {
    std::iota(places.begin() + offsets[s], places.begin() + offsets[s + 1], 0);
  }
  return places;
}

}  // namespace tt::ops
