#include "tokenizer/precompiled.hpp"

#include "tokenizer/base64.hpp"
#include "tokenizer/grapheme.hpp"
#include "tokenizer/located.hpp"
#include "tokenizer/utf8.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::tokenizer {
namespace {

/// Clusters of so many bytes are not looked up as a whole.
constexpr std::size_t kLongCluster = 6;

}  // namespace

Precompiled::Precompiled(std::string_view charsmap) : map_(charsmap), digest_(sha256_hex(charsmap)) {
  for (std::size_t i = 0; i < plain_.size(); ++i) {
    const char c = static_cast<char>(i);
    const std::string_view text(&c, 1);
    plain_[i] = c != '\r' && map_.find(text).value_or(text) == text;
  }
}

Precompiled Precompiled::read(const JsonView& part) {
  const JsonView map = part.at("precompiled_charsmap");
  return located(map, [&] { return Precompiled(decode_base64(map.string())); });
}

/// How many characters stand from `begin` on that are plain and clusters of their own: the character behind them
/// may belong to the last.
std::size_t Precompiled::plain_run(std::string_view text, std::size_t begin) const noexcept {
  std::size_t end = begin;
  while (end < text.size() && is_ascii(text[end]) && plain_[static_cast<std::uint8_t>(text[end])]) ++end;
  const bool last_is_open = end > begin && end < text.size() && !is_ascii(text[end]);
  return end - begin - (last_is_open ? 1 : 0);
}

void Precompiled::append_cluster(std::string_view cluster, std::string& out) const {
  if (cluster.size() < kLongCluster) {
    if (const auto found = map_.find(cluster)) {
      out += *found;
      return;
    }
  }
  for (std::size_t i = 0; i < cluster.size();) {
    const std::size_t begin = i;
    static_cast<void>(next_code_point(cluster, i));
    const std::string_view character = cluster.substr(begin, i - begin);
    out += map_.find(character).value_or(character);
  }
}

void Precompiled::normalize(std::string_view text, std::string& out) const {
  out.clear();
  for (std::size_t i = 0; i < text.size();) {
    if (const std::size_t run = plain_run(text, i); run > 0) {
      out += text.substr(i, run);
      i += run;
    } else {
      const std::size_t end = cluster_end(text, i);
      append_cluster(text.substr(i, end - i), out);
      i = end;
    }
  }
}

std::size_t Precompiled::start_length(std::string_view text, std::size_t length) const {
  std::string form;
  normalize(text.substr(0, length), form);
  if (!form.empty()) return form.size();
  // Where the beginning goes, the tokenizers package takes what comes next for it.
  normalize(text, form);
  std::size_t first = 0;
  if (!form.empty()) static_cast<void>(next_code_point(form, first));
  return first;
}

std::string Precompiled::describe() const { return concat("Precompiled (SHA-256 ", digest_.substr(0, 16), ")"); }

}  // namespace tt::tokenizer
