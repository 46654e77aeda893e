#include "checkpoint/dtypes.hpp"

#include <algorithm>
#include <array>

namespace tt::checkpoint {
namespace {

// In the format's own order, by alignment.
constexpr std::array kDtypes{
    Dtype{"BOOL", 8, at::kBool},
    Dtype{"F4", 4, std::nullopt},
    Dtype{"F6_E2M3", 6, std::nullopt},
    Dtype{"F6_E3M2", 6, std::nullopt},
    Dtype{"U8", 8, at::kByte},
    Dtype{"I8", 8, at::kChar},
    Dtype{"F8_E5M2", 8, at::kFloat8_e5m2},
    Dtype{"F8_E4M3", 8, at::kFloat8_e4m3fn},
    Dtype{"F8_E8M0", 8, at::kFloat8_e8m0fnu},
    Dtype{"F8_E4M3FNUZ", 8, at::kFloat8_e4m3fnuz},
    Dtype{"F8_E5M2FNUZ", 8, at::kFloat8_e5m2fnuz},
    Dtype{"I16", 16, at::kShort},
    Dtype{"U16", 16, at::kUInt16},
    Dtype{"F16", 16, at::kHalf},
    Dtype{"BF16", 16, at::kBFloat16},
    Dtype{"I32", 32, at::kInt},
    Dtype{"U32", 32, at::kUInt32},
    Dtype{"F32", 32, at::kFloat},
    Dtype{"C64", 64, at::kComplexFloat},
    Dtype{"F64", 64, at::kDouble},
    Dtype{"I64", 64, at::kLong},
    Dtype{"U64", 64, at::kUInt64},
};

template <class Predicate>
const Dtype* find_first(Predicate predicate) {
  const auto* found = std::find_if(kDtypes.begin(), kDtypes.end(), predicate);
  return found == kDtypes.end() ? nullptr : found;
}

}  // namespace

const Dtype* find_dtype(std::string_view name) {
  return find_first([&](const Dtype& dtype) { return dtype.name == name; });
}

const Dtype* find_dtype(at::ScalarType type) {
  return find_first([&](const Dtype& dtype) { return dtype.scalar_type == type; });
}

std::size_t rank(const Dtype& dtype) { return static_cast<std::size_t>(&dtype - kDtypes.data()); }

}  // namespace tt::checkpoint
