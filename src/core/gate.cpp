#include "transfer_tune/core/gate.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace tt {
namespace {

constexpr std::string_view kNotWorse = "not_worse";
constexpr std::string_view kOperators = "<>=!";
constexpr std::string_view kSpaces = " \t\r\n";

struct OperatorName {
  std::string_view name;
  GateOperator value;
};

constexpr std::array<OperatorName, 5> kOperatorNames{{{">=", GateOperator::at_least},
                                                      {">", GateOperator::above},
                                                      {"<=", GateOperator::at_most},
                                                      {"<", GateOperator::below},
                                                      {"==", GateOperator::equal}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_character(char c) { return is_letter(c) || is_digit(c); }
bool is_operator_character(char c) { return kOperators.find(c) != std::string_view::npos; }
bool continues_character(char c) { return (static_cast<std::uint8_t>(c) & 0xC0U) == 0x80U; }

/// What was probably meant by an operator that there is not.
std::string_view meant_operator(std::string_view found) {
  if (found == "=" || found == "===") return "==";
  if (found == "=>") return ">=";
  if (found == "=<") return "<=";
  return "";
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Gate parse() {
    if (const auto bad = find_invalid_utf8(text_)) fail(*bad, "UTF-8");
    skip_spaces();
    Gate gate;
    if (opens_function()) {
      gate.not_worse = true;
      gate.path = path();
      skip_spaces();
      if (!take(')')) fail(at_, "\")\"" + name_hint());
      gate.text = concat(kNotWorse, "(", to_string(gate.path), ")");
    } else {
      gate.path = path();
      const OperatorName& comparison = comparison_operator();
      gate.comparison = comparison.value;
      const std::string_view written = number(gate.bound);
      gate.text = concat(to_string(gate.path), " ", comparison.name, " ", written);
    }
    skip_spaces();
    if (at_ < text_.size()) {
      fail(at_, "nothing more" + std::string(text_[at_] == '%' ? " (write 90% as 0.9)" : ""));
    }
    return gate;
  }

 private:
  [[noreturn]] void fail(std::size_t at, const std::string& expected) const {
    const auto begin = text_.begin();
    const auto column = 1 + std::count_if(begin, begin + static_cast<std::ptrdiff_t>(at),
                                          [](char c) { return !continues_character(c); });
    throw UsageError(concat("column ", column, ": found ", at < text_.size() ? quote(token(at)) : "the end",
                            ", expected ", expected));
  }

  /// What stands at `at`, as far as it belongs together.
  [[nodiscard]] std::string_view token(std::size_t at) const {
    std::size_t end = at + 1;
    const auto extend = [&](auto belongs) {
      while (end < text_.size() && belongs(text_[end])) ++end;
    };
    if (is_name_character(text_[at])) {
      extend(is_name_character);
    } else if (is_operator_character(text_[at])) {
      extend(is_operator_character);
    } else {
      extend(continues_character);
    }
    return text_.substr(at, end - at);
  }

  void skip_spaces() { at_ = std::min(text_.find_first_not_of(kSpaces, at_), text_.size()); }

  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  /// True after `not_worse(`; a name before any other parenthesis is an error.
  bool opens_function() {
    if (at_ >= text_.size() || !is_letter(text_[at_])) return false;
    const std::string_view name = token(at_);
    const std::size_t after = std::min(text_.find_first_not_of(kSpaces, at_ + name.size()), text_.size());
    if (after == text_.size() || text_[after] != '(') return false;
    if (name != kNotWorse) {
      const auto nearest = nearest_name(name, {std::string(kNotWorse)});
      fail(at_, concat("a figure, or ", kNotWorse, "(FIGURE)",
                       nearest ? concat(" (did you mean ", quote(*nearest), "?)")
                               : " (test.per_class[*].recall>=0.3 holds when it does for every entry)"));
    }
    at_ = after + 1;
    skip_spaces();
    return true;
  }

  std::vector<GateStep> path() {
    std::vector<GateStep> steps{field("a gate such as test.accuracy>=0.9")};
    while (at_ < text_.size()) {
      if (take('.')) {
        steps.push_back(field("a field's name"));
      } else if (take('[')) {
        steps.push_back(entry());
      } else {
        break;
      }
    }
    return steps;
  }

  GateStep field(const char* expected) {
    if (at_ >= text_.size() || !is_letter(text_[at_])) fail(at_, expected);
    const std::string_view name = token(at_);
    at_ += name.size();
    return {GateStep::Kind::field, std::string(name)};
  }

  GateStep entry() {
    GateStep step;
    if (take('*')) {
      step.kind = GateStep::Kind::every;
    } else if (at_ < text_.size() && is_digit(text_[at_])) {
      const std::string_view digits = token(at_);
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), step.index);
      if (error != std::errc() || end != digits.data() + digits.size()) fail(at_, "an index, from 0");
      step.kind = GateStep::Kind::index;
      at_ += digits.size();
    } else {
      step.kind = GateStep::Kind::entry;
      step.name = quoted_name();
    }
    if (!take(']')) fail(at_, "\"]\"");
    return step;
  }

  /// In either kind of quotes, so that a shell's and JSON's own need no escaping; a backslash keeps what follows it.
  std::string quoted_name() {
    const std::size_t begin = at_;
    if (!take('"') && !take('\'')) fail(at_, "an index, * for every entry, or a name in quotes");
    const char closing = text_[begin];
    std::string name;
    while (!take(closing)) {
      (void)take('\\');
      if (at_ >= text_.size()) fail(at_, concat("the closing ", closing, " of the name"));
      name += text_[at_++];
    }
    if (name.empty()) fail(begin, "a name that is not empty");
    return name;
  }

  const OperatorName& comparison_operator() {
    skip_spaces();
    const std::string_view found =
        at_ < text_.size() && is_operator_character(text_[at_]) ? token(at_) : std::string_view();
    const auto* const known = std::find_if(kOperatorNames.begin(), kOperatorNames.end(),
                                           [&](const auto& each) { return each.name == found; });
    if (known == kOperatorNames.end()) {
      const std::string_view meant = meant_operator(found);
      fail(at_, concat(">=, >, <=, < or ==", meant.empty() ? name_hint() : concat(" (did you mean \"", meant, "\"?)")));
    }
    at_ += found.size();
    return *known;
  }

  /// For a path that stops at a character which only brackets may hold.
  [[nodiscard]] std::string name_hint() const {
    if (at_ >= text_.size() || is_operator_character(text_[at_])) return "";
    return " (an entry's name goes into brackets: [\"card arrival\"])";
  }

  /// The number as it is written.
  std::string_view number(double& value) {
    skip_spaces();
    const std::string_view rest = text_.substr(at_);
    // from_chars would take "inf" and "nan" too.
    const std::size_t first = rest.find_first_not_of("-.");
    if (first == std::string_view::npos || !is_digit(rest[first])) fail(at_, "a number");
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error == std::errc::result_out_of_range) fail(at_, "a number within a double's range");
    if (error != std::errc()) fail(at_, "a number");
    const auto length = static_cast<std::size_t>(end - rest.data());
    at_ += length;
    return rest.substr(0, length);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::string to_string(std::span<const GateStep> path) {
  std::string out;
  for (const GateStep& step : path) {
    switch (step.kind) {
      case GateStep::Kind::field:
        out += (out.empty() ? "" : ".") + step.name;
        break;
      case GateStep::Kind::entry:
        out += concat("[", quote(step.name, step.name.size()), "]");
        break;
      case GateStep::Kind::index:
        out += concat("[", step.index, "]");
        break;
      case GateStep::Kind::every:
        out += "[*]";
        break;
    }
  }
  return out;
}

Gate parse_gate(std::string_view text) { return Parser(text).parse(); }

bool holds(const Gate& gate, double value) {
  switch (gate.comparison) {
    case GateOperator::at_least:
      return value >= gate.bound;
    case GateOperator::above:
      return value > gate.bound;
    case GateOperator::at_most:
      return value <= gate.bound;
    case GateOperator::below:
      return value < gate.bound;
    case GateOperator::equal:
      return value == gate.bound;
  }
  return false;
}

}  // namespace tt
