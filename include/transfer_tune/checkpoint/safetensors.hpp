#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>

namespace tt::checkpoint {

/// Tensors by name, in name order.
using NamedTensors = std::map<std::string, at::Tensor>;

/// Reads a safetensors file; the tensors are views of the mapped file (read-only: clone before writing) and keep it
/// mapped. Throws `CheckpointError` for every malformed header or range: nothing outside the file is ever touched.
[[nodiscard]] NamedTensors read_safetensors(const std::filesystem::path& path);

/// True when every value of a contiguous CPU tensor is finite as a 32-bit float; integers always are.
[[nodiscard]] bool all_finite(const at::Tensor& tensor);

/// Throws `CheckpointError` that names `file` and tensor when `tensor` holds a value that is not finite.
void require_finite(const std::filesystem::path& file, const std::string& name, const at::Tensor& tensor);

/// Writes contiguous CPU copies of `tensors`, byte for byte as Python's `save_file` does with the metadata
/// {"format": "pt"}: widest elements first, then by name. Throws `IoError`.
void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors);

}  // namespace tt::checkpoint
