#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tt::training {

/// The token ids of many texts, end to end in one array: what a text takes is its ids and one offset.
class TokenIds {
 public:
  TokenIds() = default;
  TokenIds(std::initializer_list<std::vector<std::int32_t>> texts) {
    for (const auto& ids : texts) append(ids);
  }

  void append(std::span<const std::int32_t> ids) {
    ids_.insert(ids_.end(), ids.begin(), ids.end());
    ends_.push_back(ids_.size());
  }
  [[nodiscard]] std::size_t size() const noexcept { return ends_.size(); }
  /// The ids of one text.
  [[nodiscard]] std::span<const std::int32_t> operator[](std::size_t text) const {
    const std::size_t begin = text == 0 ? 0 : ends_[text - 1];
    return std::span(ids_).subspan(begin, ends_[text] - begin);
  }
  /// Those of all texts.
  [[nodiscard]] std::span<const std::int32_t> all() const noexcept { return ids_; }
  [[nodiscard]] std::span<std::int32_t> all() noexcept { return ids_; }

 private:
  std::vector<std::int32_t> ids_;
  std::vector<std::size_t> ends_;  ///< one a text
};

/// Labelled texts as token ids.
struct EncodedSet {
  TokenIds sequences;
  std::vector<std::int32_t> labels;  ///< -1: unknown
  std::string file;                  ///< the name of the file that holds the texts, for messages
  std::vector<std::size_t> lines;    ///< where in it each stands, 0: in another; empty: not from a file
  std::vector<float> weights{};      ///< what each counts for in a loss, 0 or more; empty: all 1
  at::Tensor targets{};              ///< [texts, labels] fp32 on the CPU, rows that sum to 1; undefined: the labels are
  bool multi_label = false;          ///< targets hold 0 or 1, each label for itself, and labels are -1
  std::vector<std::int32_t> languages{};  ///< ids, -1: of none; empty: not known
  std::vector<std::int32_t> sentences{};  ///< ids: texts of the same are held out together; empty: each by itself

  [[nodiscard]] std::size_t size() const noexcept { return sequences.size(); }
  /// "file:line".
  [[nodiscard]] std::string origin(std::size_t text) const;
};

/// Some of a set's texts, which must outlive it. What is cached for the whole set serves them.
struct Texts {
  /// All of them.
  Texts(const EncodedSet& all);  // NOLINT(google-explicit-constructor): a set is its own texts
  Texts(const EncodedSet& of, std::vector<std::size_t> which) : set(&of), indices(std::move(which)) {}

  [[nodiscard]] std::size_t size() const noexcept { return indices.size(); }
  [[nodiscard]] std::vector<std::int32_t> labels() const;
  /// Empty: all 1.
  [[nodiscard]] std::vector<float> weights() const;
  /// Empty: not known.
  [[nodiscard]] std::vector<std::int32_t> languages() const;
  /// Empty: each is held out by itself.
  [[nodiscard]] std::vector<std::int32_t> sentences() const;

  const EncodedSet* set;
  std::vector<std::size_t> indices;  ///< positions in `set`
};

/// The examples of `set`, then those of `more`, without soft targets; of several labels a text, with theirs.
[[nodiscard]] EncodedSet append(const EncodedSet& set, const EncodedSet& more);

/// The examples at `indices`, in that order.
[[nodiscard]] EncodedSet subset(const EncodedSet& set, const std::vector<std::size_t>& indices);

}  // namespace tt::training
