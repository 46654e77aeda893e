#pragma once

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/text.hpp"

#include <string>

namespace tt::tokenizer {

/// Runs `action`, putting `where` before the message of a `CheckpointError`.
template <class Action>
auto located(const std::string& where, Action&& action) {
  try {
    return action();
  } catch (const CheckpointError& error) {
    throw CheckpointError(concat(where, ": ", error.what()));
  }
}

/// As above, for what `place` holds.
template <class Action>
auto located(const JsonView& place, Action&& action) {
  try {
    return action();
  } catch (const CheckpointError& error) {
    place.fail(error.what());
  }
}

}  // namespace tt::tokenizer
