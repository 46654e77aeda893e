#pragma once

#include "transfer_tune/model/forward_mode.hpp"
#include "transfer_tune/model/lora.hpp"
#include "transfer_tune/model/parameter.hpp"
#include "transfer_tune/ops/int8.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tt::model {

/// Who adds a linear layer's bias.
enum class Bias {
  none,      ///< there is none
  added,     ///< the layer
  deferred,  ///< the op that comes next, which passes over the layer's results anyway
};

/// x · weightᵀ + bias, and with an adapter + lora_alpha/r · dropout(x) · Aᵀ · Bᵀ: the one place for a linear layer's
/// bias, its 8-bit form, its adapter, and whatever else is put on it.
class Linear {
 public:
  /// `name`.weight is [out, in], `name`.bias [out].
  Linear(ParameterTable& table, const std::string& name, std::int64_t in, std::int64_t out, Bias bias);

  /// [rows, in] → [rows, out]; without a bias that is deferred. `mode` is for the adapter's dropout.
  [[nodiscard]] at::Tensor operator()(Weights weights, const ForwardMode& mode, const at::Tensor& x) const;
  /// Columns first .. first+count-1 of that alone.
  [[nodiscard]] at::Tensor part(Weights weights, const ForwardMode& mode, const at::Tensor& x, std::int64_t first,
                                std::int64_t count) const;
  /// What the next op has to add: [out], or undefined.
  [[nodiscard]] at::Tensor deferred_bias(Weights weights) const;
  /// From now on with 8-bit integers, of the weights as they are now, or without: see `Encoder::in_int8`. Not with an
  /// adapter.
  void use_int8(Weights weights, bool on);

  /// The module's name, which its parameters' begin with.
  [[nodiscard]] std::string name(Weights weights) const;
  /// Puts an adapter on: appends `name`.lora_A.weight and `name`.lora_B.weight, of the weight's group and first use. A
  /// is uniform within ±1/√in (as PEFT has it: Kaiming, a = √5), keyed by `seed`; B is zero.
  void adapt(std::vector<Parameter>& parameters, const LoraSpec& lora, std::uint64_t seed);
  /// Adds what the adapter does to the weight, a new tensor then, and takes the adapter off; its parameters stay.
  void merge(std::vector<Parameter>& parameters);
  [[nodiscard]] bool adapted() const noexcept { return adapter_.has_value(); }

 private:
  friend class JoinedLinear;
  struct Adapter {
    ParameterRef a;
    ParameterRef b;
    double scaling;
    double dropout;
  };
  /// What the layer itself adds, or undefined.
  [[nodiscard]] at::Tensor added_bias(Weights weights) const;

  ParameterRef weight_;
  std::optional<ParameterRef> bias_;
  bool deferred_ = false;
  std::optional<Adapter> adapter_;
  std::optional<ops::Int8Linear> int8_;
};

/// A linear layer of an encoder's layer, and what it is called whatever the family: some of `kLinearRoles`.
struct LayerLinear {
  Linear* linear;
  std::vector<std::string_view> roles;
};

/// Two linear layers over the same input, their results side by side.
class JoinedLinear {
 public:
  JoinedLinear(Linear first, Linear second) : first_(std::move(first)), second_(std::move(second)) {}

  /// [rows, in] → [rows, first's out + second's out]
  [[nodiscard]] at::Tensor operator()(Weights weights, const ForwardMode& mode, const at::Tensor& x) const;
  void use_int8(Weights weights, bool on);
  [[nodiscard]] Linear& first() noexcept { return first_; }
  [[nodiscard]] const Linear& first() const noexcept { return first_; }
  [[nodiscard]] Linear& second() noexcept { return second_; }

 private:
  Linear first_;
  Linear second_;
  std::optional<ops::Int8Linear> int8_;
};

}  // namespace tt::model
