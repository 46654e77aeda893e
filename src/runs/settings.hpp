#pragma once

#include "transfer_tune/config/run_config.hpp"
#include "transfer_tune/device/device.hpp"
#include "transfer_tune/model/classifier.hpp"

#include <cstddef>
#include <filesystem>
#include <string>

// The config's words in the terms of the folders below.

namespace tt::runs {

[[nodiscard]] model::HeadSpec make_head_spec(const config::HeadConfig& config, const model::EncoderSpec& encoder,
                                             std::size_t num_labels);

[[nodiscard]] device::Precision to_device_precision(config::Precision precision);

/// What takes effect for this config on this machine.
[[nodiscard]] device::Effective effective_device(const config::TrainingConfig& config);

/// JSON pointer of a policy's phases: where a rule's error is reported.
[[nodiscard]] std::string policy_pointer(const std::string& block, const config::PolicyConfig& policy);

/// `path` itself, or the checkpoint/ inside it when it is a run directory.
[[nodiscard]] std::filesystem::path checkpoint_directory(const std::filesystem::path& path);

}  // namespace tt::runs
