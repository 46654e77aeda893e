#include "tokenizer/token_table.hpp"

#include "transfer_tune/core/error.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace tt::tokenizer {

namespace {

/// In a table at most half full, a sound vocabulary's tokens come to a hundredth of it; one that is made to collide
/// would take time quadratic in its size.
constexpr std::size_t kMostProbes = 4096;

}  // namespace

TokenTable::TokenTable(std::size_t tokens) { grow(std::bit_ceil(2 * tokens + 16)); }

void TokenTable::grow(std::size_t slots) {
  const auto old = std::exchange(slots_, std::vector<Slot>(slots));
  shift_ = static_cast<unsigned>(64 - std::countr_zero(slots));
  for (const Slot& slot : old) {
    if (slot.length == kFree) continue;
    const std::string_view text = std::string_view(texts_).substr(slot.offset, slot.length);
    slots_[locate(extend(kSeed, text), {}, text)] = slot;
  }
}

std::size_t TokenTable::locate(std::uint64_t hash, std::string_view prefix, std::string_view text) const noexcept {
  const auto tag = static_cast<std::uint32_t>(hash);
  for (std::size_t at = home(hash);; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.length == kFree) return at;
    if (slot.tag != tag || slot.length != prefix.size() + text.size()) continue;
    const std::string_view token = std::string_view(texts_).substr(slot.offset, slot.length);
    if (token.starts_with(prefix) && token.ends_with(text)) return at;
  }
}

bool TokenTable::insert(std::string_view token, std::int32_t value) {
  if (token.size() >= kFree - texts_.size()) throw CheckpointError("the vocabulary is too large: over 4 GiB of text");
  if (2 * (size_ + 1) > slots_.size()) grow(2 * slots_.size());
  const std::uint64_t hash = extend(kSeed, token);
  const std::size_t at = locate(hash, {}, token);
  Slot& slot = slots_[at];
  if (slot.length != kFree) return false;
  if (((at - home(hash)) & (slots_.size() - 1)) > kMostProbes) {
    throw CheckpointError("thousands of tokens of the vocabulary have one hash, as if they were made for it");
  }
  slot = {static_cast<std::uint32_t>(hash), value, static_cast<std::uint32_t>(texts_.size()),
          static_cast<std::uint32_t>(token.size())};
  texts_ += token;
  ++size_;
  longest_ = std::max(longest_, token.size());
  return true;
}

std::optional<std::int32_t> TokenTable::find(std::string_view token) const noexcept {
  const Slot& slot = slots_[locate(extend(kSeed, token), {}, token)];
  return slot.length == kFree ? std::nullopt : std::optional(slot.value);
}

TokenTable::Prefix TokenTable::prefix(std::string_view text) { return {std::string(text), extend(kSeed, text)}; }

TokenTable::Match TokenTable::longest(const Prefix& prefix, std::string_view text) const noexcept {
  const auto slot_of = [&](std::uint64_t hash, std::string_view part) -> const Slot& {
    return slots_[locate(hash, prefix.text, part)];
  };
  // Most words are tokens themselves.
  if (!text.empty() && prefix.text.size() + text.size() <= longest_) {
    const Slot& whole = slot_of(extend(prefix.hash, text), text);
    if (whole.length != kFree) return {text.size(), whole.value};
  }
  Match best;
  std::uint64_t hash = prefix.hash;
  for (std::size_t length = 1; length <= text.size() && prefix.text.size() + length <= longest_; ++length) {
    hash = extend(hash, text[length - 1]);
    const Slot& slot = slot_of(hash, text.substr(0, length));
    if (slot.length != kFree) best = {length, slot.value};
  }
  return best;
}

}  // namespace tt::tokenizer
