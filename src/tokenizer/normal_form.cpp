#include "tokenizer/normal_form.hpp"

#include "tokenizer/unicode.hpp"
#include "tokenizer/utf8.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tt::tokenizer {
namespace {

/// Puts code points in their canonical order, then composes them where that is wanted: The Unicode Standard, 3.11.
class Forms {
 public:
  Forms(bool compatible, bool composed, std::string& out) : compatible_(compatible), composed_(composed), out_(out) {}

  void add(char32_t c) {
    const Character properties = character(c);
    if (compatible_ && properties.is(Character::folds)) {
      for (const char32_t part : fold(c)) order(part, character(part));
    } else if (properties.is(Character::decomposes)) {
      const Decomposition parts = decompose(c);
      for (std::size_t i = 0; i < parts.size; ++i) order(parts.code_points[i], character(parts.code_points[i]));
    } else {
      order(c, properties);
    }
  }

  /// ASCII characters, which nothing changes; only the last may be a part of something.
  void add_ascii(std::string_view run) {
    finish();
    out_ += run.substr(0, run.size() - 1);
    order(static_cast<char32_t>(run.back()), character(static_cast<char32_t>(run.back())));
  }

  void finish() {
    order_marks();
    flush();
  }

 private:
  struct Mark {
    char32_t code_point;
    Character properties;
  };

  void order(char32_t c, Character properties) {
    if (properties.combining_class != 0) return marks_.push_back({c, properties});
    order_marks();
    compose(c, properties);
  }

  void order_marks() {
    std::ranges::stable_sort(marks_, {}, [](const Mark& mark) { return mark.properties.combining_class; });
    for (const Mark& mark : marks_) compose(mark.code_point, mark.properties);
    marks_.clear();
  }

  void compose(char32_t c, Character properties) {
    if (!composed_) return append_utf8(c, out_);
    const std::uint8_t combining_class = properties.combining_class;
    const bool is_blocked = !uncomposed_.empty() && last_class_ >= combining_class;
    if (starter_ != kNone && !is_blocked && properties.is(Character::joins)) {
      if (const char32_t both = tokenizer::compose(starter_, c); both != 0) {
        starter_ = both;
        return;
      }
    }
    if (combining_class == 0) {
      flush();
      starter_ = c;
    } else if (starter_ == kNone) {
      append_utf8(c, out_);
    } else {
      uncomposed_.push_back(c);
      last_class_ = combining_class;
    }
  }

  void flush() {
    if (starter_ != kNone) append_utf8(starter_, out_);
    starter_ = kNone;
    for (const char32_t c : uncomposed_) append_utf8(c, out_);
    uncomposed_.clear();
  }

  static constexpr char32_t kNone = UINT32_MAX;

  bool compatible_;
  bool composed_;
  std::string& out_;
  std::vector<Mark> marks_;           ///< since the last starter, not yet in order
  char32_t starter_ = kNone;          ///< that what follows may be composed with
  std::vector<char32_t> uncomposed_;  ///< marks behind it
  std::uint8_t last_class_ = 0;       ///< of the last of them
};

}  // namespace

void NormalForm::normalize(std::string_view text, std::string& out) const {
  out.clear();
  Forms forms(compatible_, composed_, out);
  for (std::size_t i = 0; i < text.size();) {
    if (const std::size_t run = ascii_run(text, i); run > 0) {
      forms.add_ascii(text.substr(i, run));
      i += run;
    } else {
      forms.add(next_code_point(text, i));
    }
  }
  forms.finish();
}

std::size_t NormalForm::start_length(std::string_view text, std::size_t length) const {
  // Marks behind the beginning may go between its own.
  std::size_t end = length;
  for (std::size_t next = end; next < text.size(); end = next) {
    if (character(next_code_point(text, next)).combining_class == 0) break;
  }
  std::string alone;
  std::string together;
  normalize(text.substr(0, length), alone);
  normalize(text.substr(0, end), together);
  const auto differ = std::ranges::mismatch(alone, together);
  auto same = static_cast<std::size_t>(differ.in1 - alone.begin());
  while (same < alone.size() && same > 0 && continues_sequence(alone[same])) --same;
  if (same > 0 || together.empty()) return same;
  static_cast<void>(next_code_point(together, same));  // composed with one of them
  return same;
}

std::string NormalForm::describe() const { return concat(compatible_ ? "NFK" : "NF", composed_ ? "C" : "D"); }

}  // namespace tt::tokenizer
