#include "data/reader.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>
#include <system_error>
#include <utility>

namespace tt::data {
namespace {

constexpr std::size_t kShownErrors = 10;
constexpr std::size_t kShownNames = 20;
constexpr std::size_t kLongestHint = 100;

bool shows_nothing(utf8proc_category_t category) {
  switch (category) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
      return true;
    default:
      return false;
  }
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t";
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

/// What `separator` parts, without white space around it; nothing of a blank text.
std::vector<std::string> parted(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  if (is_blank(text)) return parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.emplace_back(trimmed(text.substr(begin, end - begin)));
    begin = end + separator.size();
  }
  return parts;
}

}  // namespace

void RowErrors::add(const std::string& where, std::string_view message) {
  if (++count_ <= kShownErrors) shown_.push_back(concat(where, ": ", message));
}

void RowErrors::throw_if_any() const {
  if (count_ == 0) return;
  std::string message = join(shown_, "\n");
  if (count_ > shown_.size()) message += concat("\n… and ", count_ - shown_.size(), " more records with errors");
  throw DataError(message);
}

std::string at_line(const std::filesystem::path& path, std::size_t line) { return concat(path.string(), ":", line); }

std::size_t line_of(std::string_view text, std::size_t offset) {
  std::size_t line = 1;
  for (std::size_t i = 0; i < offset; ++i) {
    if (text[i] == '\n' || (text[i] == '\r' && text.substr(i + 1, 1) != "\n")) ++line;
  }
  return line;
}

bool is_blank(std::string_view text) {
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());  // NOLINT(*-reinterpret-cast)
  for (std::size_t i = 0; i < text.size();) {
    utf8proc_int32_t code_point = 0;
    const auto length = utf8proc_iterate(bytes + i, static_cast<utf8proc_ssize_t>(text.size() - i), &code_point);
    if (length <= 0 || !shows_nothing(utf8proc_category(code_point))) return false;
    i += static_cast<std::size_t>(length);
  }
  return true;
}

std::optional<std::string> nearest_of(std::string_view name, const std::vector<std::string>& candidates) {
  if (name.size() > kLongestHint) return std::nullopt;
  std::vector<std::string> short_ones;
  std::ranges::copy_if(candidates, std::back_inserter(short_ones),
                       [](const std::string& candidate) { return candidate.size() <= kLongestHint; });
  return nearest_name(name, short_ones);
}

std::string describe_names(std::string_view missing, const std::vector<std::string>& found) {
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < std::min(found.size(), kShownNames); ++i) shown.push_back(quote(found[i]));
  std::string text = concat("found: ", shown.empty() ? "none" : join(shown, ", "));
  if (found.size() > shown.size()) text += concat(" and ", found.size() - shown.size(), " more");
  if (const auto nearest = nearest_of(missing, found)) text += concat("; did you mean ", quote(*nearest), "?");
  return text;
}

std::string json_fault(const JsonError& error, bool quote) {
  if (error.why == JsonError::Reason::repeated_key)
    return concat("key ", tt::quote(error.key), " occurs more than once");
  return std::string(error.what()).substr(0, quote ? std::string::npos : error.without_found);
}

void refuse_columns(const Source& source, const ReadOptions& options, std::string_view format) {
  std::vector<std::string> wanted = options.extra_columns;
  if (options.language_column && options.language_required) wanted.insert(wanted.begin(), *options.language_column);
  if (options.weight_column) wanted.insert(wanted.begin(), *options.weight_column);
  if (options.id_column) wanted.insert(wanted.begin(), *options.id_column);
  if (wanted.empty()) return;
  throw DataError(concat(source.path.string(), ": column ", quote(wanted.front()), ": ", format,
                         " only texts and labels; convert it to .csv to add columns"));
}

std::string language_of(std::string_view value) {
  return std::string(is_blank(value) ? kUnknownLanguage : trimmed(value));
}

std::string read_weight(std::string_view value, const ReadOptions& options, float& weight) {
  constexpr double kLargest = 1e6;
  const std::string_view number = trimmed(value);
  double parsed = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), parsed);
  // NaN fails both comparisons.
  if (error == std::errc() && end == number.data() + number.size() && parsed >= 0 && parsed <= kLargest) {
    weight = static_cast<float>(parsed);
    return {};
  }
  const std::string found = value.empty() ? "nothing" : options.quote ? quote(value, 40) : "something else";
  return concat("column ", quote(options.weight_column.value()), " (weight_column): found ", found,
                ", expected a number from 0 to 1e6");
}

std::string finish(Example& example, const ReadOptions& options) {
  if (is_blank(example.text)) return "the text is empty; fill it in or delete the record";
  if (options.label_separator && !example.labels && (options.labelled || !example.label.empty())) {
    example.labels = parted(std::exchange(example.label, {}), *options.label_separator);
  }
  if (!example.labels) {
    return options.labelled && is_blank(example.label) ? "the label is empty; fill it in or delete the record" : "";
  }
  std::set<std::string_view> seen;
  for (const std::string& name : *example.labels) {
    if (is_blank(name)) return "one of its labels is empty; fill it in or delete it";
    if (!seen.insert(name).second) return concat("label ", quote(name), " is named twice; expected each once");
  }
  return {};
}

}  // namespace tt::data
