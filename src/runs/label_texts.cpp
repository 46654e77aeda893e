#include "runs/label_texts.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace tt::runs {
namespace {

/// An object of label: text, or of label: list of texts.
std::vector<data::Example> texts_of(const JsonView& object) {
  std::vector<data::Example> out;
  const auto add = [&](const std::string& label, const JsonView& text) {
    if (data::is_blank(text.string())) text.fail("found an empty text, expected what the label means");
    out.push_back({.text = text.string(), .label = label});
  };
  for (const auto& [label, value] : object.members()) {
    if (value.is_array()) {
      for (const JsonView& item : value.items()) add(label, item);
    } else if (value.is_string()) {
      add(label, value);
    } else {
      value.expected("a text or a list of texts");
    }
  }
  return out;
}

void require_labels(const data::Dataset& descriptions, const data::LabelMap& labels) {
  std::set<std::string> problems;
  for (const data::Example& example : descriptions.examples) {
    if (labels.find(example.label)) continue;
    const auto hint = nearest_name(example.label, labels.names());
    problems.insert(concat(descriptions.path.string(), ": label ", quote(example.label),
                           " is not among the training labels",
                           hint ? concat("; did you mean ", quote(*hint), "?") : std::string()));
  }
  if (!problems.empty()) throw DataError(join({problems.begin(), problems.end()}, "\n"));
}

}  // namespace

std::string readable_label(std::string_view label) {
  std::string out;
  for (std::size_t i = 0; i < label.size(); ++i) {
    const auto c = static_cast<unsigned char>(label[i]);
    const bool hump = i > 0 && std::isupper(c) != 0 && std::islower(static_cast<unsigned char>(label[i - 1])) != 0;
    if (hump) out += ' ';
    out += c == '_' || c == '-' ? ' ' : label[i];
  }
  return out;
}

data::Dataset read_descriptions(const config::DataConfig& config, bool quote) {
  const std::filesystem::path& path = config.label_descriptions.value();
  if (path.extension() == ".json") {
    const std::string text = read_file(path, ErrorKind::data);
    const JsonDocument document(parse_json_file(text, path, ErrorKind::data), path, ErrorKind::data);
    if (document.root().is_object()) {
      data::Dataset out;
      out.path = path;
      out.sha256 = sha256_hex(text);
      out.examples = texts_of(document.root());
      return out;
    }
  }
  return data::read_dataset(path, read_options(config, "train", quote));
}

data::Dataset read_label_texts(const config::DataConfig& config, const data::LabelMap& labels, bool quote) {
  data::Dataset out;
  if (config.label_descriptions) {
    out = read_descriptions(config, quote);
    require_labels(out, labels);
  }
  std::set<std::string> described;
  for (const data::Example& example : out.examples) described.insert(example.label);
  for (const std::string& label : labels.names()) {
    if (!described.contains(label)) out.examples.push_back({.text = readable_label(label), .label = label});
  }
  return out;
}

}  // namespace tt::runs
