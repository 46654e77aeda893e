#pragma once

#include "fuzz/fuzz_target.hpp"
#include "transfer_tune/tokenizer/coverage.hpp"
#include "transfer_tune/tokenizer/tokenizer.hpp"

#include <cstddef>
#include <string_view>

namespace tt::fuzz {

/// Encodes `text`, whatever bytes it is of; what comes out must keep what `Tokenizer` promises.
inline void encode_any(const tokenizer::Tokenizer& tokenizer, std::string_view text) {
  constexpr std::size_t kMost = 64;
  const tokenizer::Encoding encoding = tokenizer.encode(text, kMost);
  if (encoding.ids.size() > kMost) fail("more ids than were asked for");
  for (const std::int32_t id : encoding.ids) (void)tokenizer.token(id);
  (void)tokenizer::falls_apart(tokenizer, text, encoding.ids);
  if (tokenizer.encode(text, kMost).ids != encoding.ids) fail("other ids for the same text");
  const tokenizer::Encoding longer = tokenizer.encode(text, 2 * kMost);
  if (!encoding.truncated && longer.ids != encoding.ids) fail("other ids where more may come");
}

}  // namespace tt::fuzz
