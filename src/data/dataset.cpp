#include "transfer_tune/data/dataset.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/text.hpp"

#include "data/reader.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <system_error>

namespace tt::data {
namespace {

namespace fs = std::filesystem;

struct Format {
  std::string_view extension;
  void (*read)(const Source&, const ReadOptions&, Dataset&);
};

constexpr std::array<Format, 5> kFormats{{
    {".csv", read_csv},
    {".tsv", read_tsv},
    {".jsonl", read_jsonl},
    {".ndjson", read_jsonl},
    {".json", read_clinc},
}};

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

const Format& format_of(const fs::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto* const format = std::ranges::find(kFormats, extension, &Format::extension);
  if (format != kFormats.end()) return *format;
  std::vector<std::string> known;
  known.reserve(kFormats.size());
  for (const Format& each : kFormats) known.emplace_back(each.extension);
  throw DataError(concat(path.string(), ": ", extension.empty() ? "no file name extension" : "unsupported extension ",
                         extension.empty() ? "" : quote(extension), "; supported: ", join(known, ", "),
                         " (CLINC150's object of splits)"));
}

void check_encoding(const fs::path& path, std::string_view content) {
  const auto offset = find_invalid_utf8(content);
  if (!offset) return;
  const bool utf16 = content.starts_with("\xFF\xFE") || content.starts_with("\xFE\xFF");
  throw DataError(concat(at_line(path, line_of(content, *offset)), ": invalid UTF-8: byte ",
                         quote(content.substr(*offset, 1)), " at offset ", *offset, " of the file; ",
                         utf16 ? "it looks like UTF-16: " : "", "save the file as UTF-8"));
}

}  // namespace

Dataset read_dataset(const fs::path& path, const ReadOptions& options) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) throw DataError(concat(path.string(), ": expected a file, found a directory"));
  const Format& format = format_of(path);
  const std::string content = read_file(path, ErrorKind::data);
  check_encoding(path, content);
  std::string_view text = content;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (is_blank(text)) throw DataError(concat(path.string(), ": the file is empty"));

  Dataset dataset;
  dataset.path = path;
  dataset.sha256 = sha256_hex(content);
  format.read({path, text}, options, dataset);
  if (dataset.examples.empty()) {
    throw DataError(concat(path.string(), ": no examples: expected at least one record with a text",
                           options.labelled ? " and a label" : ""));
  }
  return dataset;
}

}  // namespace tt::data
