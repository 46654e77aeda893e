#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tt::data {

/// The language of texts whose language column says none.
inline constexpr std::string_view kUnknownLanguage = "unknown";

/// One labelled (or unlabelled) text.
struct Example {
  std::string text{};
  std::string label{};   ///< empty: none given
  std::string id{};      ///< the id column's value as JSON text: "7" of a JSON number, "\"7\"" of a string; empty: none
  std::size_t line = 0;  ///< 1-based line of the file where the record starts (.json: 1-based position in its list)
  std::size_t file =
      0;             ///< of a data set that `append` put together: its place in `Dataset::more`, from 1; 0: the first
  float weight = 1;  ///< the weight column's value: what the text counts for in training
  std::vector<std::string> columns{};  ///< values of the extra columns asked for, in the order asked
  std::string language{};  ///< the language column's value without white space around it, or `kUnknownLanguage`; empty:
                           ///< there is no such column
  /// Of a file that gives texts several labels: all of this one's, each once, maybe none; `label` is empty then.
  std::optional<std::vector<std::string>> labels{};
};

/// What `example` is labelled with, however many that are; points into it.
[[nodiscard]] std::span<const std::string> label_names(const Example& example);
/// The same for people: "a, b".
[[nodiscard]] std::string shown_labels(const Example& example);

/// What to take from a file.
struct ReadOptions {
  std::string text_column = "text";
  std::string label_column = "label";
  std::optional<std::string> id_column{};
  std::optional<std::string> weight_column{};
  std::optional<std::string> language_column{};
  bool language_required = true;                 ///< false: that column need not exist
  std::optional<std::string> label_separator{};  ///< what parts several labels of a text; absent: it has one
  std::vector<std::string> extra_columns{};      ///< e.g. the slice columns
  bool labelled = true;                          ///< false: the label column need not exist
  std::string split{};                           ///< CLINC JSON only: "train", "val" or "test"
  std::string delimiter = "auto";                ///< of CSV and the like: "auto", "tab" or a character
  std::string encoding = "auto";                 ///< a name that iconv knows; "auto": UTF-8, or as the bytes say
  bool quote = true;                             ///< messages may quote what the file holds beside labels and keys
};

/// One of the files that a data set was put together from.
struct FurtherFile {
  std::filesystem::path path;
  std::string sha256;
  std::string encoding;
  std::string delimiter;
  std::size_t examples = 0;
  std::size_t out_of_scope = 0;
};

/// A file's examples in file order, or those of several one after the other: see `append`.
struct Dataset {
  std::filesystem::path path;
  std::string sha256;     ///< of the file's bytes
  std::string encoding;   ///< as the setting takes it: "utf-8", "utf-16le", …
  std::string delimiter;  ///< likewise; empty: the format has none
  std::vector<Example> examples;
  std::vector<Example> out_of_scope;  ///< CLINC JSON: the split's out-of-scope texts
  bool keeps_scope_apart = false;     ///< the format says which texts are out of scope
  std::vector<std::string> notes;     ///< sentences on how the file was understood
  std::vector<std::string> warnings;  ///< sentences on what was guessed
  bool texts_hidden = false;          ///< by `hide_texts`
  std::vector<FurtherFile> more{};    ///< files after the first
};

/// Reads, by extension, .csv, .tsv, .txt (fastText's lines, else as .tsv), .jsonl/.ndjson, or .json: an array of
/// records or CLINC150's object of splits. Throws `DataError` naming file:line for: a missing file or column, an
/// unclosed quote, a record with too few or many fields, bytes that do not fit the encoding, an empty text or label
/// (nothing but white space and invisible characters), a weight that is no number from 0 to 1e6, no record at all; the
/// first ten faulty records are named together. Texts and labels are kept exactly as written. JSON may give a label as
/// a whole number or a boolean: it counts as the integer's or the boolean's JSON text. Several labels a text are a JSON
/// list, what a separator parts, or several prefixes of fastText's; where one text has them so, every text's label is a
/// set, and may be empty. A label that is named twice is a fault of its record. Throws `UsageError` for options that
/// mean nothing.
[[nodiscard]] Dataset read_dataset(const std::filesystem::path& path, const ReadOptions& options);

/// Puts the texts of `more`, one file's, behind those of `dataset`.
void append(Dataset& dataset, Dataset more);
/// The file that `example` of `dataset` stands in.
[[nodiscard]] const std::filesystem::path& path_of(const Dataset& dataset, const Example& example);

/// Whether a text may have several labels.
[[nodiscard]] bool is_multi_label(const Dataset& dataset);
/// Makes each text's label the set of that one, where the file does not have sets already.
void to_label_sets(Dataset& dataset);

/// Where `example` of `dataset` stands: "train.csv:17", and its id where it has one.
[[nodiscard]] std::string place_of(const Dataset& dataset, const Example& example);

/// Puts in the place of the examples' texts where they stand: what is written from then on cannot hold them.
void hide_texts(Dataset& dataset);

/// True when `text` shows nothing: only white space, control and format characters.
[[nodiscard]] bool is_blank(std::string_view text);

/// The language that `value` of a language column says.
[[nodiscard]] std::string language_of(std::string_view value);

/// Label names in their fixed order and the way back.
class LabelMap {
 public:
  LabelMap() = default;
  /// Throws `DataError` on a repeated or empty name.
  explicit LabelMap(std::vector<std::string> names);
  /// The sorted (byte-wise) distinct labels of `examples`.
  [[nodiscard]] static LabelMap from_examples(const std::vector<Example>& examples);
  [[nodiscard]] std::size_t size() const noexcept { return names_.size(); }
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
  [[nodiscard]] const std::string& name(std::size_t id) const { return names_.at(id); }
  /// The id of `label`, if it is in the map.
  [[nodiscard]] std::optional<std::int32_t> find(std::string_view label) const;

 private:
  std::vector<std::string> names_;
  std::map<std::string, std::int32_t, std::less<>> ids_;
};

}  // namespace tt::data
