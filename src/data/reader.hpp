#pragma once

#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/data/dataset.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the readers of the single formats share.

namespace tt::data {

/// A file's content: valid UTF-8, its byte order mark taken off, not empty.
struct Source {
  const std::filesystem::path& path;
  std::string_view text;
};

/// Problems of single records, gathered so that one run shows them together.
class RowErrors {
 public:
  /// `where` names the record: `at_line(...)` or the file and a JSON pointer.
  void add(const std::string& where, std::string_view message);
  /// Throws one `DataError` with the first problems, one a line, and the number of those left out.
  void throw_if_any() const;

 private:
  std::vector<std::string> shown_;
  std::size_t count_ = 0;
};

/// "path:line".
[[nodiscard]] std::string at_line(const std::filesystem::path& path, std::size_t line);

/// 1-based line of the byte at `offset`; lines end in LF, CRLF or CR.
[[nodiscard]] std::size_t line_of(std::string_view text, std::size_t offset);

/// Calls `work(line, number)` for every line that is not blank: without its LF, numbered from 1.
template <class Work>
void for_each_line(std::string_view text, const Work& work) {
  std::size_t number = 0;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view line = text.substr(start, end - start);
    start = end + 1;
    ++number;
    if (!is_blank(line)) work(line, number);
  }
}

/// `nearest_name`, not looking at names too long to be a typing slip (comparing those would be slow).
[[nodiscard]] std::optional<std::string> nearest_of(std::string_view name, const std::vector<std::string>& candidates);

/// "found: "a", "b"; did you mean "a"?": what a message says about a name that is not among `found`.
[[nodiscard]] std::string describe_names(std::string_view missing, const std::vector<std::string>& found);

/// What is wrong with JSON text; what it holds there with `quote` alone.
[[nodiscard]] std::string json_fault(const JsonError& error, bool quote);

/// Parts the labels that a separator keeps in one; returns what forbids keeping `example` (an empty text, an empty or
/// repeated label), empty when nothing does.
[[nodiscard]] std::string finish(Example& example, const ReadOptions& options);

/// Reads `value` of the weight column; returns what is wrong with it, empty when nothing is.
[[nodiscard]] std::string read_weight(std::string_view value, const ReadOptions& options, float& weight);

/// Throws the `DataError` for an id, weight, language or extra column asked of a format that has none; `format` names
/// it.
void refuse_columns(const Source& source, const ReadOptions& options, std::string_view format);

/// RFC 4180 with a header line. Quotes that do not open a field are ordinary characters; lines may end in LF, CRLF or
/// CR; empty lines are skipped. Fields are parted by what the options or the header say, else by a comma.
void read_csv(const Source& source, const ReadOptions& options, Dataset& dataset);
/// As CSV with tabs: quoted fields are unquoted, as spreadsheets and pandas write them.
void read_tsv(const Source& source, const ReadOptions& options, Dataset& dataset);
/// fastText's lines: "__label__NAME the text"; or, without a label anywhere, as `read_tsv`.
void read_txt(const Source& source, const ReadOptions& options, Dataset& dataset);
/// One JSON object a line; empty lines are skipped. The text is a string; a label may also be a whole number or a
/// boolean, an id any number, an extra column any scalar (null: empty).
void read_jsonl(const Source& source, const ReadOptions& options, Dataset& dataset);
/// An array of records as `read_jsonl` takes them, such lines in spite of the name, or `read_clinc`'s object.
void read_json(const Source& source, const ReadOptions& options, Dataset& dataset);
/// An array of records.
void read_records(const Source& source, const ReadOptions& options, Dataset& dataset);
/// CLINC150's object of splits: {"train": [["text", "label"], …], "oos_train": …, …}. The column options do not apply.
void read_clinc(const Source& source, const ReadOptions& options, Dataset& dataset);

}  // namespace tt::data
