#pragma once

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace tt::checkpoint {

/// An element type of the safetensors format.
struct Dtype {
  std::string_view name;  ///< as the header spells it
  std::uint64_t bits = 0;
  std::optional<at::ScalarType> scalar_type;  ///< none: LibTorch has no such element type
};

/// Null when the format has no such type.
[[nodiscard]] const Dtype* find_dtype(std::string_view name);
/// Null when the format cannot hold `type`.
[[nodiscard]] const Dtype* find_dtype(at::ScalarType type);
/// The place of `dtype` in the format's own order; the reference writer puts higher ones first in a file.
[[nodiscard]] std::size_t rank(const Dtype& dtype);

}  // namespace tt::checkpoint
