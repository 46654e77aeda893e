#include "runs/settings.hpp"

#include <array>
#include <map>
#include <mutex>

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/hub_name.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/device/description.hpp"
#include "transfer_tune/hub/hub.hpp"
#include "transfer_tune/ops/kernel_set.hpp"

namespace tt::runs {
namespace {

model::Pooling pooling_of(config::HeadType type, const LoadedEncoder& encoder) {
  switch (type) {
    case config::HeadType::automatic:
      return encoder.directory.pooling == checkpoint::Pooling::cls ? model::Pooling::cls : model::Pooling::mean;
    case config::HeadType::mean:
      return model::Pooling::mean;
    case config::HeadType::cls:
      return model::Pooling::cls;
    case config::HeadType::native:
      return model::Pooling::first;
  }
  throw InternalError("unknown head type");
}

device::Request request_of(const config::TrainingConfig& config) {
  return {config.device, to_device_precision(config.precision), config.threads, config.frozen_int8};
}

/// The directory that a name on the hub stands for. A run asks several times, a comparison for every run; the hub,
/// which may be slow or away, is asked once.
std::filesystem::path fetched(const std::string& name, const std::string& revision, const ProgressCallback& progress) {
  static std::mutex mutex;
  static std::map<std::array<std::string, 3>, std::filesystem::path> found;
  const hub::Settings settings = hub::settings_from_environment();
  const std::lock_guard<std::mutex> lock(mutex);
  std::filesystem::path& directory = found[{settings.cache.string(), name, revision}];
  if (directory.empty()) directory = hub::fetch(settings, name, revision, progress);
  return directory;
}

}  // namespace

model::HeadSpec make_head_spec(const config::HeadConfig& config, const LoadedEncoder& encoder, std::size_t num_labels) {
  model::HeadSpec head;
  head.pooling = pooling_of(config.type, encoder);
  const bool native = head.pooling == model::Pooling::first;
  head.normalize = !native && config.normalize;
  head.dropout = config.dropout.value_or(native ? encoder.spec.classifier_dropout : 0.0);
  head.num_labels = static_cast<std::int64_t>(num_labels);
  return head;
}

std::string to_string(model::Pooling pooling) {
  switch (pooling) {
    case model::Pooling::mean:
      return "mean";
    case model::Pooling::cls:
      return "cls";
    case model::Pooling::first:
      return "native";
  }
  throw InternalError("unknown pooling");
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
  return device::resolve(request_of(config), device::detect_capability());
}

std::string describe_computing(const config::TrainingConfig& config, const device::Effective& effective) {
  const ops::KernelSet& kernels = ops::kernel_set();
  return concat(
      device::describe(request_of(config), effective, device::detect_capability(), device::detect_libraries()),
      ", kernels ", kernels.name, " (", kernels.why, ")");
}

std::vector<std::string> slow_computing(const device::Effective& effective) {
  std::vector<std::string> out = device::slow_parts(effective, device::detect_capability(), device::detect_libraries());
  if (const ops::KernelSet& kernels = ops::kernel_set(); kernels.slow && effective.device.is_cpu()) {
    out.push_back(
        concat("the program's own kernels run without vector instructions, several times slower: ", kernels.why));
  }
  return out;
}

std::filesystem::path inside_run(const std::filesystem::path& path, const char* folder) {
  const std::filesystem::path inside = path / folder;
  return !path.empty() && std::filesystem::is_directory(inside) ? inside : path;
}

std::filesystem::path checkpoint_directory(const std::filesystem::path& path, const ProgressCallback& progress) {
  std::error_code ignored;
  if (is_hub_name(path.string()) && !std::filesystem::exists(path, ignored)) {
    return fetched(path.string(), "main", progress);
  }
  return inside_run(path, "checkpoint");
}

std::filesystem::path encoder_directory(const config::EncoderConfig& config, const ProgressCallback& progress) {
  // A config's paths are absolute; what is left relative is a name.
  if (config.path.is_absolute()) return inside_run(config.path, "checkpoint");
  return fetched(config.path.string(), config.revision, progress);
}

void fetch_models(const config::RunConfig& config, const ProgressCallback& progress) {
  (void)encoder_directory(config.encoder, progress);
  if (config.source && config.source->checkpoint) (void)checkpoint_directory(*config.source->checkpoint, progress);
}

}  // namespace tt::runs
