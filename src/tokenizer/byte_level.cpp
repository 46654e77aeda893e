#include "tokenizer/byte_level.hpp"

#include "tokenizer/utf8.hpp"
#include "transfer_tune/core/text.hpp"

#include <array>
#include <cstdint>

namespace tt::tokenizer {
namespace {

constexpr const char* kPattern = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// UTF-8 of the character that stands for a byte.
struct Written {
  std::array<char, 2> text{};
  std::uint8_t size = 0;
};

/// Printable bytes of Latin-1 stand for themselves, the others for U+0100 onwards in their order.
const std::array<Written, 256>& alphabet() {
  static const auto table = [] {
    std::array<Written, 256> out{};
    char32_t next = 0x100;
    for (char32_t byte = 0; byte < out.size(); ++byte) {
      const bool printable = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
      std::string text;
      append_utf8(printable ? byte : next++, text);
      out[byte].size = static_cast<std::uint8_t>(text.size());
      std::copy(text.begin(), text.end(), out[byte].text.begin());
    }
    return out;
  }();
  return table;
}

}  // namespace

void append_bytes_written(std::string_view text, std::string& out) {
  const auto& written = alphabet();
  const std::size_t begin = out.size();
  out.resize(begin + 2 * text.size());
  char* end = out.data() + begin;
  for (const char byte : text) {
    const Written& character = written[static_cast<std::uint8_t>(byte)];
    end[0] = character.text[0];
    end[1] = character.text[1];
    end += character.size;
  }
  out.resize(static_cast<std::size_t>(end - out.data()));
}

ByteLevel::ByteLevel(const Settings& settings) : settings_(settings) {
  if (settings.use_regex) pattern_.emplace(kPattern);
}

ByteLevel ByteLevel::read(const JsonView& part) {
  Settings settings;
  settings.add_prefix_space = part.at("add_prefix_space").boolean();
  settings.use_regex = part.boolean_or("use_regex", true);
  return ByteLevel(settings);
}

void ByteLevel::add_bytes(std::string_view text, std::size_t start, Words& out) const {
  std::string& changed = out.changed();
  const std::size_t begin = changed.size();
  append_bytes_written(text, changed);
  out.add(std::string_view(changed).substr(begin), start);
}

void ByteLevel::split(std::span<const Word> words, Words& out) const {
  std::size_t bytes = 0;
  for (const Word& word : words) bytes += word.text.size() + 1;
  out.reserve_changed(2 * bytes);
  std::string prefixed;
  for (const Word& word : words) {
    std::string_view text = word.text;
    std::size_t added = 0;
    if (settings_.add_prefix_space && !text.starts_with(' ')) {
      text = prefixed.assign(1, ' ').append(word.text);
      added = 1;
    }
    const auto start_of = [&](std::size_t at) { return word.start + (at < added ? 0 : at - added); };
    std::size_t done = 0;
    Regex::Steps steps(text.size());
    while (pattern_ && done < text.size()) {
      const auto match = pattern_->find(text, done, steps);
      if (!match) break;
      if (match->begin > done) add_bytes(text.substr(done, match->begin - done), start_of(done), out);
      add_bytes(text.substr(match->begin, match->end - match->begin), start_of(match->begin), out);
      done = match->end;
    }
    if (done < text.size()) add_bytes(text.substr(done), start_of(done), out);
  }
}

std::string ByteLevel::describe() const {
  return concat("ByteLevel (", settings_.add_prefix_space ? "space put in front" : "no space put in front", ", ",
                settings_.use_regex ? "GPT-2's words" : "text whole", ")");
}

}  // namespace tt::tokenizer
