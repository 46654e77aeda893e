#include "transfer_tune/core/version.hpp"

namespace tt {

std::string_view version() { return TT_VERSION; }

std::string_view revision() { return TT_REVISION; }

std::string program_version() {
  std::string text(version());
  if (!revision().empty()) text.append("+").append(revision());
  return text;
}

}  // namespace tt
