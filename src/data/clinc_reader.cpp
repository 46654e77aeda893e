#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include "data/reader.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace tt::data {
namespace {

using nlohmann::json;

constexpr std::string_view kOutOfScope = "oos_";

json parse_splits(const Source& source, bool quote) {
  try {
    json document = parse_json<json>(source.text);
    if (document.is_object()) return document;
    throw DataError(concat(source.path.string(),
                           ": expected an array of records or CLINC150's object of splits, found ",
                           document.type_name(), "; for one object a line use .jsonl"));
  } catch (const JsonError& error) {
    const std::string where = error.pointer.empty() ? at_line(source.path, line_of(source.text, error.offset))
                                                    : concat(source.path.string(), ": ", error.pointer);
    throw DataError(concat(where, ": ", json_fault(error, quote)));
  }
}

/// The pairs of text and label under `split`.
std::vector<Example> read_pairs(const Source& source, const json& document, const std::string& split,
                                const ReadOptions& options, RowErrors& errors) {
  const json& list = document.at(split);
  const std::string pointer = concat(source.path.string(), ": /", split);
  if (!list.is_array())
    throw DataError(concat(pointer, ": expected a list of [text, label], found ", list.type_name()));
  std::vector<Example> examples;
  examples.reserve(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    const json& pair = list[i];
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string()) {
      errors.add(concat(pointer, "/", i), "expected a list of two strings, the text and its label");
      continue;
    }
    Example example;
    example.text = pair[0].get<std::string>();
    example.label = pair[1].get<std::string>();
    example.line = i + 1;
    if (const std::string fault = finish(example, options); !fault.empty()) {
      errors.add(concat(pointer, "/", i), fault);
    } else {
      examples.push_back(std::move(example));
    }
  }
  return examples;
}

void check_split(const Source& source, const json& document, const ReadOptions& options) {
  refuse_columns(source, options, "CLINC150's JSON holds");
  if (document.contains(options.split)) return;
  std::vector<std::string> splits;
  for (const auto& item : document.items()) {
    if (!item.key().starts_with(kOutOfScope)) splits.push_back(item.key());
  }
  // pandas' to_json by default: {"text": {"0": …}, "label": {…}}.
  const bool by_column = document.contains(options.text_column);
  throw DataError(concat(source.path.string(), ": no split ", quote(options.split), "; ",
                         describe_names(options.split, splits),
                         by_column ? "; expected records: [{\"text\": …, \"label\": …}, …], as pandas writes them with "
                                     "orient=\"records\""
                                   : ""));
}

}  // namespace

void read_clinc(const Source& source, const ReadOptions& options, Dataset& dataset) {
  const json document = parse_splits(source, options.quote);
  check_split(source, document, options);
  dataset.keeps_scope_apart = true;
  RowErrors errors;
  dataset.examples = read_pairs(source, document, options.split, options, errors);
  const std::string out_of_scope = concat(kOutOfScope, options.split);
  if (document.contains(out_of_scope)) {
    dataset.out_of_scope = read_pairs(source, document, out_of_scope, options, errors);
  }
  errors.throw_if_any();
}

}  // namespace tt::data
