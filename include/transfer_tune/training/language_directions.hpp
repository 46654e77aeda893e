#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

namespace tt::training {

/// Directions in which texts' features differ by what language they are in: an orthonormal basis of the differences
/// between the languages' means (Libovický, Rosa and Fraser 2020 take the means away; without the directions a head
/// needs no text's language to answer). `features` [texts, hidden] fp32 on the CPU; `languages`: an id each, -1 for
/// none. Languages of fewer than ten texts are left out, and of many directions the widest quarter of `hidden` counts.
/// [directions, hidden]; undefined where no two languages are left.
[[nodiscard]] at::Tensor language_directions(const at::Tensor& features, std::span<const std::int32_t> languages);

/// What is left of `features` [texts, hidden] outside of `directions`, which may be undefined: there are none. A head
/// solved for it lies outside of them too, so that it answers `features` as they are alike.
[[nodiscard]] at::Tensor without_directions(const at::Tensor& features, const at::Tensor& directions);

}  // namespace tt::training
