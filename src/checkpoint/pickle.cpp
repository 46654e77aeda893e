#include "checkpoint/pickle.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

// The instructions that torch.save emits for a state dict, in protocols 2 to 5 (Python's pickletools documents them).
// Values refer to each other by number, so that depth costs no stack and cycles are harmless.

namespace tt::checkpoint {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 20U;  ///< tens of thousands of tensors take a few
constexpr std::size_t kMostValues = std::size_t{1} << 22U;

}  // namespace

std::string_view describe(Pickle::Kind kind) {
  constexpr std::array<std::string_view, 11> kNames{"None",   "a boolean", "an integer", "a number",
                                                    "a text", "a tuple",   "a list",     "a dict",
                                                    "a name", "an object", "a storage"};
  return kNames.at(static_cast<std::size_t>(kind));
}

class PickleMachine {
 public:
  using Id = Pickle::Id;
  using Kind = Pickle::Kind;

  PickleMachine(std::span<const std::byte> bytes, std::string place, Pickle& out,
                const std::function<bool(std::string_view)>& allowed)
      : bytes_(bytes.first(std::min(bytes.size(), kMostBytes))),
        file_(std::move(place)),
        out_(out),
        allowed_(allowed) {}

  void run() {
    while (step()) {
    }
    out_.size_ = at_;
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw CheckpointError(concat(file_, ": at byte ", start_, " of the pickle: ", message));
  }

  std::span<const std::byte> take(std::uint64_t count) {
    if (count > bytes_.size() - at_) {
      fail(
          concat("expected ", count, " bytes more, found ", bytes_.size() - at_, "; the file is truncated or damaged"));
    }
    const auto taken = bytes_.subspan(at_, count);
    at_ += count;
    return taken;
  }
  template <class Integer>
  Integer number() {
    std::uint64_t value = 0;
    const auto taken = take(sizeof(Integer));
    for (std::size_t i = 0; i < taken.size(); ++i) value |= std::to_integer<std::uint64_t>(taken[i]) << (8 * i);
    return static_cast<Integer>(value);
  }
  std::string_view text(std::uint64_t count) {
    const auto taken = take(count);
    const std::string_view read(reinterpret_cast<const char*>(taken.data()), taken.size());  // NOLINT
    if (find_invalid_utf8(read)) fail(concat("found ", quote(read), ", expected UTF-8"));
    return read;
  }
  std::string_view line() {
    const auto rest = bytes_.subspan(at_);
    const auto end = std::find(rest.begin(), rest.end(), std::byte{'\n'});
    const std::string_view read = text(static_cast<std::uint64_t>(end - rest.begin()));
    (void)take(1);
    return read;
  }

  void push(Kind kind, std::int64_t number = 0, std::string_view text = {}, std::vector<Id> items = {}) {
    if (out_.values_.size() == kMostValues) fail("more values than a state dict has; it is not read");
    out_.values_.push_back({kind, number, text, std::move(items)});
    stack_.push_back(static_cast<Id>(out_.values_.size() - 1));
  }
  /// The lowest place of the stack that the instructions since the last mark may take.
  [[nodiscard]] std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  void require(std::size_t count) const {
    if (stack_.size() - floor() < count) fail("an instruction finds too few values; the pickle is damaged");
  }
  Id pop() {
    require(1);
    const Id top = stack_.back();
    stack_.pop_back();
    return top;
  }
  Pickle::Value& top() {
    require(1);
    return out_.values_[stack_.back()];
  }
  std::vector<Id> pop_last(std::size_t count) {
    require(count);
    const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
    std::vector<Id> items(first, stack_.end());
    stack_.erase(first, stack_.end());
    return items;
  }
  std::vector<Id> pop_to_mark() {
    if (marks_.empty()) fail("an instruction finds no mark; the pickle is damaged");
    std::vector<Id> items = pop_last(stack_.size() - marks_.back());
    marks_.pop_back();
    return items;
  }

