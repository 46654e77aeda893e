#pragma once

#include "transfer_tune/core/json.hpp"

#include <string>
#include <string_view>

namespace tt::tokenizer {

/// `NFC`, `NFD`, `NFKC` and `NFKD` of the tokenizers package: the normal forms of Unicode, of the version that it has.
class NormalForm {
 public:
  NormalForm(bool compatible, bool composed) : compatible_(compatible), composed_(composed) {}
  template <bool Compatible, bool Composed>
  [[nodiscard]] static NormalForm read(const JsonView& /*part*/) {
    return {Compatible, Composed};
  }

  /// Sets `out` to the normal form of `text`, which must be valid UTF-8.
  void normalize(std::string_view text, std::string& out) const;
  /// How many bytes of the form of `text` stand for its first `length` bytes.
  [[nodiscard]] std::size_t start_length(std::string_view text, std::size_t length) const;
  [[nodiscard]] std::string describe() const;

 private:
  bool compatible_;  ///< characters that look otherwise but mean the same become one
  bool composed_;    ///< a letter and its marks are one character where there is one
};

}  // namespace tt::tokenizer
