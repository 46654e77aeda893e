#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tt::model {

/// What the names of an adapter's parameters end with, behind their module's.
inline constexpr std::string_view kLoraA = ".lora_A.weight";
inline constexpr std::string_view kLoraB = ".lora_B.weight";

/// Low-rank adaptation of linear layers: W + lora_alpha/r · B · A in place of W, A [r, in] and B [out, r] trained (Hu
/// et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022). Names as in PEFT.
struct LoraSpec {
  std::int64_t r = 0;  ///< rank
  double lora_alpha = 0;
  double lora_dropout = 0;                  ///< of the input of A
  std::vector<std::string> target_modules;  ///< `LinearRole`s by name, or globs over modules' names

  [[nodiscard]] double scaling() const { return lora_alpha / static_cast<double>(r); }
};

/// What the linear modules of a layer are called whatever the family, in their order.
inline constexpr const char* kLinearRoles[] = {"query", "key", "value", "attention_output", "intermediate", "output"};

}  // namespace tt::model
