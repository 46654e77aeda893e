#include "data/reader.hpp"

#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <utility>

namespace tt::data {
namespace {

constexpr std::string_view kPrefix = "__label__";
constexpr std::string_view kSpace = " \t\v\f\r";

/// The word that `text` begins with.
std::string_view first_word(std::string_view text) { return text.substr(0, text.find_first_of(kSpace)); }

void skip(std::string_view& text, std::string_view characters) {
  text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
}

/// True when a word of `text` is a label.
bool has_label(std::string_view text) {
  for (std::size_t at = text.find(kPrefix); at != std::string_view::npos; at = text.find(kPrefix, at + 1)) {
    if (at == 0 || kSpace.find(text[at - 1]) != std::string_view::npos) return true;
  }
  return false;
}

/// What is wrong with a line comes back as a message; empty: nothing.
std::string read_line(std::string_view line, const ReadOptions& options, Example& example) {
  skip(line, kSpace);
  std::vector<std::string> labels;
  while (line.starts_with(kPrefix)) {
    const std::string_view word = first_word(line);
    labels.emplace_back(word.substr(kPrefix.size()));
    line.remove_prefix(word.size());
    skip(line, kSpace);
  }
  if (has_label(line)) return "a label behind the text: expected it at the start of the line";
  if (labels.empty() && options.labelled) {
    return "no label: expected the line to begin with __label__ and the label's name";
  }
  if (labels.size() == 1) example.label = std::move(labels.front());
  if (labels.size() > 1) example.labels = std::move(labels);
  line = line.substr(0, line.find_last_not_of(kSpace) + 1);
  example.text = line;
  return finish(example, options);
}

void read_fasttext(const Source& source, const ReadOptions& options, Dataset& dataset) {
  refuse_columns(source, options, "fastText's lines hold");
  RowErrors errors;
  for_each_line(source.text, [&](std::string_view line, std::size_t number) {
    Example example;
    example.line = number;
    if (const std::string fault = read_line(line, options, example); !fault.empty()) {
      errors.add(at_line(source.path, number), fault);
    } else {
      dataset.examples.push_back(std::move(example));
    }
  });
  errors.throw_if_any();
}

/// True when a line begins with a label.
bool is_fasttext(std::string_view text) {
  return text.starts_with(kPrefix) || text.find(concat('\n', kPrefix)) != std::string_view::npos;
}

}  // namespace

void read_txt(const Source& source, const ReadOptions& options, Dataset& dataset) {
  if (is_fasttext(source.text)) return read_fasttext(source, options, dataset);
  read_tsv(source, options, dataset);
}

}  // namespace tt::data
