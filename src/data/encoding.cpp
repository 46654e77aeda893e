#include "data/encoding.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include "data/reader.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace tt::data {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr const char* kUtf8 = "utf-8";
constexpr const char* kWestern = "windows-1252";
constexpr std::string_view kRemedy = "set encoding to that of the file, such as \"windows-1254\", or save it as UTF-8";

struct ByteOrderMark {
  std::string_view bytes;
  const char* encoding;
};

/// The longer ones first: UTF-32's begins as UTF-16's does.
constexpr std::array<ByteOrderMark, 4> kMarks{{{{"\xFF\xFE\0\0", 4}, "utf-32le"},
                                               {{"\0\0\xFE\xFF", 4}, "utf-32be"},
                                               {{"\xFF\xFE", 2}, "utf-16le"},
                                               {{"\xFE\xFF", 2}, "utf-16be"}}};

bool is_high(char byte) { return static_cast<unsigned char>(byte) >= 0x80; }

std::string lowercase(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// "0xE9".
std::string hexadecimal(char byte) {
  std::array<char, 8> out{};
  const int length = std::snprintf(out.data(), out.size(), "0x%02X", static_cast<unsigned char>(byte));
  return {out.data(), static_cast<std::size_t>(length)};
}

/// iconv's conversion of one encoding to UTF-8.
class Converter {
 public:
  /// `known()` is false where iconv does not know the name.
  explicit Converter(const std::string& encoding) : handle_(::iconv_open("UTF-8", encoding.c_str())) {}
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  ~Converter() {
    if (known()) ::iconv_close(handle_);
  }

  [[nodiscard]] bool known() const noexcept {
    return handle_ != reinterpret_cast<::iconv_t>(-1);  // NOLINT: how iconv_open says no
  }

  /// Appends what `bytes` say to `out`; returns the offset of the first byte that says nothing, if any.
  [[nodiscard]] std::optional<std::size_t> convert(std::string_view bytes, std::string& out) {
    auto* from = const_cast<char*>(bytes.data());  // NOLINT: iconv does not write there
    std::size_t left = bytes.size();
    std::string block(std::size_t{1} << 16U, '\0');
    for (bool flushing = false;;) {
      char* to = block.data();
      std::size_t room = block.size();
      const std::size_t result = ::iconv(handle_, flushing ? nullptr : &from, &left, &to, &room);
      const int error = errno;
      out.append(block.data(), block.size() - room);
      if (result == static_cast<std::size_t>(-1)) {
        if (error != E2BIG) return bytes.size() - left;
      } else if (flushing) {
        return std::nullopt;
      } else {
        flushing = true;
      }
    }
  }

 private:
  ::iconv_t handle_;
};

/// iconv's name for what a person may call so: Python's names have hyphens where iconv's have none.
std::unique_ptr<Converter> find_converter(const std::string& encoding) {
  const bool well_formed = std::ranges::all_of(encoding, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("-_.:").find(c) != std::string_view::npos;
  });
  if (encoding.empty() || !well_formed) return nullptr;  // "//IGNORE" would leave bytes out without a word
  std::string joined = encoding;
  std::erase_if(joined, [](char c) { return c == '-' || c == '_'; });
  for (const std::string& name : {encoding, joined}) {
    auto converter = std::make_unique<Converter>(name);
    if (converter->known()) return converter;
  }
  return nullptr;
}

Decoded convert(const fs::path& path, std::string_view content, const std::string& encoding) {
  const auto converter = find_converter(encoding);
  if (converter == nullptr) {
    throw UsageError(concat(path.string(), ": encoding: found ", quote(encoding),
                            ", which iconv does not know; expected auto or a name such as utf-8, utf-16, windows-1252 "
                            "or iso-8859-9 (iconv -l lists them)"));
  }
  Decoded out{{}, encoding, {}};
  out.text.reserve(content.size());
  if (const auto offset = converter->convert(content, out.text)) {
    throw DataError(concat(at_line(path, line_of(out.text, out.text.size())), ": byte ",
                           hexadecimal(content[std::min(*offset, content.size() - 1)]), " at offset ", *offset,
                           " of the file is not ", encoding, "; ", kRemedy));
  }
  if (std::string_view(out.text).starts_with(kUtf8Mark)) out.text.erase(0, kUtf8Mark.size());
  return out;
}

