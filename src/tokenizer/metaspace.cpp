#include "tokenizer/metaspace.hpp"

#include "tokenizer/parting.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>

namespace tt::tokenizer {

Metaspace Metaspace::read(const JsonView& part) {
  Settings settings;
  settings.replacement = read_character(part.at("replacement"));
  settings.split = part.boolean_or("split", true);
  const bool prepends = part.boolean_or("add_prefix_space", true);  // as older files say it
  const std::string scheme = part.string_or("prepend_scheme", "always");
  if (scheme == "never" || !prepends) {
    settings.prepend = Prepend::never;
  } else if (scheme == "first") {
    settings.prepend = Prepend::first;
  } else if (scheme != "always") {
    part.at("prepend_scheme").fail(concat("found ", quote(scheme), ", expected \"always\", \"first\" or \"never\""));
  }
  // The tokenizers package refuses such a file too.
  if (!prepends && scheme != "never") {
    part.at("add_prefix_space")
        .fail(concat("found false, but \"prepend_scheme\" is ", quote(scheme), "; expected \"never\" beside it"));
  }
  return Metaspace(settings);
}

bool Metaspace::prepends_to(const Word& word) const noexcept {
  if (word.text.starts_with(' ') || word.text.starts_with(settings_.replacement)) return false;
  return settings_.prepend == Prepend::always || (settings_.prepend == Prepend::first && word.begins_text());
}

void Metaspace::add_word(const Word& word, Words& out) const {
  std::string& changed = out.changed();
  const std::string_view text = word.text;
  const std::string_view mark = settings_.replacement;
  std::size_t begin = changed.size();  // of the part, in the changed text
  std::size_t start = 0;               // and in the word
  if (prepends_to(word)) changed += mark;
  const auto end_part = [&](std::size_t next) {
    if (changed.size() > begin) out.add(std::string_view(changed).substr(begin), word.start + start);
    begin = changed.size();
    start = next;
  };
  for (std::size_t i = 0; i < text.size();) {
    const bool is_space = text[i] == ' ';
    if (is_space || (text[i] == mark[0] && text.substr(i).starts_with(mark))) {
      if (settings_.split) end_part(i);
      changed += mark;
      i += is_space ? 1 : mark.size();
    } else {
      changed += text[i++];
    }
  }
  end_part(text.size());
}

void Metaspace::split(std::span<const Word> words, Words& out) const {
  std::size_t bytes = 0;
  for (const Word& word : words) {
    const auto spaces = static_cast<std::size_t>(std::ranges::count(word.text, ' '));
    bytes += word.text.size() + (spaces + 1) * settings_.replacement.size();
  }
  out.reserve_changed(bytes);
  for (const Word& word : words) add_word(word, out);
}

std::string Metaspace::describe() const {
  const char* where = settings_.prepend == Prepend::always  ? "in front of every piece"
                      : settings_.prepend == Prepend::first ? "in front of the text"
                                                            : "nowhere";
  return concat("Metaspace (", settings_.replacement, " for spaces, put ", where, ", ",
                settings_.split ? "words apart" : "text whole", ")");
}

}  // namespace tt::tokenizer
