#include "tokenizer/split.hpp"

#include "transfer_tune/core/text.hpp"

#include <vector>

namespace tt::tokenizer {

Split Split::read(const JsonView& part) {
  return {Pattern::read(part.at("pattern")), read_parting(part.at("behavior")), part.boolean_or("invert", false)};
}

void Split::split(std::span<const Word> words, Words& out) const {
  std::vector<Stretch> stretches;
  for (const Word& word : words) {
    stretches.clear();
    std::size_t done = 0;
    Regex::Steps steps(word.text.size());
    const auto add_until = [&](std::size_t end, bool is_match) {
      if (end > done) stretches.push_back({done, end, is_match != inverted_});
      done = end;
    };
    while (done < word.text.size()) {
      const auto match = pattern_.find(word.text, done, steps);
      if (!match) break;
      add_until(match->begin, false);
      add_until(match->end, true);
    }
    add_until(word.text.size(), false);
    part(word, stretches, parting_, out);
  }
}

std::string Split::describe() const {
  return concat("Split (", inverted_ ? "not " : "", pattern_.describe(), ", ", name_of(parting_), ")");
}

}  // namespace tt::tokenizer
