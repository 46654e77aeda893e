#pragma once

#include "transfer_tune/data/dataset.hpp"

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tt::data {

/// What is wrong with a record.
struct RecordError : std::runtime_error {
  explicit RecordError(const std::string& what, std::size_t at = 0) : std::runtime_error(what), offset(at) {}
  std::size_t offset;  ///< in the record's text, where that is known; else 0
};

/// Reads records that are JSON objects, whatever file they stand in.
class RecordReader {
 public:
  explicit RecordReader(const ReadOptions& options) : options_(options) {}
  /// The example that `text` holds. Throws `RecordError`.
  [[nodiscard]] Example read(std::string_view text, std::size_t line);
  /// What was taken for something else than it is, for the dataset's notes.
  void add_notes(Dataset& dataset) const;

 private:
  const ReadOptions& options_;
  std::size_t whole_floats_ = 0;  ///< labels such as 1.0
};

}  // namespace tt::data
