#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tt::checkpoint {

/// What a pickle describes, as plain values: nothing is imported, called or built. A global stays a name, a call of one
/// stays a call, and both only where their name is allowed.
class Pickle {
 public:
  /// The number of a value; values that the pickle shares have one number.
  using Id = std::uint32_t;

  enum class Kind { none, boolean, integer, real, text, tuple, list, dict, global, call, persistent };

  struct Value {
    Kind kind = Kind::none;
    std::int64_t number = 0;  ///< of a boolean or an integer
    std::string_view text{};  ///< of a text; "module.name" of a global
    std::vector<Id> items{};  ///< of a tuple or a list; a dict's keys and values by turns; a call's global and
                              ///< arguments; the one value that a persistent id is
  };

  /// Reads the one pickle at the start of `bytes`, which must outlive it; `allowed` says which globals may be named.
  /// Throws `CheckpointError` that starts with `place`, for damage, and for whatever a state dict does not need.
  Pickle(std::span<const std::byte> bytes, std::string place, const std::function<bool(std::string_view)>& allowed);

  [[nodiscard]] const Value& root() const { return values_.at(root_); }
  [[nodiscard]] const Value& operator[](Id id) const { return values_.at(id); }
  /// How many bytes of those given the pickle takes.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Every value, in the order in which the pickle makes them.
  [[nodiscard]] const std::deque<Value>& values() const { return values_; }

 private:
  friend class PickleMachine;
  std::deque<Value> values_;
  std::deque<std::string> names_;  ///< what the texts of globals lie in
  Id root_ = 0;
  std::size_t size_ = 0;
};

/// A value's kind, for messages: "an integer".
[[nodiscard]] std::string_view describe(Pickle::Kind kind);

}  // namespace tt::checkpoint
