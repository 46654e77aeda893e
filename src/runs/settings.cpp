#include "runs/settings.hpp"

#include "transfer_tune/core/error.hpp"

namespace tt::runs {

model::HeadSpec make_head_spec(const config::HeadConfig& config, const model::EncoderSpec& encoder,
                               std::size_t num_labels) {
  model::HeadSpec head;
  const bool native = config.type == config::HeadType::native;
  head.pooling = native ? model::Pooling::first : model::Pooling::mean;
  head.normalize = !native && config.normalize;
  head.dropout = config.dropout.value_or(native ? encoder.classifier_dropout : 0.0);
  head.num_labels = static_cast<std::int64_t>(num_labels);
  return head;
}

device::Precision to_device_precision(config::Precision precision) {
  switch (precision) {
    case config::Precision::automatic:
      return device::Precision::automatic;
    case config::Precision::fp32:
      return device::Precision::fp32;
    case config::Precision::bf16:
      return device::Precision::bf16;
  }
  throw InternalError("unknown precision");
}

device::Effective effective_device(const config::TrainingConfig& config) {
  return device::resolve({config.device, to_device_precision(config.precision), config.threads, config.frozen_int8},
                         device::detect_capability());
}

std::string policy_pointer(const std::string& block, const config::PolicyConfig& policy) {
  return block + (policy.policy == config::Policy::phases ? "/phases" : "/policy");
}

std::filesystem::path checkpoint_directory(const std::filesystem::path& path) {
  const std::filesystem::path inside = path / "checkpoint";
  return std::filesystem::is_directory(inside) ? inside : path;
}

}  // namespace tt::runs
