#pragma once

#include <cstdint>

namespace tt {

/// One Philox4x32-10 block in place: `x` holds the 128-bit counter on entry and four 32-bit draws on return (Salmon,
/// Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011). Always inlined, on plain arrays:
/// the kernels compile it once per instruction set and none of those copies may reach the linker.
[[gnu::always_inline]] inline void philox_rounds(std::uint64_t key, std::uint32_t& x0, std::uint32_t& x1,
                                                 std::uint32_t& x2, std::uint32_t& x3) noexcept {
  std::uint32_t key0 = static_cast<std::uint32_t>(key);
  std::uint32_t key1 = static_cast<std::uint32_t>(key >> 32U);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53U} * x0;
    const std::uint64_t product1 = std::uint64_t{0xCD9E8D57U} * x2;
    x0 = static_cast<std::uint32_t>(product1 >> 32U) ^ x1 ^ key0;
    x1 = static_cast<std::uint32_t>(product1);
    x2 = static_cast<std::uint32_t>(product0 >> 32U) ^ x3 ^ key1;
    x3 = static_cast<std::uint32_t>(product0);
    key0 += 0x9E3779B9U;
    key1 += 0xBB67AE85U;
  }
}

}  // namespace tt