/// Half of the bytes of plain text in UTF-16 are zero.
std::optional<std::string> unmarked_utf16(std::string_view content) {
  content = content.substr(0, 4096);
  std::array<std::size_t, 2> zeros{};
  for (std::size_t i = 0; i < content.size(); ++i) zeros.at(i % 2) += content[i] == '\0' ? 1 : 0;
  if (4 * zeros[1] > content.size()) return "utf-16le";
  if (4 * zeros[0] > content.size()) return "utf-16be";
  return std::nullopt;
}

/// True where the bytes beyond ASCII are UTF-8 at least as often as not: in another encoding that is chance, and rare.
bool is_mostly_utf8(std::string_view content) {
  std::size_t characters = 0;
  std::size_t invalid = 0;
  while (!content.empty()) {
    const std::string_view valid = content.substr(0, find_invalid_utf8(content).value_or(content.size()));
    constexpr unsigned char kFirstLead = 0xC0;
    characters += static_cast<std::size_t>(
        std::ranges::count_if(valid, [](char byte) { return static_cast<unsigned char>(byte) >= kFirstLead; }));
    content.remove_prefix(valid.size());
    if (content.empty()) break;
    ++invalid;
    content.remove_prefix(1);
  }
  return characters >= invalid;
}

/// Letters beyond ASCII stand alone or in pairs in a Western language; of another script, or where a character has
/// several bytes, they come in long runs.
bool looks_western(std::string_view content) {
  constexpr std::size_t kLongRun = 3;
  std::size_t high = 0;
  std::size_t in_runs = 0;
  std::size_t run = 0;
  const auto end_run = [&] {
    if (run >= kLongRun) in_runs += run;
    run = 0;
  };
  for (const char byte : content) {
    if (is_high(byte)) {
      ++high;
      ++run;
    } else {
      end_run();
    }
  }
  end_run();
  return 2 * in_runs <= high;
}

DataError invalid_utf8(const fs::path& path, std::string_view content, std::size_t offset, std::string_view remedy) {
  return DataError(concat(at_line(path, line_of(content, offset)), ": invalid UTF-8: byte ",
                          hexadecimal(content[offset]), " at offset ", offset, " of the file; ", remedy));
}

/// What is not UTF-8 is read as Windows-1252, a superset of ISO-8859-1, where nothing speaks against it.
Decoded decode_western(const fs::path& path, std::string_view content, std::size_t offset) {
  if (is_mostly_utf8(content)) {
    throw invalid_utf8(path, content, offset, concat("other parts of the file are UTF-8: mend this one, or ", kRemedy));
  }
  std::string text;
  Converter converter(kWestern);
  if (!looks_western(content) || !converter.known() || converter.convert(content, text)) {
    throw invalid_utf8(path, content, offset, kRemedy);
  }
  const std::string_view byte = content.substr(offset, 1);
  std::string letter;
  (void)Converter(kWestern).convert(byte, letter);
  std::string warning =
      concat(path.string(), " is not UTF-8: it was read as ", kWestern, " (first at line ", line_of(content, offset),
             ": byte ", hexadecimal(byte.front()), " as ", quote(letter), "). Where that is wrong, ", kRemedy, ".");
  return {std::move(text), kWestern, std::move(warning)};
}

Decoded detect(const fs::path& path, std::string&& content) {
  for (const ByteOrderMark& mark : kMarks) {
    if (!std::string_view(content).starts_with(mark.bytes)) continue;
    return convert(path, std::string_view(content).substr(mark.bytes.size()), mark.encoding);
  }
  if (std::string_view(content).starts_with(kUtf8Mark)) content.erase(0, kUtf8Mark.size());
  if (const auto encoding = unmarked_utf16(content)) {
    throw DataError(concat(path.string(), ": it looks like ", *encoding, " without a byte order mark; set encoding to ",
                           quote(*encoding), ", or save it as UTF-8"));
  }
  if (const auto offset = find_invalid_utf8(content)) return decode_western(path, content, *offset);
  return {std::move(content), kUtf8, {}};
}

Decoded decode_utf8(const fs::path& path, std::string&& content) {
  if (const auto offset = find_invalid_utf8(content)) throw invalid_utf8(path, content, *offset, kRemedy);
  if (std::string_view(content).starts_with(kUtf8Mark)) content.erase(0, kUtf8Mark.size());
  return {std::move(content), kUtf8, {}};
}

}  // namespace

Decoded decode(const fs::path& path, std::string content, const std::string& encoding) {
  const std::string name = lowercase(encoding);
  if (name == "auto") return detect(path, std::move(content));
  if (name == kUtf8 || name == "utf8" || name == "utf-8-sig") return decode_utf8(path, std::move(content));
  return convert(path, content, name);
}

}  // namespace tt::data
