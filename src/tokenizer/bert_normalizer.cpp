#include "tokenizer/bert_normalizer.hpp"

#include "tokenizer/unicode.hpp"
#include "tokenizer/utf8.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tt::tokenizer {
namespace {

/// One code point at a time through the steps; marks wait until their canonical order is known.
class Steps {
 public:
  Steps(const BertNormalizer::Settings& settings, std::string& out) : settings_(settings), out_(out) {}

  [[nodiscard]] bool marks_wait() const noexcept { return !marks_.empty(); }

  void clean(char32_t c) {
    const Character properties = character(c);
    if (settings_.clean_text && properties.is(Character::dropped)) return;
    if (settings_.clean_text && properties.is(Character::whitespace)) {
      strip(U' ', character(U' '));
    } else if (settings_.space_cjk && properties.is(Character::cjk)) {
      strip(U' ', character(U' '));
      strip(c, properties);
      strip(U' ', character(U' '));
    } else {
      strip(c, properties);
    }
  }

  void flush_marks() {
    std::stable_sort(marks_.begin(), marks_.end(), [](const Mark& a, const Mark& b) {
      return a.properties.combining_class < b.properties.combining_class;
    });
    for (const Mark& mark : marks_) lower(mark.code_point, mark.properties);
    marks_.clear();
  }

 private:
  struct Mark {
    char32_t code_point;
    Character properties;
  };

  void strip(char32_t c, Character properties) {
    if (!settings_.strip_accents) {
      lower(c, properties);
    } else if (properties.is(Character::decomposes)) {
      const Decomposition parts = decompose(c);
      for (std::size_t i = 0; i < parts.size; ++i) reorder(parts.code_points[i], character(parts.code_points[i]));
    } else {
      reorder(c, properties);
    }
  }

  void reorder(char32_t c, Character properties) {
    if (properties.combining_class == 0) flush_marks();
    // A mark that is removed anyway need not wait, but one of class 0 has parted those around it, as above.
    if (properties.is(Character::mark)) return;
    if (properties.combining_class == 0) {
      lower(c, properties);
    } else {
      marks_.push_back({c, properties});
    }
  }

  void lower(char32_t c, Character properties) {
    if (!settings_.lowercase || !properties.is(Character::lowers)) return append_utf8(c, out_);
    for (const char32_t mapped : lowercase(c)) append_utf8(mapped, out_);
  }

  const BertNormalizer::Settings& settings_;
  std::string& out_;
  std::vector<Mark> marks_;
};

}  // namespace

BertNormalizer::BertNormalizer(const Settings& settings) : settings_(settings) {
  for (std::size_t i = 0; i < ascii_.size(); ++i) {
    std::string form;
    Steps(settings_, form).clean(static_cast<char32_t>(i));
    kept_[i] = !form.empty();
    ascii_[i] = form.empty() ? '\0' : form[0];
  }
}

BertNormalizer BertNormalizer::read(const JsonView& part) {
  Settings settings;
  settings.clean_text = part.at("clean_text").boolean();
  settings.space_cjk = part.at("handle_chinese_chars").boolean();
  settings.lowercase = part.at("lowercase").boolean();
  settings.strip_accents = part.boolean_or("strip_accents", settings.lowercase);
  return BertNormalizer(settings);
}

std::string BertNormalizer::describe() const {
  return concat("BertNormalizer (", settings_.lowercase ? "lowercase" : "case kept", ", ",
                settings_.strip_accents ? "accents stripped" : "accents kept", ", ",
                settings_.clean_text ? "cleaned" : "not cleaned", ", ",
                settings_.space_cjk ? "CJK characters apart" : "CJK characters not apart", ")");
}

void BertNormalizer::append_ascii(std::string_view run, std::string& out) const {
  std::size_t end = out.size();
  out.resize(end + run.size());
  for (const char c : run) {
    const std::size_t i = static_cast<std::uint8_t>(c);
    out[end] = ascii_[i];
    end += kept_[i] ? 1 : 0;
  }
  out.resize(end);
}

void BertNormalizer::normalize(std::string_view text, std::string& out) const {
  out.clear();
  Steps steps(settings_, out);
  for (std::size_t i = 0; i < text.size();) {
    if (is_ascii(text[i]) && !steps.marks_wait()) {
      const std::size_t run = ascii_run(text, i);
      append_ascii(text.substr(i, run), out);
      i += run;
    } else {
      steps.clean(next_code_point(text, i));
    }
  }
  steps.flush_marks();
}

}  // namespace tt::tokenizer
