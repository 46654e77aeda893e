#include "tokenizer/post_processor.hpp"

#include "transfer_tune/core/text.hpp"

namespace tt::tokenizer {
namespace {

std::vector<std::int32_t> read_special(const JsonView& part, const JsonView& name, const CheckedToken& checked) {
  const JsonView known = part.at("special_tokens");
  if (!known.has(name.string())) {
    name.fail(concat("the special token ", quote(name.string()), " is not among ", known.pointer()));
  }
  const JsonView special = known.at(name.string());
  const JsonView tokens = special.at("tokens");
  const JsonView ids = special.at("ids");
  if (tokens.size() != ids.size()) ids.fail(concat(ids.size(), " ids for ", tokens.size(), " tokens"));
  std::vector<std::int32_t> out;
  for (std::size_t i = 0; i < ids.size(); ++i) out.push_back(checked(tokens.at(i), ids.at(i)));
  return out;
}

void prepend(const std::vector<std::int32_t>& ids, std::vector<std::int32_t>& to) {
  to.insert(to.begin(), ids.begin(), ids.end());
}

void append(const std::vector<std::int32_t>& ids, std::vector<std::int32_t>& to) {
  to.insert(to.end(), ids.begin(), ids.end());
}

}  // namespace

Template Template::read(const JsonView& part, const CheckedToken& checked) {
  Frame out;
  const JsonView single = part.at("single");
  std::size_t texts = 0;
  for (const JsonView& item : single.items()) {
    if (item.has("SpecialToken")) {
      append(read_special(part, item.at("SpecialToken").at("id"), checked), texts == 0 ? out.before : out.after);
      continue;
    }
    const JsonView id = item.at("Sequence").at("id");
    if (id.string() != "A") id.fail(concat("found ", quote(id.string()), ", expected \"A\", the single text"));
    ++texts;
  }
  if (texts != 1) single.fail(concat("has the text ", texts, " times, expected once"));
  return Template(std::move(out));
}

Template Template::read_pair(const JsonView& part, const CheckedToken& checked) {
  const auto token = [&](const char* name) { return checked(part.at(name).at(0), part.at(name).at(1)); };
  return Template({{token("cls")}, {token("sep")}});
}

void Template::wrap(Frame& frame) const {
  prepend(frame_.before, frame.before);
  append(frame_.after, frame.after);
}

}  // namespace tt::tokenizer
