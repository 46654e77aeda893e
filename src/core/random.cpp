#include "transfer_tune/core/random.hpp"

#include "transfer_tune/core/philox.hpp"

#include <cmath>
#include <numbers>

namespace tt {
namespace {

/// The finalizer of SplitMix64: a bijection that spreads every input bit.
std::uint64_t mix(std::uint64_t x) noexcept {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

}  // namespace

std::uint64_t random_key(std::uint64_t seed, RandomPurpose purpose, std::uint64_t index,
                         std::uint64_t subindex) noexcept {
  return mix(mix(mix(mix(seed) ^ static_cast<std::uint64_t>(purpose)) ^ index) ^ subindex);
}

std::array<std::uint32_t, 4> philox(std::uint64_t key, std::uint64_t counter) noexcept {
  std::array<std::uint32_t, 4> x{static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32U), 0, 0};
  philox_rounds(key, x[0], x[1], x[2], x[3]);
  return x;
}

std::uint32_t RandomStream::next() noexcept {
  if (used_ == block_.size()) {
    block_ = philox(key_, counter_++);
    used_ = 0;
  }
  return block_[used_++];
}

double RandomStream::uniform() noexcept {
  const std::uint64_t high = next() >> 5U;
  const std::uint64_t low = next() >> 6U;
  return (static_cast<double>(high) * 67108864.0 + static_cast<double>(low)) / 9007199254740992.0;
}

std::uint64_t RandomStream::below(std::uint64_t bound) noexcept {
  // Values under the threshold would make some remainders likelier than others.
  const std::uint64_t threshold = (0 - bound) % bound;
  while (true) {
    const std::uint64_t value = (static_cast<std::uint64_t>(next()) << 32U) | next();
    if (value >= threshold) return value % bound;
  }
}

double RandomStream::normal() noexcept {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

}  // namespace tt
