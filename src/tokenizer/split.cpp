#include "tokenizer/split.hpp"

#include "tokenizer/located.hpp"
#include "transfer_tune/core/text.hpp"

#include <utility>

namespace tt::tokenizer {

Split::Split(std::string pattern, bool removed) : pattern_(std::move(pattern)), removed_(removed), regex_(pattern_) {}

Split Split::read(const JsonView& part) {
  const JsonView pattern = part.at("pattern");
  if (!pattern.has("Regex")) pattern.fail("only a pattern given as \"Regex\" is supported");
  const JsonView behavior = part.at("behavior");
  if (behavior.string() != "Isolated" && behavior.string() != "Removed") {
    behavior.fail(concat("the behavior ", quote(behavior.string()), " is not supported; supported: Isolated, Removed"));
  }
  if (part.boolean_or("invert", false)) part.at("invert").fail("an inverted pattern is not supported");
  return located(pattern.at("Regex"),
                 [&] { return Split(pattern.at("Regex").string(), behavior.string() == "Removed"); });
}

void Split::split(std::span<const Word> words, Words& out) const {
  for (const Word& word : words) {
    std::size_t done = 0;
    const auto add_until = [&](std::size_t end) {
      if (end > done) out.add(word.text.substr(done, end - done), word.start + done);
      done = end;
    };
    while (done < word.text.size()) {
      const auto match = regex_.find(word.text, done);
      if (!match) break;
      add_until(match->begin);
      if (removed_) {
        done = match->end;
      } else {
        add_until(match->end);
      }
    }
    add_until(word.text.size());
  }
}

std::string Split::describe() const {
  return concat("Split (", removed_ ? "at " : "into ", quote(pattern_, pattern_.size()), ")");
}

}  // namespace tt::tokenizer
