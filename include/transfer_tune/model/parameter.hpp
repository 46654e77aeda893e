#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

namespace tt::model {

/// A named weight of the encoder or the head.
struct Parameter {
  std::string name;   ///< Hugging Face's, without the family prefix
  std::string group;  ///< canonical: embeddings, layer.N, pooler, dense, head
  /// The first part that reads it: 0 the embeddings, 1+k layer k, 1+num_hidden_layers what comes after pooling. What
  /// trains, what is computed once and what that is kept under follow from this, never from the name or the group.
  std::int64_t first_use = 0;
  at::Tensor value;
  bool by_token = false;      ///< a row a token: a batch reads those of its tokens alone
  bool in_base_model = true;  ///< false: of the classifier around it, whose names have no family prefix, or of a Dense
};

/// The parameters that a block's references point into.
using Weights = std::span<const Parameter>;

/// How a parameter that no checkpoint gives starts: from N(0, initializer_range²), or constant.
enum class Initial { normal, zeros, ones };

/// What is known of a parameter before it has a value; fields as `Parameter`'s where they have their names.
struct ParameterKey {
  std::string name;
  std::string group;
  std::int64_t first_use = 0;
  std::vector<std::int64_t> shape;
  bool optional = false;  ///< newly initialised (and reported) when the checkpoint lacks it
  Initial initial = Initial::normal;
  bool by_token = false;
  bool in_base_model = true;
};

/// Where a block finds one of its parameters.
class ParameterRef {
 public:
  explicit ParameterRef(std::size_t index) : index_(index) {}
  [[nodiscard]] const at::Tensor& in(Weights weights) const { return weights[index_].value; }
  [[nodiscard]] std::size_t index() const noexcept { return index_; }

 private:
  std::size_t index_;
};

/// Collects what the blocks of an encoder need, in the order in which they are made, which is that of the files.
class ParameterTable {
 public:
  /// What the parameters that follow have in common; as `ParameterKey`.
  struct Place {
    std::string group;
    std::int64_t first_use = 0;
    bool optional = false;
    bool in_base_model = true;
  };
  void enter(Place place);
  /// Throws `InternalError` for a name that is there already.
  ParameterRef add(const std::string& name, std::vector<std::int64_t> shape, Initial initial, bool by_token = false);
  [[nodiscard]] const std::vector<ParameterKey>& keys() const noexcept { return keys_; }

 private:
  Place place_;
  std::vector<ParameterKey> keys_;
  std::unordered_set<std::string> names_;
};

}  // namespace tt::model
