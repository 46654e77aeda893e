#include "transfer_tune/device/device.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/autocast_mode.h>
#include <ATen/detail/CUDAHooksInterface.h>

#include <algorithm>
#include <charconv>
#include <thread>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace tt::device {
namespace {

bool cpu_has_bf16() {
#if defined(__x86_64__)
  unsigned int eax = 0;
  unsigned int ebx = 0;
  unsigned int ecx = 0;
  unsigned int edx = 0;
  const bool amx = __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (edx & (1U << 22U)) != 0;
  const bool avx512 = __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) != 0 && (eax & (1U << 5U)) != 0;
  return amx || avx512;
#else
  return false;
#endif
}

c10::Device resolve_device(const std::string& requested, const Capability& capability) {
  if (requested == "cpu") return c10::kCPU;
  if (requested == "auto") return capability.cuda_devices > 0 ? c10::Device(c10::kCUDA, 0) : c10::Device(c10::kCPU);
  int index = 0;
  const bool cuda = requested == "cuda";
  if (!cuda) {
    const char* end = requested.data() + requested.size();
    const auto [parsed, error] =
        std::from_chars(requested.data() + std::min<std::size_t>(5, requested.size()), end, index);
    if (!requested.starts_with("cuda:") || error != std::errc{} || parsed != end || index < 0 || index > 127) {
      throw UsageError(concat("device: found ", quote(requested), ", expected auto, cpu, cuda or cuda:n"));
    }
  }
  if (capability.cuda_devices == 0) {
    throw UsageError(concat("device: ", requested, " was asked for, but no CUDA device can be used: this LibTorch is ",
                            at::hasCUDA() ? "a CUDA build that finds no device" : "a CPU build",
                            "; use --device cpu, or build against a CUDA LibTorch on a machine that has a device"));
  }
  if (index >= capability.cuda_devices) {
    throw UsageError(concat("device: ", requested, " was asked for, but the machine has ", capability.cuda_devices,
                            " CUDA device(s), numbered from 0"));
  }
  return {c10::kCUDA, static_cast<c10::DeviceIndex>(index)};
}

}  // namespace

Capability detect_capability() {
  Capability capability;
  if (at::hasCUDA()) {
    capability.cuda_devices = std::int64_t{at::detail::getCUDAHooks().deviceCount()};
    capability.cuda_bf16 = capability.cuda_devices > 0;
  }
  capability.cpu_bf16 = cpu_has_bf16();
  const auto& engines = at::globalContext().supportedQEngines();
  capability.cpu_int8 = std::find(engines.begin(), engines.end(), at::QEngine::X86) != engines.end();
  capability.cores = std::max<std::int64_t>(1, std::thread::hardware_concurrency());
  capability.cpu = at::get_cpu_capability();
  return capability;
}

Effective resolve(const Request& request, const Capability& capability) {
  Effective effective;
  effective.device = resolve_device(request.device, capability);
  effective.threads = request.threads > 0 ? request.threads : capability.cores;
  const bool bf16 = effective.device.is_cuda() ? capability.cuda_bf16 : capability.cpu_bf16;
  if (request.precision != Precision::fp32 && bf16) effective.precision = Precision::bf16;
  if (request.precision == Precision::bf16 && !bf16) {
    effective.reason = concat("bf16 was asked for, but ", effective.device.str(),
                              " has no bf16 arithmetic and would be far slower with it; fp32 is used");
  }
  effective.int8 = request.int8 && effective.device.is_cpu() && capability.cpu_int8;
  if (request.int8 && !effective.int8) {
    if (!effective.reason.empty()) effective.reason += "; ";
    effective.reason += concat("int8 was asked for, but ", effective.device.str(), " has no fast 8-bit products here; ",
                               to_string(effective.precision), " is used");
  }
  return effective;
}

void apply(const Effective& effective) {
  at::set_num_threads(static_cast<int>(effective.threads));
  const bool bf16 = effective.precision == Precision::bf16;
  const bool cuda = effective.device.is_cuda();
  at::globalContext().setFloat32Precision(at::Float32Backend::MKLDNN, at::Float32Op::MATMUL,
                                          bf16 && !cuda ? at::Float32Precision::BF16 : at::Float32Precision::IEEE);
  // On CUDA the products' inputs are cast instead. Casts are not kept: weights change with every step.
  at::autocast::set_autocast_enabled(at::kCUDA, bf16 && cuda);
  at::autocast::set_autocast_dtype(at::kCUDA, at::kBFloat16);
  at::autocast::set_autocast_cache_enabled(false);
}

std::int64_t row_multiple() {
  const at::Float32Precision products =
      at::globalContext().float32Precision(at::Float32Backend::MKLDNN, at::Float32Op::MATMUL);
  return products == at::Float32Precision::BF16 ? 64 : 1;
}

std::string to_string(Precision precision) {
  switch (precision) {
    case Precision::automatic:
      return "auto";
    case Precision::fp32:
      return "fp32";
    case Precision::bf16:
      return "bf16";
  }
  throw InternalError("unknown precision");
}

}  // namespace tt::device
