#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tt::tokenizer {

/// The tokens `<0x00>` to `<0xFF>`, each a byte of a character that is no token itself.
class ByteTokens {
 public:
  /// `find(token)`: the id of a token, if it is there.
  template <class Find>
  explicit ByteTokens(const Find& find) {
    for (std::size_t byte = 0; byte < ids_.size(); ++byte) {
      const std::optional<std::int32_t> id = find(name_of(byte));
      ids_[byte] = id.value_or(kNone);
    }
  }

  /// Appends the ids of the bytes of `text`, unless one of them has no token: then false.
  [[nodiscard]] bool append(std::string_view text, std::vector<std::int32_t>& ids) const {
    const std::size_t before = ids.size();
    for (const char byte : text) {
      const std::int32_t id = ids_[static_cast<std::uint8_t>(byte)];
      if (id == kNone) {
        ids.resize(before);
        return false;
      }
      ids.push_back(id);
    }
    return true;
  }

 private:
  static constexpr std::int32_t kNone = -1;

  static std::string name_of(std::size_t byte) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    return {'<', '0', 'x', kDigits[byte / 16], kDigits[byte % 16], '>'};
  }

  std::array<std::int32_t, 256> ids_{};
};

}  // namespace tt::tokenizer
