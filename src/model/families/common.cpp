#include "model/families/common.hpp"

#include "transfer_tune/core/text.hpp"

#include <string>

namespace tt::model {

Activation parse_activation(const ConfigReader& config, const char* key) {
  const std::string name = config.text(key, "gelu");
  if (name == "gelu" || name == "gelu_python") return Activation::gelu;
  if (name == "gelu_new" || name == "gelu_fast" || name == "gelu_pytorch_tanh") return Activation::gelu_tanh;
  if (name == "relu") return Activation::relu;
  config.reject(key, "gelu, gelu_python, gelu_new, gelu_fast, gelu_pytorch_tanh or relu");
}

void require_divisor(const ConfigReader& config, const char* key, std::int64_t value, const char* of,
                     std::int64_t width) {
  if (width % value != 0) config.reject(key, concat("a divisor of \"", of, "\", which is ", width));
}

}  // namespace tt::model
