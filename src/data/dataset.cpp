#include "transfer_tune/data/dataset.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/text.hpp"

#include "data/encoding.hpp"
#include "data/reader.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <system_error>
#include <utility>

namespace tt::data {
namespace {

namespace fs = std::filesystem;

struct Format {
  std::string_view extension;
  void (*read)(const Source&, const ReadOptions&, Dataset&);
};

constexpr std::array<Format, 6> kFormats{{
    {".csv", read_csv},
    {".tsv", read_tsv},
    {".txt", read_txt},
    {".jsonl", read_jsonl},
    {".ndjson", read_jsonl},
    {".json", read_json},
}};

/// What people bring that is not read, and what to do about it.
struct ForeignFormat {
  std::string_view extension;
  std::string_view remedy;
};

constexpr std::string_view kFromSpreadsheet = "save the sheet as \"CSV UTF-8\" in the spreadsheet program";
constexpr std::string_view kFromPandas =
    "convert it in Python, such as with pandas.read_parquet(\"in.parquet\").to_csv(\"out.csv\", index=False)";
constexpr std::string_view kUnpack = "unpack it first";

constexpr std::array<ForeignFormat, 12> kForeignFormats{{
    {".xlsx", kFromSpreadsheet},
    {".xlsm", kFromSpreadsheet},
    {".xls", kFromSpreadsheet},
    {".ods", kFromSpreadsheet},
    {".parquet", kFromPandas},
    {".arrow", kFromPandas},
    {".feather", kFromPandas},
    {".pkl", kFromPandas},
    {".gz", kUnpack},
    {".zip", kUnpack},
    {".xz", kUnpack},
    {".zst", kUnpack},
}};

const Format& format_of(const fs::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto* const format = std::ranges::find(kFormats, extension, &Format::extension);
  if (format != kFormats.end()) return *format;
  const std::string place = path.string();
  const auto* const foreign = std::ranges::find(kForeignFormats, extension, &ForeignFormat::extension);
  if (foreign != kForeignFormats.end()) {
    throw DataError(concat(place, ": ", extension, " files are not read; ", foreign->remedy));
  }
  std::vector<std::string> known;
  known.reserve(kFormats.size());
  for (const Format& each : kFormats) known.emplace_back(each.extension);
  throw DataError(concat(place, ": ", extension.empty() ? "no file name extension" : "unsupported extension ",
                         extension.empty() ? "" : quote(extension), "; supported: ", join(known, ", ")));
}

/// Throws where the first bytes show another kind of file than its name says.
void check_content(const fs::path& path, std::string_view content) {
  if (content.starts_with("PK\x03\x04")) {
    throw DataError(
        concat(path.string(), ": found an Excel workbook or another ZIP file under this name; ", kFromSpreadsheet));
  }
  if (content.starts_with("\x1f\x8b")) throw DataError(concat(path.string(), ": it is compressed; ", kUnpack));
}

void log_notes(const Dataset& dataset) {
  std::vector<std::string> notes = dataset.notes;
  if (dataset.encoding != "utf-8") notes.insert(notes.begin(), "read as " + dataset.encoding);
  if (!notes.empty()) log_info(concat(dataset.path.string(), ": ", join(notes, "; ")));
}

}  // namespace

Dataset read_dataset(const fs::path& path, const ReadOptions& options) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) throw DataError(concat(path.string(), ": expected a file, found a directory"));
  const Format& format = format_of(path);
  std::string content = read_file(path, ErrorKind::data);
  check_content(path, content);
  Dataset dataset;
  dataset.path = path;
  dataset.sha256 = sha256_hex(content);
  const Decoded decoded = decode(path, std::move(content), options.encoding);
  if (is_blank(decoded.text)) throw DataError(concat(path.string(), ": the file is empty"));
  dataset.encoding = decoded.encoding;
  if (!decoded.warning.empty()) dataset.warnings.push_back(decoded.warning);
  format.read({path, decoded.text}, options, dataset);
  if (is_multi_label(dataset)) to_label_sets(dataset);
  log_notes(dataset);
  if (dataset.examples.empty()) {
    throw DataError(concat(path.string(), ": no examples: expected at least one record with a text",
                           options.labelled ? " and a label" : ""));
  }
  return dataset;
}

std::span<const std::string> label_names(const Example& example) {
  if (example.labels) return *example.labels;
  return example.label.empty() ? std::span<const std::string>() : std::span(&example.label, 1);
}

std::string shown_labels(const Example& example) {
  return example.labels ? join(*example.labels, ", ") : example.label;
}

void append(Dataset& dataset, Dataset more) {
  dataset.more.push_back({.path = std::move(more.path),
                          .sha256 = std::move(more.sha256),
                          .encoding = std::move(more.encoding),
                          .delimiter = std::move(more.delimiter),
                          .examples = more.examples.size(),
                          .out_of_scope = more.out_of_scope.size()});
  for (Example& example : more.examples) {
    example.file = dataset.more.size();
    dataset.examples.push_back(std::move(example));
  }
  std::ranges::move(more.out_of_scope, std::back_inserter(dataset.out_of_scope));
  std::ranges::move(more.warnings, std::back_inserter(dataset.warnings));
}

const std::filesystem::path& path_of(const Dataset& dataset, const Example& example) {
  return example.file == 0 ? dataset.path : dataset.more.at(example.file - 1).path;
}

bool is_multi_label(const Dataset& dataset) {
  return std::ranges::any_of(dataset.examples, [](const Example& example) { return example.labels.has_value(); });
}

void to_label_sets(Dataset& dataset) {
  for (Example& example : dataset.examples) {
    if (example.labels) continue;
    example.labels.emplace();
    if (!example.label.empty()) example.labels->push_back(std::exchange(example.label, {}));
  }
}

std::string place_of(const Dataset& dataset, const Example& example) {
  std::string place = concat(path_of(dataset, example).filename().string(), ":", example.line);
  if (!example.id.empty()) place += concat(" (id ", example.id, ")");
  return place;
}

void hide_texts(Dataset& dataset) {
  for (Example& example : dataset.examples) example.text = place_of(dataset, example);
  dataset.texts_hidden = true;
}

}  // namespace tt::data
