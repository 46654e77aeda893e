#pragma once

#include "transfer_tune/hub/hub.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tt::hub {

/// A request that may well do when it is tried again: no connection, no answer in time, an answer cut short.
class PassingFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Reply {
  long status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  /// Empty where it has none.
  [[nodiscard]] std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

struct Request {
  std::string url;
  bool head = false;       ///< headers alone, of the hub's own servers: it is not followed to others
  std::uint64_t from = 0;  ///< the first byte that is wanted
  /// Gets the bytes of an answer of status 200 or 206 as they come; false: no more of it.
  std::function<bool(const Reply& reply, std::string_view bytes)> take{};
};

/// Sends the request, and follows where it is sent on to. The token goes to the hub itself and to nobody else. Throws
/// `PassingFailure`, `IoError` for what will not pass, `InterruptedError`.
[[nodiscard]] Reply send(const Settings& settings, const Request& request);

}  // namespace tt::hub
