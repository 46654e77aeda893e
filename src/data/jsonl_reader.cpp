#include "data/json_record.hpp"
#include "data/reader.hpp"

#include <algorithm>

namespace tt::data {

void read_jsonl(const Source& source, const ReadOptions& options, Dataset& dataset) {
  RecordReader records(options);
  RowErrors errors;
  for_each_line(source.text, [&](std::string_view line, std::size_t number) {
    try {
      dataset.examples.push_back(records.read(line, number));
    } catch (const RecordError& error) {
      errors.add(at_line(source.path, number), error.what());
    }
  });
  errors.throw_if_any();
  records.add_notes(dataset);
}

}  // namespace tt::data
