#include "fuzz/fuzz_target.hpp"

#include <cstdint>

// What libFuzzer calls: the one target that this program is linked with.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)tt::fuzz::run(tt::fuzz::targets().front(), {reinterpret_cast<const char*>(data), size});  // NOLINT
  return 0;
}
