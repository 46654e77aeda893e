#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

// Tensors whose values lie in a mapped file.

namespace tt::checkpoint {

/// The most dimensions that LibTorch computes with.
inline constexpr std::size_t kMostDimensions = 64;

/// a·b, or nothing when it exceeds `limit`.
[[nodiscard]] std::optional<std::uint64_t> multiply(std::uint64_t a, std::uint64_t b, std::uint64_t limit);

/// The product of the sizes, a size of 0 taken for 1, or nothing where 64 bits cannot count it: LibTorch computes
/// strides as if no dimension were 0.
[[nodiscard]] std::optional<std::uint64_t> count_elements(const std::vector<std::int64_t>& shape);

/// What is wrong with `data` as values of `type`; empty: nothing.
[[nodiscard]] std::string find_fault(std::span<const std::byte> data, at::ScalarType type);

/// A tensor over `data`, which `owner` keeps mapped; a copy where the place does not suit the type. `data` holds just
/// the elements of `shape`.
[[nodiscard]] at::Tensor tensor_over(std::span<const std::byte> data, at::ScalarType type,
                                     const std::vector<std::int64_t>& shape, const std::shared_ptr<const void>& owner);

}  // namespace tt::checkpoint
