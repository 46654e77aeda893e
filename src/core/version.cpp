#include "transfer_tune/core/version.hpp"

namespace tt {

std::string_view version() { return TT_VERSION; }

std::string_view revision() { return TT_REVISION; }

}  // namespace tt
