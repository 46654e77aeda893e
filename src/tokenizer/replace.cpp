#include "tokenizer/replace.hpp"

#include "tokenizer/growth.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::tokenizer {

void Replace::normalize(std::string_view text, std::string& out) const {
  out.clear();
  std::size_t done = 0;
  Regex::Steps steps(text.size());
  while (done < text.size()) {
    const auto match = pattern_.find(text, done, steps);
    if (!match) break;
    out.append(text, done, match->begin - done).append(content_);
    check_growth(out.size(), text.size());
    done = match->end;
  }
  out.append(text, done);
}

std::size_t Replace::start_length(std::string_view text, std::size_t length) const {
  std::size_t out = 0;
  std::size_t done = 0;
  Regex::Steps steps(text.size());
  while (done < length) {
    const auto match = pattern_.find(text, done, steps);
    if (!match || match->begin >= length) break;
    out += match->begin - done;
    // What replaces several characters stands for the last of them.
    if (match->end > length) return out;
    out += content_.size();
    done = match->end;
  }
  return out + (length - done);
}

std::string Replace::describe() const {
  return concat("Replace (", pattern_.describe(), " by ", quote(content_, content_.size()), ")");
}

}  // namespace tt::tokenizer
