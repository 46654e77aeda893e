#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tt::data {

/// One labelled (or unlabelled) text.
struct Example {
  std::string text{};
  std::string label{};   ///< empty: none given
  std::string id{};      ///< the id column's value; empty without one
  std::size_t line = 0;  ///< 1-based line of the file where the record starts (JSON splits: 1-based position)
  std::vector<std::string> columns{};  ///< values of the extra columns asked for, in the order asked
};

/// What to take from a file.
struct ReadOptions {
  std::string text_column = "text";
  std::string label_column = "label";
  std::optional<std::string> id_column{};
  std::vector<std::string> extra_columns{};  ///< e.g. the slice columns
  bool labelled = true;                      ///< false: the label column need not exist
  std::string split{};                       ///< CLINC JSON only: "train", "val" or "test"
};

/// A file's examples in file order.
struct Dataset {
  std::filesystem::path path;
  std::string sha256;  ///< of the file's bytes
  std::vector<Example> examples;
  std::vector<Example> out_of_scope;  ///< CLINC JSON: the split's out-of-scope texts, kept apart
};

/// Reads .csv, .tsv, .jsonl/.ndjson or the CLINC150 .json of splits, by extension. Throws `DataError` naming file:line
/// for: a missing file or column, an unclosed quote, a record with too few or many fields, invalid UTF-8, an empty
/// text or label (nothing but white space and invisible characters), no record at all; the first ten faulty records are
/// named together. Texts and labels are kept exactly as written. JSON lines may give a label or an id as an integer or
/// a boolean: it counts as its JSON text.
[[nodiscard]] Dataset read_dataset(const std::filesystem::path& path, const ReadOptions& options);

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

inline constexpr std::int32_t kNoLabel = -1;

/// The id of each example's label, `kNoLabel` where it is not in `labels`.
[[nodiscard]] std::vector<std::int32_t> label_ids(const std::vector<Example>& examples, const LabelMap& labels);

}  // namespace tt::data
