#include "tokenizer/charsmap.hpp"

#include "tokenizer/utf8.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::tokenizer {
namespace {

constexpr std::size_t kLongestText = 256;  ///< bytes that a character may become; NFKC makes 33 of one at most

// A unit of the double array, as darts-clone packs it.
bool has_leaf(std::uint32_t unit) noexcept { return (unit >> 8U & 1U) != 0; }
bool is_leaf(std::uint32_t unit) noexcept { return unit >> 31U != 0; }
std::uint32_t value_of(std::uint32_t unit) noexcept { return unit & 0x7FFFFFFFU; }
std::uint32_t label_of(std::uint32_t unit) noexcept { return unit & 0x800000FFU; }
std::size_t offset_of(std::uint32_t unit) noexcept { return (unit >> 10U) << ((unit & 1U << 9U) >> 6U); }

std::uint32_t read_unit(std::string_view blob, std::size_t index) noexcept {
  std::uint32_t unit = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    unit |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(blob[4 * index + i])) << 8 * i;
  }
  return unit;
}

[[noreturn]] void refuse(std::string_view what) {
  throw CheckpointError(concat("not a charsmap of SentencePiece: ", what));
}

}  // namespace

Charsmap::Charsmap(std::string_view blob) {
  if (blob.size() < 4) refuse(concat("it has ", blob.size(), " bytes, expected at least the 4 of the trie's size"));
  const std::size_t size = read_unit(blob, 0);
  blob.remove_prefix(4);
  if (size > blob.size()) {
    refuse(concat("its trie is said to have ", size, " bytes, but ", blob.size(), " are left; is it cut off?"));
  }
  if (size == 0 || size % 4 != 0) refuse(concat("its trie has ", size, " bytes, expected some units of 4 bytes"));
  units_.reserve(size / 4);
  for (std::size_t i = 0; i < size / 4; ++i) units_.push_back(read_unit(blob, i));
  texts_ = blob.substr(size);
  if (const auto invalid = find_invalid_utf8(texts_)) {
    refuse(concat("its texts are not UTF-8 from byte ", *invalid, " on"));
  }
  check_texts();
}

/// Each leaf that the search may come to must name a text.
void Charsmap::check_texts() const {
  for (std::size_t i = 0; i < units_.size(); ++i) {
    if (is_leaf(units_[i]) || !has_leaf(units_[i])) continue;
    const std::size_t leaf = i ^ offset_of(units_[i]);
    if (leaf >= units_.size()) refuse(concat("unit ", i, " of its trie leads to unit ", leaf, " of ", units_.size()));
    const std::size_t text = value_of(units_[leaf]);
    if (text >= texts_.size() || continues_sequence(texts_[text])) {
      refuse(concat("unit ", leaf, " of its trie names the text at byte ", text, ", where none begins"));
    }
    const std::string_view start = std::string_view(texts_).substr(text, kLongestText + 1);
    if (start.size() > kLongestText && start.find('\0') == std::string_view::npos) {
      refuse(concat("its text at byte ", text, " has more than ", kLongestText, " bytes"));
    }
  }
}

std::optional<std::string_view> Charsmap::find(std::string_view text) const noexcept {
  std::size_t at = offset_of(units_[0]);
  for (const char byte : text) {
    const std::uint32_t label = static_cast<std::uint8_t>(byte);
    at ^= label;
    // A zero byte ends the texts of such a trie.
    if (label == 0 || at >= units_.size() || label_of(units_[at]) != label) return std::nullopt;
    const std::uint32_t unit = units_[at];
    at ^= offset_of(unit);
    if (!has_leaf(unit)) continue;
    const std::string_view found = std::string_view(texts_).substr(value_of(units_[at]));
    return found.substr(0, found.find('\0'));
  }
  return std::nullopt;
}

}  // namespace tt::tokenizer
