#include "tokenizer/parting.hpp"

#include "tokenizer/utf8.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tt::tokenizer {
namespace {

using Named = std::pair<std::string_view, Parting>;
constexpr std::array kNames{
    Named{"Removed", Parting::removed}, Named{"Isolated", Parting::isolated}, Named{"Contiguous", Parting::contiguous},
    Named{"MergedWithPrevious", Parting::merged_with_previous}, Named{"MergedWithNext", Parting::merged_with_next}};

/// True if `stretch` becomes a part of the one before it in the order in which they are gone through.
bool joins(const Stretch& before, const Stretch& stretch, Parting parting) {
  if (parting == Parting::contiguous) return before.is_delimiter == stretch.is_delimiter;
  return stretch.is_delimiter && !before.is_delimiter;
}

/// Joins neighbours as `parting` says.
void join_stretches(std::vector<Stretch>& stretches, Parting parting) {
  std::vector<Stretch> joined;
  bool last_is_delimiter = false;
  for (const Stretch& stretch : stretches) {
    const Stretch before{0, 0, last_is_delimiter};
    last_is_delimiter = stretch.is_delimiter;
    if (joined.empty() || !joins(before, stretch, parting)) {
      joined.push_back(stretch);
    } else {
      joined.back().begin = std::min(joined.back().begin, stretch.begin);
      joined.back().end = std::max(joined.back().end, stretch.end);
    }
  }
  stretches = std::move(joined);
}

}  // namespace

std::string read_character(const JsonView& value) {
  if (!is_one_character(value.string()))
    value.fail(concat("found ", quote(value.string()), ", expected one character"));
  return value.string();
}

Parting read_parting(const JsonView& behavior) {
  std::vector<std::string> names;
  for (const auto& [name, parting] : kNames) {
    if (name == behavior.string()) return parting;
    names.emplace_back(name);
  }
  behavior.fail(concat("the behavior ", quote(behavior.string()), " is not supported; supported: ", join(names, ", ")));
}

std::string_view name_of(Parting parting) { return std::ranges::find(kNames, parting, &Named::second)->first; }

void part(const Word& word, std::vector<Stretch>& stretches, Parting parting, Words& out) {
  const bool from_behind = parting == Parting::merged_with_next;
  if (from_behind) std::ranges::reverse(stretches);
  if (parting != Parting::removed && parting != Parting::isolated) join_stretches(stretches, parting);
  if (from_behind) std::ranges::reverse(stretches);
  for (const auto& [begin, end, is_delimiter] : stretches) {
    if (is_delimiter && parting == Parting::removed) continue;
    out.add(word.text.substr(begin, end - begin), word.start + begin);
  }
}

}  // namespace tt::tokenizer
