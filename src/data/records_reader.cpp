#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include "data/json_record.hpp"
#include "data/json_scan.hpp"
#include "data/reader.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace tt::data {
namespace {

/// Line numbers of offsets that only grow.
class LineCounter {
 public:
  explicit LineCounter(std::string_view text) : text_(text) {}
  [[nodiscard]] std::size_t at(std::size_t offset) {
    lines_ += line_of(text_.substr(counted_), offset - counted_) - 1;
    counted_ = offset;
    return lines_;
  }

 private:
  std::string_view text_;
  std::size_t counted_ = 0;
  std::size_t lines_ = 1;
};

/// True for one object a line, as many tools write into a .json.
bool holds_lines(std::string_view text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  return !is_blank(text.substr(line.size())) && nlohmann::json::accept(line);
}

}  // namespace

void read_records(const Source& source, const ReadOptions& options, Dataset& dataset) {
  RecordReader records(options);
  RowErrors errors;
  LineCounter lines(source.text);
  const auto offset_of = [&](std::string_view part) { return source.text.size() - part.size(); };
  std::string_view rest = skip_space(skip_space(source.text).substr(1));
  bool closed = rest.starts_with(']');
  for (std::size_t i = 0; !closed && !rest.empty(); ++i) {
    const std::string_view record = json_value(rest);
    const std::size_t offset = offset_of(rest);
    try {
      dataset.examples.push_back(records.read(record, i + 1));
    } catch (const RecordError& error) {
      const std::size_t line = lines.at(std::min(offset + error.offset, source.text.size()));
      errors.add(concat(at_line(source.path, line), ": /", i), error.what());
    }
    rest = skip_space(rest.substr(record.size()));
    closed = !rest.starts_with(',');
    if (!closed) rest = skip_space(rest.substr(1));
  }
  if (!rest.starts_with(']')) {
    errors.add(at_line(source.path, line_of(source.text, offset_of(rest))),
               rest.empty() ? "the file ends inside the array: expected a \"]\"" : "expected a comma or \"]\"");
  } else if (const std::string_view behind = skip_space(rest.substr(1)); !behind.empty()) {
    errors.add(at_line(source.path, line_of(source.text, offset_of(behind))),
               concat("expected the end of the file", options.quote ? ", found " + quote(behind, 40) : std::string()));
  }
  errors.throw_if_any();
  records.add_notes(dataset);
}

void read_json(const Source& source, const ReadOptions& options, Dataset& dataset) {
  const std::string_view text = skip_space(source.text);
  if (text.starts_with('[')) return read_records(source, options, dataset);
  if (text.starts_with('{') && holds_lines(text)) {
    read_jsonl(source, options, dataset);
    dataset.notes.insert(dataset.notes.begin(), "it holds one JSON object a line: read as .jsonl");
    return;
  }
  read_clinc(source, options, dataset);
}

}  // namespace tt::data
