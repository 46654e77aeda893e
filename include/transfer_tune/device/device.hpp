#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <string>

namespace tt::device {

enum class Precision { automatic, fp32, bf16 };

/// What the user asked for.
struct Request {
  std::string device = "auto";  ///< auto, cpu, cuda or cuda:n
  Precision precision = Precision::automatic;
  std::int64_t threads = 0;  ///< 0: every core
  bool int8 = false;         ///< 8-bit integers where nothing is trained
};

/// What the machine and this LibTorch can do.
struct Capability {
  std::int64_t cuda_devices = 0;
  bool cuda_bf16 = false;
  bool cpu_bf16 = false;  ///< avx512_bf16 or amx_bf16: without them bf16 is many times slower than fp32
  bool cpu_int8 = false;  ///< products of 8-bit integers
  std::int64_t cores = 1;
  std::string cpu{};  ///< e.g. "AVX512"
};

/// What takes effect.
struct Effective {
  c10::Device device{c10::kCPU};
  Precision precision = Precision::fp32;  ///< fp32 or bf16
  std::int64_t threads = 1;
  bool int8 = false;
  std::string reason{};  ///< why it differs from the request; empty when it does not
};

[[nodiscard]] Capability detect_capability();

/// Throws `UsageError` for a device that is not there or not known.
[[nodiscard]] Effective resolve(const Request& request, const Capability& capability);

/// Sets the process's threads and matrix precision.
void apply(const Effective& effective);

/// What to round the rows of packed batches up to: 64 where bf16 products compile a kernel for each new shape, so that
/// shapes repeat; else 1.
[[nodiscard]] std::int64_t row_multiple();

[[nodiscard]] std::string to_string(Precision precision);

}  // namespace tt::device
