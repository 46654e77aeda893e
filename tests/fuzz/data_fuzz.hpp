#pragma once

#include "fuzz/fuzz_target.hpp"
#include "transfer_tune/data/dataset.hpp"

#include <string_view>

namespace tt::fuzz {

/// Options by the bits of `kind`, so that one byte of the input says which columns are asked for.
inline data::ReadOptions read_options(unsigned char kind) {
  data::ReadOptions options;
  if ((kind & 1U) != 0) options.id_column = "id";
  if ((kind & 2U) != 0) options.weight_column = "weight";
  if ((kind & 4U) != 0) options.language_column = "language";
  if ((kind & 8U) != 0) options.label_separator = ";";
  if ((kind & 16U) != 0) options.extra_columns = {"slice"};
  options.labelled = (kind & 32U) == 0;
  options.quote = (kind & 64U) == 0;
  options.split = "train";
  return options;
}

/// Reads the file `name` of `content`; what comes out must keep what `read_dataset` promises.
inline void read_any(std::string_view name, std::string_view content, const data::ReadOptions& options) {
  const data::Dataset dataset = data::read_dataset(write_file_named(name, content), options);
  if (dataset.examples.empty() && dataset.out_of_scope.empty()) fail("a data set without a record");
  for (const data::Example& example : dataset.examples) {
    if (data::is_blank(example.text)) fail("an empty text");
    if (options.labelled && !example.labels && data::is_blank(example.label)) fail("an empty label");
    if (!(example.weight >= 0 && example.weight <= 1e6F)) fail("a weight out of range");
    if (example.columns.size() != options.extra_columns.size()) fail("columns missing");
  }
}

}  // namespace tt::fuzz
