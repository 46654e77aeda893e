#pragma once

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <cstddef>

namespace tt::tokenizer {

/// Throws `CheckpointError` where a text of `before` bytes has become `now`, more than any sound tokenizer makes of it
/// (NFKC makes 11 of one, ByteLevel 2): a file may replace a character by whatever it likes, and again what comes of
/// it.
inline void check_growth(std::size_t now, std::size_t before) {
  constexpr std::size_t kMostTimes = 32;
  constexpr std::size_t kFewBytes = 4096;
  if (now <= kFewBytes + kMostTimes * before) return;
  throw CheckpointError(concat("the tokenizer makes ", now, " bytes or more of a text of ", before,
                               "; expected at most ", kMostTimes, " times as many and ", kFewBytes,
                               ": its normalizer or pre-tokenizer is damaged"));
}

}  // namespace tt::tokenizer
