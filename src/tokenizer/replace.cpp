#include "tokenizer/replace.hpp"

#include "tokenizer/utf8.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::tokenizer {

void Replace::normalize(std::string_view text, std::string& out) const {
  out.clear();
  std::size_t done = 0;
  while (done < text.size()) {
    const auto match = pattern_.find(text, done);
    if (!match) break;
    out.append(text, done, match->begin - done).append(content_);
    done = match->end;
  }
  out.append(text, done);
}

bool Replace::keeps_start(std::string_view text) const {
  const auto match = pattern_.find(text, 0);
  // What stands for several characters counts as in the place of their last.
  return !match || match->begin > 0 || (!content_.empty() && is_one_character(text.substr(0, match->end)));
}

std::string Replace::describe() const {
  return concat("Replace (", pattern_.describe(), " by ", quote(content_, content_.size()), ")");
}

}  // namespace tt::tokenizer
