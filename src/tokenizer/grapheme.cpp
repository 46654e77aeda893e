#include "tokenizer/grapheme.hpp"

#include "tokenizer/unicode.hpp"
#include "tokenizer/utf8.hpp"

namespace tt::tokenizer {
namespace {

constexpr char32_t kJoiner = 0x200D;

bool extends(ClusterClass kind) noexcept {
  return kind == ClusterClass::extend || kind == ClusterClass::linked || kind == ClusterClass::linker;
}

/// Rules 6 to 8: a syllable of Hangul.
bool joins_hangul(ClusterClass before, ClusterClass after) noexcept {
  using enum ClusterClass;
  switch (before) {
    case leading:
      return after == leading || after == vowel || after == open_syllable || after == closed_syllable;
    case open_syllable:
    case vowel:
      return after == vowel || after == trailing;
    case closed_syllable:
    case trailing:
      return after == trailing;
    default:
      return false;
  }
}

/// What the code points so far are the beginning of.
class Cluster {
 public:
  explicit Cluster(char32_t c) : last_(c), kind_(cluster_class(c)) { note(kind_); }

  /// Takes `c` in, unless a cluster ends before it: then false.
  bool take(char32_t c) {
    const ClusterClass kind = cluster_class(c);
    if (!joins(c, kind)) return false;
    note(kind);
    last_ = c;
    kind_ = kind;
    return true;
  }

 private:
  [[nodiscard]] bool joins(char32_t c, ClusterClass kind) const {
    using enum ClusterClass;
    if (last_ == U'\r' && c == U'\n') return true;
    if (kind_ == control || kind == control) return false;
    if (extends(kind) || kind == spacing || kind_ == prepend) return true;
    if (kind == consonant && linked_) return true;
    if (kind == pictographic && pictograph_ && last_ == kJoiner) return true;
    return joins_hangul(kind_, kind);
  }

  void note(ClusterClass kind) {
    using enum ClusterClass;
    // Rule 9c: consonants with a linker among what is between them.
    if (kind == consonant) {
      conjunct_ = true;
      linked_ = false;
    } else if (kind != linked && kind != linker) {
      conjunct_ = linked_ = false;
    } else if (kind == linker) {
      linked_ = conjunct_;
    }
    // Rule 11: a pictograph, extenders, and one joiner.
    if (kind == pictographic) {
      pictograph_ = true;
    } else if (!extends(kind) || last_ == kJoiner) {
      pictograph_ = false;
    }
  }

  char32_t last_;
  ClusterClass kind_;
  bool conjunct_ = false;    ///< a consonant, and behind it linkers and what keeps a conjunct open
  bool linked_ = false;      ///< with a linker
  bool pictograph_ = false;  ///< a pictograph, and behind it extenders, and at most one joiner at the end
};

}  // namespace

std::size_t cluster_end(std::string_view text, std::size_t begin) noexcept {
  std::size_t end = begin;
  Cluster cluster(next_code_point(text, end));
  for (std::size_t next = end; next < text.size(); end = next) {
    if (!cluster.take(next_code_point(text, next))) break;
  }
  return end;
}

}  // namespace tt::tokenizer
