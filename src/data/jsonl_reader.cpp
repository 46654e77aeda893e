#include "data/json_record.hpp"
#include "data/reader.hpp"

#include <algorithm>

namespace tt::data {

void read_jsonl(const Source& source, const ReadOptions& options, Dataset& dataset) {
  RecordReader records(options);
  RowErrors errors;
  std::size_t number = 0;
  for (std::size_t start = 0; start < source.text.size();) {
    const std::size_t end = std::min(source.text.find('\n', start), source.text.size());
    const std::string_view line = source.text.substr(start, end - start);
    start = end + 1;
    ++number;
    if (is_blank(line)) continue;
    try {
      dataset.examples.push_back(records.read(line, number));
    } catch (const RecordError& error) {
      errors.add(at_line(source.path, number), error.what());
    }
  }
  errors.throw_if_any();
  records.add_notes(dataset);
}

}  // namespace tt::data
