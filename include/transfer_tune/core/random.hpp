#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace tt {

/// What a random draw is for: part of its key, so that draws for one purpose never shift those for another.
enum class RandomPurpose : std::uint32_t {
  shuffle = 1,
  split = 2,
  shots = 3,
  initialise = 4,
  hidden_dropout = 5,
  attention_dropout = 6,
  head_dropout = 7,
  bootstrap = 8,
  folds = 9,
  unlabelled = 10,
  lora_dropout = 11,
  clusters = 12,
  episodes = 13,
  held_out_intents = 14,
  search = 15,
};

/// The key of a stream of draws: a function of the seed, the purpose and up to two indices (epoch or step, layer).
[[nodiscard]] std::uint64_t random_key(std::uint64_t seed, RandomPurpose purpose, std::uint64_t index = 0,
                                       std::uint64_t subindex = 0) noexcept;

/// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011):
/// four 32-bit draws that depend on `key` and `counter` alone.
[[nodiscard]] std::array<std::uint32_t, 4> philox(std::uint64_t key, std::uint64_t counter) noexcept;

/// The draws of one key in order.
class RandomStream {
 public:
  explicit RandomStream(std::uint64_t key) noexcept : key_(key) {}
  [[nodiscard]] std::uint32_t next() noexcept;
  /// Uniform in [0, 1) with 53 random bits.
  [[nodiscard]] double uniform() noexcept;
  /// Uniform in 0..bound-1, unbiased; bound > 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) noexcept;
  /// Standard normal (Box-Muller).
  [[nodiscard]] double normal() noexcept;

 private:
  std::uint64_t key_;
  std::uint64_t counter_ = 0;
  std::array<std::uint32_t, 4> block_{};
  std::size_t used_ = 4;
};

/// Fisher-Yates; the same permutation on every platform.
template <class T>
void shuffle(std::span<T> items, RandomStream& stream) {
  for (std::size_t i = items.size(); i > 1; --i) {
    std::swap(items[i - 1], items[static_cast<std::size_t>(stream.below(i))]);
  }
}

}  // namespace tt
