#include "transfer_tune/core/text.hpp"

#include "data/delimited.hpp"
#include "data/delimiter.hpp"
#include "data/reader.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace tt::data {
namespace {

/// Where the wanted columns stand in a record.
struct Columns {
  std::optional<std::size_t> text;
  std::optional<std::size_t> label;
  std::optional<std::size_t> id;
  std::optional<std::size_t> weight;
  std::optional<std::size_t> language;
  std::vector<std::size_t> extra;
};

/// Finds columns by name in a file's header line.
class Header {
 public:
  /// With `quote`, messages name the columns: without, since the first line of a file that lacks a header is a text.
  Header(const Source& source, const Record& record, bool quote)
      : where_(at_line(source.path, record.line)), quote_(quote) {
    for (const Field& field : record.fields) names_.push_back(field.value());
  }

  [[nodiscard]] bool has(const std::string& name) const { return std::ranges::count(names_, name) > 0; }

  /// The column's place; a missing or repeated name goes to `errors`. `setting` is what named the column.
  [[nodiscard]] std::optional<std::size_t> find(const std::string& name, std::string_view setting,
                                                RowErrors& errors) const {
    const auto first = std::ranges::find(names_, name);
    if (first == names_.end()) {
      errors.add(where_, concat("no column ", quote(name), " (", setting, ") in the header; ",
                                quote_ ? describe_names(name, names_) + separator_hint()
                                       : concat("found ", names_.size(), " others")));
      return std::nullopt;
    }
    if (std::find(first + 1, names_.end(), name) != names_.end()) {
      errors.add(where_,
                 concat("the header names column ", quote(name), " (", setting, ") more than once; rename the others"));
    }
    return static_cast<std::size_t>(first - names_.begin());
  }

 private:
  [[nodiscard]] std::string separator_hint() const {
    if (names_.size() != 1) return {};
    for (const char separator : {';', '\t', ',', '|'}) {
      if (names_[0].find(separator) == std::string::npos) continue;
      return concat("; the fields seem to be separated by ", quote(std::string(1, separator)),
                    ": set delimiter to it, or to auto");
    }
    return {};
  }

  std::string where_;
  bool quote_;
  std::vector<std::string> names_;
};

Columns find_columns(const Header& header, const ReadOptions& options) {
  RowErrors errors;
  Columns columns;
  columns.text = header.find(options.text_column, "text_column", errors);
  if (options.labelled || header.has(options.label_column)) {
    columns.label = header.find(options.label_column, "label_column", errors);
  }
  if (options.id_column) columns.id = header.find(*options.id_column, "id_column", errors);
  if (options.weight_column) columns.weight = header.find(*options.weight_column, "weight_column", errors);
  if (options.language_column && (options.language_required || header.has(*options.language_column))) {
    columns.language = header.find(*options.language_column, "language_column", errors);
  }
  for (const auto& name : options.extra_columns) {
    if (const auto column = header.find(name, "an extra column asked for", errors)) columns.extra.push_back(*column);
  }
  errors.throw_if_any();
  return columns;
}

Example make_example(const Record& record, const Columns& columns) {
  const auto value = [&](std::optional<std::size_t> column) {
    return column ? record.fields[*column].value() : std::string();
  };
  Example example{.text = value(columns.text), .label = value(columns.label), .line = record.line};
  if (columns.id) example.id = nlohmann::json(value(columns.id)).dump();
  if (columns.language) example.language = language_of(value(columns.language));
  for (const std::size_t column : columns.extra) example.columns.push_back(value(column));
  return example;
}

/// `usual` is the separator that the file's name promises.
void read_delimited(const Source& source, char usual, const ReadOptions& options, Dataset& dataset) {
  const DelimitedLayout layout = find_layout(source, options, usual);
  dataset.delimiter = delimiter_name(layout.delimiter);
  if (layout.delimiter != usual) dataset.notes.push_back(concat("fields parted by ", quote(dataset.delimiter)));
  DelimitedParser parser(layout.records, layout.delimiter, source.path, layout.first_line, options.quote);
  Record record;
  if (!parser.next(record)) return;
  const Columns columns = find_columns(Header(source, record, options.quote), options);
  const std::size_t width = record.fields.size();
  RowErrors errors;
  while (parser.next(record)) {
    if (record.fields.size() != width) {
      errors.add(at_line(source.path, record.line),
                 concat(record.fields.size(), record.fields.size() == 1 ? " field" : " fields",
                        " where the header has ", width, "; enclose a field that holds the separator in quotes"));
      continue;
    }
    Example example = make_example(record, columns);
    std::string fault = finish(example, options);
    if (fault.empty() && columns.weight) {
      fault = read_weight(record.fields[*columns.weight].value(), options, example.weight);
    }
    if (!fault.empty()) {
      errors.add(at_line(source.path, record.line), fault);
    } else {
      dataset.examples.push_back(std::move(example));
    }
  }
  errors.throw_if_any();
}

}  // namespace

void read_csv(const Source& source, const ReadOptions& options, Dataset& dataset) {
  read_delimited(source, ',', options, dataset);
}

void read_tsv(const Source& source, const ReadOptions& options, Dataset& dataset) {
  read_delimited(source, '\t', options, dataset);
}

}  // namespace tt::data
