#pragma once

#include <filesystem>
#include <string>

namespace tt::data {

/// A file's content as text.
struct Decoded {
  std::string text;      ///< valid UTF-8, its byte order mark taken off
  std::string encoding;  ///< of the file, as the setting takes it
  std::string warning;   ///< a sentence on what was guessed; empty: nothing was
};

/// Decodes `content`, the bytes of `path`, from `encoding`: a name that iconv knows, or "auto" for UTF-8, what a byte
/// order mark says, or Windows-1252 where it can be nothing else known. Throws `UsageError` for an unknown name,
/// `DataError` with the line where the bytes do not fit.
[[nodiscard]] Decoded decode(const std::filesystem::path& path, std::string content, const std::string& encoding);

}  // namespace tt::data
