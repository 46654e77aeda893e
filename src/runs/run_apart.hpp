#pragma once

#include <functional>
#include <string>

namespace tt::runs {

/// Does `work` in a process of its own, so that its memory is its own and what goes wrong there ends nothing here.
/// Returns why it failed, or nothing. A request to stop is passed on, and throws `InterruptedError` here within about a
/// second; the process ends with this one, in whatever way this one ends. Must be called from the main thread.
[[nodiscard]] std::string run_apart(const std::function<void()>& work);

}  // namespace tt::runs
