#include "render/html/page.hpp"

#include <cstdint>

#include "render/html/style.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::report::html {
namespace {

std::uint32_t hex_digit(char c) { return static_cast<std::uint32_t>(c <= '9' ? c - '0' : c - 'a' + 10); }

/// The bytes that `hex` writes, in base 64 (RFC 4648).
std::string base64_of_hex(const std::string& hex) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 6) {  // three bytes, four digits
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 6; ++j) bits = (bits << 4U) | (i + j < hex.size() ? hex_digit(hex[i + j]) : 0);
    for (std::size_t j = 0; j < 4; ++j) {
      const bool is_there = i + 3 * j / 2 < hex.size() && (j < 2 || i + 2 * (j - 1) < hex.size());
      out += is_there ? kDigits[(bits >> (18 - 6 * j)) & 63U] : '=';
    }
  }
  return out;
}

std::string policy() {
  return concat("default-src 'none'; style-src 'sha256-", base64_of_hex(sha256_hex(style_sheet())),
                "'; base-uri 'none'; form-action 'none'");
}

Html contents(const std::vector<Section>& sections) {
  std::vector<Html> links;
  for (const Section& section : sections) {
    if (!section.content.empty()) links.push_back(link_within(section.place, section.title));
  }
  return element("nav", {{"aria-label", "Contents"}}, list(links));
}

}  // namespace

std::string document(const Page& page) {
  Html body = element("div", {{"class", "skip"}}, link_within("main", "To the report"));
  body += element("header", page.header);
  body += contents(page.sections);
  Html sections;
  for (const Section& section : page.sections) {
    if (section.content.empty()) continue;
    sections += element("section", {{"id", section.place}}, element("h2", section.title) + section.content);
  }
  body += element("main", {{"id", "main"}}, sections);
  body += element("footer", page.footer);
  // The only markup that is written by hand: what the builder refuses to write, and nothing from data.
  return concat("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>",
                "<meta http-equiv=\"Content-Security-Policy\" content=\"", policy(), "\"/>",
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>",
                "<meta name=\"color-scheme\" content=\"light dark\"/><meta name=\"referrer\" content=\"no-referrer\"/>",
                element("title", page.title).markup(), "<style>", style_sheet(), "</style></head>\n<body>",
                body.markup(), "</body></html>\n");
}

}  // namespace tt::report::html
