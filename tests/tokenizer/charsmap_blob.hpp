#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tt::tests {

/// A charsmap as SentencePiece packs it, of texts and what becomes of them. Each node of the trie has a block of 256
/// units to itself, which makes it large and simple.
inline std::string charsmap_blob(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::vector<std::uint32_t> units(512);
  std::map<std::string, std::size_t> blocks{{"", 256}};  // of each prefix
  std::map<std::string, std::size_t> places{{"", 0}};    // of its unit
  std::string texts;
  units[0] = 256U << 10U;
  for (const auto& [key, value] : entries) {
    for (std::size_t length = 1; length <= key.size(); ++length) {
      const std::string prefix = key.substr(0, length);
      if (places.contains(prefix)) continue;
      const auto label = static_cast<std::uint8_t>(prefix.back());
      const std::size_t place = blocks[prefix.substr(0, length - 1)] ^ label;
      const std::size_t block = units.size();
      places[prefix] = place;
      blocks[prefix] = block;
      units.resize(block + 256);
      units[place] = static_cast<std::uint32_t>((place ^ block) << 10U) | label;
    }
    units[places[key]] |= 1U << 8U;
    units[blocks[key]] = 1U << 31U | static_cast<std::uint32_t>(texts.size());
    (texts += value) += '\0';
  }
  std::string out;
  const auto add = [&](std::size_t number) {
    for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(number >> shift & 0xFFU);
  };
  add(4 * units.size());
  for (const std::uint32_t unit : units) add(unit);
  return out + texts;
}

/// `bytes` in base64.
inline std::string base64_of(const std::string& bytes) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      bits = bits << 8U | (i + j < bytes.size() ? static_cast<std::uint8_t>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) out += i + j > bytes.size() ? '=' : digits[bits >> (18 - 6 * j) & 63U];
  }
  return out;
}

}  // namespace tt::tests
