#pragma once

#include "transfer_tune/data/dataset.hpp"

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

/// True when `text` shows nothing: only white space, control and format characters.
[[nodiscard]] bool is_blank(std::string_view text);

/// `nearest_name`, not looking at names too long to be a typing slip (comparing those would be slow).
[[nodiscard]] std::optional<std::string> nearest_of(std::string_view name, const std::vector<std::string>& candidates);

/// "found: "a", "b"; did you mean "a"?": what a message says about a name that is not among `found`.
[[nodiscard]] std::string describe_names(std::string_view missing, const std::vector<std::string>& found);

/// The part of a JSON parser's message that says what is wrong, without its own place and prefix.
[[nodiscard]] std::string json_error_detail(std::string_view message);

/// What forbids keeping `example` (an empty text, an empty label); empty when nothing does.
[[nodiscard]] std::string_view find_fault(const Example& example, const ReadOptions& options);

/// RFC 4180 with a header line. Quotes that do not open a field are ordinary characters; lines may end in LF, CRLF or
/// CR; empty lines are skipped.
void read_csv(const Source& source, const ReadOptions& options, Dataset& dataset);
/// As CSV with tabs: quoted fields are unquoted, as spreadsheets and pandas write them.
void read_tsv(const Source& source, const ReadOptions& options, Dataset& dataset);
/// One JSON object a line; empty lines are skipped. The text is a string; a label or id may also be an integer or a
/// boolean, an extra column any scalar (null: empty), each taken as its JSON text.
void read_jsonl(const Source& source, const ReadOptions& options, Dataset& dataset);
/// CLINC150's object of splits: {"train": [["text", "label"], …], "oos_train": …, …}. The column options do not apply.
void read_clinc(const Source& source, const ReadOptions& options, Dataset& dataset);

}  // namespace tt::data
