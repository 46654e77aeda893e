#include "transfer_tune/checkpoint/directory.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <ATen/ATen.h>

#include <cstdint>
#include <span>

namespace tt::checkpoint {
namespace {

/// True when a float's exponent bits, those of `mask`, are all ones in one of `values`: an infinity or no number. Over
/// the bits without a branch, which compilers turn into vector instructions: about as fast as memory is read.
template <class Bits>
bool has_full_exponent(std::span<const Bits> values, Bits mask) {
  Bits found = 0;
  for (const Bits value : values) found |= static_cast<Bits>((value & mask) == mask);
  return found != 0;
}

template <class Bits>
std::span<const Bits> bits_of(const at::Tensor& tensor) {
  return {static_cast<const Bits*>(tensor.const_data_ptr()), static_cast<std::size_t>(tensor.numel())};
}

}  // namespace

bool all_finite(const at::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kFloat:
      return !has_full_exponent<std::uint32_t>(bits_of<std::uint32_t>(tensor), 0x7f80'0000U);
    case at::kHalf:
      return !has_full_exponent<std::uint16_t>(bits_of<std::uint16_t>(tensor), 0x7c00U);
    case at::kBFloat16:
      return !has_full_exponent<std::uint16_t>(bits_of<std::uint16_t>(tensor), 0x7f80U);
    case at::kDouble:
      return all_finite(tensor.to(at::kFloat));
    default:
      return true;
  }
}

void require_finite(const std::filesystem::path& file, const std::string& name, const at::Tensor& tensor) {
  if (all_finite(tensor)) return;
  throw CheckpointError(concat(file.string(), ": ", name,
                               " holds values that are not finite (infinite or not a number), as a training that "
                               "diverged or an overflow of 16-bit floats leaves them; expected a sound copy of the "
                               "model"));
}

void require_finite(const EncoderDirectory& directory, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    require_finite(directory.file_of.at(name), name, directory.tensors.at(name));
  }
}

}  // namespace tt::checkpoint
