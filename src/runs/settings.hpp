#pragma once

#include "runs/encoder_loader.hpp"
#include "transfer_tune/config/run_config.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/device/device.hpp"
#include "transfer_tune/model/classifier.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

// The config's words in the terms of the folders below.

namespace tt::runs {

/// `auto` becomes what the encoder's files say.
[[nodiscard]] model::HeadSpec make_head_spec(const config::HeadConfig& config, const LoadedEncoder& encoder,
                                             std::size_t num_labels);

/// A pooling in the config's word.
[[nodiscard]] std::string to_string(model::Pooling pooling);

[[nodiscard]] device::Precision to_device_precision(config::Precision precision);

/// What takes effect for this config on this machine.
[[nodiscard]] device::Effective effective_device(const config::TrainingConfig& config);

/// For the log: what computes, and why it was taken.
[[nodiscard]] std::string describe_computing(const config::TrainingConfig& config, const device::Effective& effective);
/// A sentence for each part of it that is slower than need be.
[[nodiscard]] std::vector<std::string> slow_computing(const device::Effective& effective);

/// `path` itself, or `folder` inside it where it is there: `path` is a run directory then.
[[nodiscard]] std::filesystem::path inside_run(const std::filesystem::path& path, const char* folder);
/// The same of checkpoint/. Where there is no `path` but it has the form of a model's name on the hub, the directory of
/// that model in the hub's cache, fetched where it lacks it. Throws as `hub::fetch` does.
[[nodiscard]] std::filesystem::path checkpoint_directory(const std::filesystem::path& path,
                                                         const ProgressCallback& progress = {});
/// Where the encoder of a config lies.
[[nodiscard]] std::filesystem::path encoder_directory(const config::EncoderConfig& config,
                                                      const ProgressCallback& progress = {});
/// Fetches the models that a config names, where they are not in the hub's cache, before anything else is done.
void fetch_models(const config::RunConfig& config, const ProgressCallback& progress);

}  // namespace tt::runs
