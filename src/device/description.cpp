#include "transfer_tune/device/description.hpp"

#include "transfer_tune/core/text.hpp"

#include <ATen/Context.h>
#include <ATen/Version.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace tt::device {
namespace {

/// Variables by which a user, or a container's image, keeps a library from the processor's instruction sets.
constexpr std::array kBounds{"ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA",
                             "MKL_ENABLE_INSTRUCTIONS"};

/// What LibTorch calls the instruction sets that it has vector kernels for.
bool has_vector_kernels(const std::string& capability) {
  constexpr std::array names{"AVX2", "AVX512", "VSX", "Z VECTOR", "NEON"};
  return capability.starts_with("SVE") || std::find(names.begin(), names.end(), capability) != names.end();
}

/// On other processors than these, LibTorch's "DEFAULT" is compiled with vector instructions.
constexpr bool kDefaultIsSlow =
#if defined(__x86_64__)
    true;
#else
    false;
#endif

std::string bf16_instructions() {
  std::vector<std::string> names;
#if defined(__x86_64__)
  unsigned int eax = 0;
  unsigned int ebx = 0;
  unsigned int ecx = 0;
  unsigned int edx = 0;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (edx & (1U << 22U)) != 0) names.emplace_back("amx_bf16");
  if (__get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) != 0 && (eax & (1U << 5U)) != 0) {
    names.emplace_back("avx512_bf16");
  }
#endif
  return join(names, " and ");
}

/// LibTorch's word for the library of its matrix products: the value of BLAS_INFO in the settings that it was built
/// with.
std::string blas_name() {
  const std::string settings = at::show_config();
  constexpr std::string_view key = "BLAS_INFO=";
  const std::size_t begin = settings.find(key);
  if (begin == std::string::npos) return at::hasMKL() ? "mkl" : "";
  const std::size_t end = settings.find_first_of(", \n", begin);
  return settings.substr(begin + key.size(), end == std::string::npos ? end : end - begin - key.size());
}

std::string why_precision(const Request& request, const Effective& effective, const Libraries& libraries) {
  std::string asked = concat("asked: ", to_string(request.precision));
  if (effective.device.is_cuda()) return asked;
  if (effective.precision == Precision::bf16) {
    return concat(asked, "; the processor has ", libraries.bf16_instructions);
  }
  if (request.precision == Precision::fp32) return asked;
  return concat(asked, "; the processor has neither avx512_bf16 nor amx_bf16, without which bf16 is slower");
}

}  // namespace

Libraries detect_libraries() {
  Libraries libraries;
  libraries.onednn = at::hasMKLDNN() && at::globalContext().userEnabledMkldnn();
  libraries.blas = blas_name();
  libraries.bf16_instructions = bf16_instructions();
  for (const char* name : kBounds) {
    if (const char* value = std::getenv(name))
      libraries.environment.emplace(name, value);  // NOLINT(concurrency-mt-unsafe)
  }
  return libraries;
}

std::string products(const Effective& effective, const Libraries& libraries) {
  if (effective.device.is_cuda()) return "CUDA";
  if (effective.precision == Precision::bf16) return libraries.onednn ? "oneDNN" : "a fallback, as oneDNN is off";
  return libraries.blas.empty() ? "an unknown library" : libraries.blas;
}

std::string describe(const Request& request, const Effective& effective, const Capability& capability,
                     const Libraries& libraries) {
  std::string line =
      concat("precision ", to_string(effective.precision), " (", why_precision(request, effective, libraries),
             "), products by ", products(effective, libraries), ", int8 ", effective.int8 ? "on" : "off",
             " (asked: ", request.int8 ? "on" : "off", "), LibTorch's instruction set ", capability.cpu);
  for (const auto& [name, value] : libraries.environment) line += concat(", ", name, "=", value);
  return line;
}

std::vector<std::string> slow_parts(const Effective& effective, const Capability& capability,
                                    const Libraries& libraries) {
  std::vector<std::string> out;
  if (!effective.device.is_cpu()) return out;
  if (!has_vector_kernels(capability.cpu) && (capability.cpu != "DEFAULT" || kDefaultIsSlow)) {
    out.push_back(
        concat("LibTorch runs with the instruction set ", quote(capability.cpu),
               ", for which it is not known to have vector kernels; expect it to be several times slower than "
               "with AVX2 or AVX-512"));
  }
  if (!libraries.environment.empty()) {
    std::vector<std::string> bounds;
    for (const auto& [name, value] : libraries.environment) bounds.push_back(concat(name, "=", value));
    out.push_back(concat("the environment bounds the instruction sets: ", join(bounds, ", "),
                         "; unset, the processor's own are taken"));
  }
  if (effective.precision == Precision::bf16 && !libraries.onednn) {
    out.emplace_back("bf16 was taken, but this LibTorch has no oneDNN, or it is off: precision has no effect");
  }
  return out;
}

}  // namespace tt::device
