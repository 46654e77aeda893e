#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tt::training {

/// Labelled texts as token ids.
struct EncodedSet {
  std::vector<std::vector<std::int32_t>> sequences;
  std::vector<std::int32_t> labels;  ///< -1: unknown
  std::vector<std::string> origins;  ///< "file:line", for messages

  [[nodiscard]] std::size_t size() const noexcept { return sequences.size(); }
};

/// The examples at `indices`, in that order.
[[nodiscard]] EncodedSet subset(const EncodedSet& set, const std::vector<std::size_t>& indices);

/// Both sets' examples, `a` first.
[[nodiscard]] EncodedSet join_sets(const EncodedSet& a, const EncodedSet& b);

}  // namespace tt::training
