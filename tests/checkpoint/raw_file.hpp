#pragma once

#include "support/temporary_directory.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tt::tests {

/// A safetensors file as bytes: the length that `header` has (or `length`), the header, the data.
inline std::string raw_safetensors(std::string_view header, std::string_view data) {
  std::string bytes;
  for (unsigned i = 0; i < 8; ++i) bytes += static_cast<char>((header.size() >> (8 * i)) & 0xFFU);
  return bytes.append(header).append(data);
}

}  // namespace tt::tests
