#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tt::training {

/// Labelled texts as token ids.
struct EncodedSet {
  std::vector<std::vector<std::int32_t>> sequences;
  std::vector<std::int32_t> labels;  ///< -1: unknown
  std::vector<std::string> origins;  ///< "file:line", for messages

  [[nodiscard]] std::size_t size() const noexcept { return sequences.size(); }
};

/// Some of a set's texts, which must outlive it. What is cached for the whole set serves them.
struct Texts {
  /// All of them.
  Texts(const EncodedSet& all);  // NOLINT(google-explicit-constructor): a set is its own texts
  Texts(const EncodedSet& of, std::vector<std::size_t> which) : set(&of), indices(std::move(which)) {}

  [[nodiscard]] std::size_t size() const noexcept { return indices.size(); }
  [[nodiscard]] std::vector<std::int32_t> labels() const;

  const EncodedSet* set;
  std::vector<std::size_t> indices;  ///< positions in `set`
};

/// The examples at `indices`, in that order.
[[nodiscard]] EncodedSet subset(const EncodedSet& set, const std::vector<std::size_t>& indices);

}  // namespace tt::training
