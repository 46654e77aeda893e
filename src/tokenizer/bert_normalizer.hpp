#pragma once

#include "transfer_tune/core/json.hpp"

#include <array>
#include <string>
#include <string_view>

namespace tt::tokenizer {

/// The `BertNormalizer` of the tokenizers package. Its steps, in their order, are the settings.
class BertNormalizer {
 public:
  struct Settings {
    bool clean_text = true;     ///< controls removed, whitespace blanked
    bool space_cjk = true;      ///< blanks around CJK ideographs (`handle_chinese_chars`)
    bool strip_accents = true;  ///< canonical decomposition, non-spacing marks removed
    bool lowercase = true;      ///< per character: no final sigma
  };

  explicit BertNormalizer(const Settings& settings);
  [[nodiscard]] static BertNormalizer read(const JsonView& part);
  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }

  /// Sets `out` to the normal form of `text`, which must be valid UTF-8.
  void normalize(std::string_view text, std::string& out) const;
  [[nodiscard]] std::string describe() const;

 private:
  void append_ascii(std::string_view run, std::string& out) const;

  Settings settings_;
  std::array<char, 128> ascii_{};
  std::array<bool, 128> kept_{};
};

}  // namespace tt::tokenizer
