#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/data/checks.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace tt::data {
namespace {

struct Free {
  void operator()(utf8proc_uint8_t* text) const noexcept { std::free(text); }  // NOLINT(*-no-malloc,*-owning-memory)
};

const utf8proc_uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const utf8proc_uint8_t*>(text.data());  // NOLINT(*-reinterpret-cast)
}

/// NFKC_Casefold. ASCII, by far the commonest, only needs lower case.
std::string casefold(std::string_view text) {
  if (std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    std::string lower(text);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return lower;
  }
  constexpr auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
                                                          UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  utf8proc_uint8_t* mapped = nullptr;
  const auto length = utf8proc_map(bytes_of(text), static_cast<utf8proc_ssize_t>(text.size()), &mapped, options);
  const std::unique_ptr<utf8proc_uint8_t, Free> owner(mapped);
  if (length < 0) throw DataError(concat("text ", quote(text), ": ", utf8proc_errmsg(length)));
  return {reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(length)};  // NOLINT(*-reinterpret-cast)
}

bool is_space(utf8proc_category_t category) {
  return category == UTF8PROC_CATEGORY_CC || (category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP);
}

bool is_punctuation(utf8proc_category_t category) {
  return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}

/// The code points of `text` that are neither blank nor, with `drop_punctuation`, punctuation; one blank for each run
/// of the others between them.
std::string squeeze(std::string_view text, bool drop_punctuation) {
  std::string out;
  bool gap = false;
  for (std::size_t i = 0; i < text.size();) {
    utf8proc_int32_t code_point = 0;
    const auto length =
        utf8proc_iterate(bytes_of(text) + i, static_cast<utf8proc_ssize_t>(text.size() - i), &code_point);
    const auto category = utf8proc_category(code_point);
    if (is_space(category) || (drop_punctuation && is_punctuation(category))) {
      gap = true;
    } else {
      if (gap && !out.empty()) out += ' ';
      gap = false;
      out += text.substr(i, static_cast<std::size_t>(length));
    }
    i += static_cast<std::size_t>(length);
  }
  return out;
}

}  // namespace

std::string fold_text(std::string_view text) {
  const std::string folded = casefold(text);
  std::string words = squeeze(folded, true);
  return words.empty() ? squeeze(folded, false) : words;
}

}  // namespace tt::data
