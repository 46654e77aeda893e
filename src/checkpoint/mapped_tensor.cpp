#include "checkpoint/mapped_tensor.hpp"

#include "transfer_tune/core/text.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>
#include <limits>

namespace tt::checkpoint {

std::optional<std::uint64_t> multiply(std::uint64_t a, std::uint64_t b, std::uint64_t limit) {
  if (b != 0 && a > limit / b) return std::nullopt;
  return a * b;
}

std::optional<std::uint64_t> count_elements(const std::vector<std::int64_t>& shape) {
  std::optional<std::uint64_t> product = 1;
  for (const std::int64_t size : shape) {
    product = multiply(*product, static_cast<std::uint64_t>(std::max<std::int64_t>(size, 1)),
                       static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
    if (!product) break;
  }
  return product;
}

std::string find_fault(std::span<const std::byte> data, at::ScalarType type) {
  if (type != at::kBool) return "";
  const auto bad = std::find_if(data.begin(), data.end(), [](std::byte b) { return b > std::byte{1}; });
  if (bad == data.end()) return "";
  return concat("holds the byte ", std::to_integer<int>(*bad), " as BOOL; expected 0 or 1");
}

at::Tensor tensor_over(std::span<const std::byte> data, at::ScalarType type, const std::vector<std::int64_t>& shape,
                       const std::shared_ptr<const void>& owner) {
  const auto address = reinterpret_cast<std::uintptr_t>(data.data());  // NOLINT
  if (data.empty() || address % c10::elementSize(type) != 0) {
    at::Tensor copy = at::empty(shape, type);
    if (!data.empty()) std::memcpy(copy.data_ptr(), data.data(), data.size());
    return copy;
  }
  auto* bytes = const_cast<std::byte*>(data.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  return at::from_blob(
      bytes, shape, [held = owner](void* /*unused*/) mutable { held.reset(); }, type);
}

}  // namespace tt::checkpoint