  void push_global(std::string_view module, std::string_view name) {
    std::string& path = out_.names_.emplace_back(concat(module, '.', name));
    if (!allowed_(path)) {
      fail(concat("names ", quote(path),
                  ", which tensors do not need and Python would run; nothing was run here, and the file is not read"));
    }
    push(Kind::global, 0, path);
  }
  void reduce() {
    const Id arguments = pop();
    const Id function = pop();
    const Pickle::Value& called = out_.values_[function];
    if (called.kind != Kind::global || out_.values_[arguments].kind != Kind::tuple) {
      fail(concat("calls ", describe(called.kind), " with ", describe(out_.values_[arguments].kind),
                  "; expected a name and a tuple"));
    }
    if (called.text != "collections.OrderedDict") return push(Kind::call, 0, {}, {function, arguments});
    if (!out_.values_[arguments].items.empty()) fail("makes an OrderedDict of arguments; expected none");
    push(Kind::dict);
  }
  void extend(Kind kind, const std::vector<Id>& items) {
    if (top().kind != kind || (kind == Kind::dict && items.size() % 2 != 0)) {
      fail(concat("adds ", items.size(), " values to ", describe(top().kind), "; expected ", describe(kind)));
    }
    top().items.insert(top().items.end(), items.begin(), items.end());
  }
  void remember(std::uint32_t index) {
    require(1);
    if (memo_.size() == kMostValues) fail("more values than a state dict has; it is not read");
    memo_[index] = stack_.back();
  }
  void recall(std::uint32_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) fail(concat("refers to value ", index, ", which there is not; the pickle is damaged"));
    if (stack_.size() == kMostValues) fail("more values than a state dict has; it is not read");
    stack_.push_back(found->second);
  }
  /// What is built onto an OrderedDict are attributes of its own, such as a state dict's versions of modules.
  void build() {
    (void)pop();
    if (top().kind != Kind::dict) fail(concat("builds onto ", describe(top().kind), "; expected an OrderedDict"));
  }
  void long_integer() {
    const auto bytes = take(number<std::uint8_t>());
    if (bytes.size() > 8) fail("an integer of more than 64 bits");
    std::uint64_t value = bytes.empty() || std::to_integer<int>(bytes.back()) < 128 ? 0 : ~std::uint64_t{0};
    for (std::size_t i = bytes.size(); i-- > 0;) value = (value << 8U) | std::to_integer<std::uint64_t>(bytes[i]);
    push(Kind::integer, static_cast<std::int64_t>(value));
  }
  void stack_global() {
    const std::vector<Id> names = pop_last(2);
    const Pickle::Value& module = out_.values_[names[0]];
    const Pickle::Value& name = out_.values_[names[1]];
    if (module.kind != Kind::text || name.kind != Kind::text) fail("a name is not made of texts");
    push_global(module.text, name.text);
  }

  /// One instruction; false at the end.
  bool step() {
    start_ = at_;
    const auto code = number<std::uint8_t>();
    switch (code) {
      case 0x80:  // PROTO
        if (const auto protocol = number<std::uint8_t>(); protocol < 2 || protocol > 5) {
          fail(concat("pickle protocol ", int{protocol}, "; expected 2 to 5"));
        }
        return true;
      case 0x95:  // FRAME
        (void)number<std::uint64_t>();
        return true;
      case '.':  // STOP
        out_.root_ = pop();
        return false;
      case '(':  // MARK
        if (marks_.size() == kMostValues) fail("more marks than a state dict has; it is not read");
        marks_.push_back(stack_.size());
        return true;
      default:
        if (!make(code) && !combine(code)) {
          fail(concat("instruction ", int{code}, ", which a state dict does not need; the file is not read"));
        }
        return true;
    }
  }

  /// Instructions that make a value of what follows them.
  bool make(std::uint8_t code) {
    switch (code) {
      case 'N':
        return push(Kind::none), true;
      case 0x88:
      case 0x89:
        return push(Kind::boolean, code == 0x88 ? 1 : 0), true;
      case 'J':  // BININT
        return push(Kind::integer, number<std::int32_t>()), true;
      case 'K':  // BININT1
        return push(Kind::integer, number<std::uint8_t>()), true;
      case 'M':  // BININT2
        return push(Kind::integer, number<std::uint16_t>()), true;
      case 0x8a:  // LONG1
        return long_integer(), true;
      case 'G':  // BINFLOAT
        return (void)take(8), push(Kind::real), true;
      case 'X':  // BINUNICODE
        return push(Kind::text, 0, text(number<std::uint32_t>())), true;
      case 0x8c:  // SHORT_BINUNICODE
        return push(Kind::text, 0, text(number<std::uint8_t>())), true;
      case ')':
        return push(Kind::tuple), true;
      case ']':
        return push(Kind::list), true;
      case '}':
        return push(Kind::dict), true;
      case 'c': {  // GLOBAL
        const std::string_view module = line();
        return push_global(module, line()), true;
      }
      case 'h':  // BINGET
        return recall(number<std::uint8_t>()), true;
      case 'j':  // LONG_BINGET
        return recall(number<std::uint32_t>()), true;
      default:
        return false;
    }
  }

  /// Instructions that take values from the stack.
  bool combine(std::uint8_t code) {
    switch (code) {
      case 't':
        return push(Kind::tuple, 0, {}, pop_to_mark()), true;
      case 0x85:
      case 0x86:
      case 0x87:
        return push(Kind::tuple, 0, {}, pop_last(static_cast<std::size_t>(code - 0x84))), true;
      case 'a':
        return extend(Kind::list, pop_last(1)), true;
      case 'e':
        return extend(Kind::list, pop_to_mark()), true;
      case 's':
        return extend(Kind::dict, pop_last(2)), true;
      case 'u':
        return extend(Kind::dict, pop_to_mark()), true;
      case 'q':  // BINPUT
        return remember(number<std::uint8_t>()), true;
      case 'r':  // LONG_BINPUT
        return remember(number<std::uint32_t>()), true;
      case 0x94:  // MEMOIZE
        return remember(static_cast<std::uint32_t>(memo_.size())), true;
      case 'Q':  // BINPERSID
        return push(Kind::persistent, 0, {}, pop_last(1)), true;
      case 0x93:
        return stack_global(), true;
      case 'R':
        return reduce(), true;
      case 'b':
        return build(), true;
      default:
        return false;
    }
  }

  std::span<const std::byte> bytes_;
  std::string file_;
  Pickle& out_;
  const std::function<bool(std::string_view)>& allowed_;
  std::size_t at_ = 0;
  std::size_t start_ = 0;  ///< of the instruction at hand
  std::vector<Id> stack_;
  std::vector<std::size_t> marks_;
  std::map<std::uint32_t, Id> memo_;  ///< ordered: no choice of numbers makes it slow
};

Pickle::Pickle(std::span<const std::byte> bytes, std::string place,
               const std::function<bool(std::string_view)>& allowed) {
  PickleMachine(bytes, std::move(place), *this, allowed).run();
}

}  // namespace tt::checkpoint
