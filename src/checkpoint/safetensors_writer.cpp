#include "checkpoint/dtypes.hpp"
#include "transfer_tune/checkpoint/safetensors.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/text.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

namespace tt::checkpoint {
namespace {

constexpr std::size_t kHeaderAlignment = 8;
constexpr std::size_t kPieceBytes = std::size_t{1} << 20U;

struct Entry {
  const std::string* name;
  const at::Tensor* tensor;
  const Dtype* dtype;
};

/// Widest elements first, then by name, as the reference writer does: every tensor is then aligned.
std::vector<Entry> in_file_order(const NamedTensors& tensors) {
  std::vector<Entry> entries;
  for (const auto& [name, tensor] : tensors) {
    const Dtype* dtype = tensor.defined() ? find_dtype(tensor.scalar_type()) : nullptr;
    if (dtype == nullptr || name == "__metadata__") {
      throw InternalError(concat("tensor ", quote(name), " cannot be written to a safetensors file"));
    }
    entries.push_back({&name, &tensor, dtype});
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return rank(*a.dtype) > rank(*b.dtype); });
  return entries;
}

std::string header_of(const std::vector<Entry>& entries) {
  nlohmann::ordered_json header;
  header["__metadata__"]["format"] = "pt";
  std::uint64_t begin = 0;
  for (const Entry& entry : entries) {
    const std::uint64_t end = begin + entry.tensor->nbytes();
    auto& info = header[*entry.name];
    info["dtype"] = entry.dtype->name;
    info["shape"] = entry.tensor->sizes().vec();
    info["data_offsets"] = std::array{begin, end};
    begin = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + kHeaderAlignment - 1) / kHeaderAlignment * kHeaderAlignment, ' ');
  return text;
}

void write_length(FileWriter& writer, std::uint64_t length) {
  std::array<std::byte, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(length >> (8 * i));
  writer.write(bytes);
}

void write_elements(FileWriter& writer, const at::Tensor& tensor) {
  const at::Tensor values = tensor.detach().to(at::kCPU).contiguous();
  std::span bytes(static_cast<const std::byte*>(values.const_data_ptr()), values.nbytes());
  while (!bytes.empty()) {
    const std::size_t piece = std::min(bytes.size(), kPieceBytes);
    writer.write(bytes.first(piece));
    bytes = bytes.subspan(piece);
  }
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors) {
  const std::vector<Entry> entries = in_file_order(tensors);
  const std::string header = header_of(entries);
  FileWriter writer(path);
  write_length(writer, header.size());
  writer.write(header);
  for (const Entry& entry : entries) write_elements(writer, *entry.tensor);
  writer.close();
}

}  // namespace tt::checkpoint
