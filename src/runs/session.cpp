#include "runs/session.hpp"

#include "runs/settings.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/process.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/core/version.hpp"
#include "transfer_tune/device/description.hpp"
#include "transfer_tune/ops/kernel_set.hpp"

#include <cmath>
#include <ctime>

namespace tt::runs {
namespace {

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::string text(20, '\0');
  text.resize(std::strftime(text.data(), text.size() + 1, "%Y-%m-%dT%H:%M:%SZ", &parts));
  return text;
}

report::EnvironmentReport describe_environment(const config::TrainingConfig& asked,
                                               const device::Effective& effective) {
  report::EnvironmentReport out;
  out.program_version = program_version();
  out.libtorch_version = libtorch_version();
  out.requested_device = asked.device;
  out.device = effective.device.str();
  out.requested_precision = device::to_string(to_device_precision(asked.precision));
  out.precision = device::to_string(effective.precision);
  out.requested_frozen_int8 = asked.frozen_int8;
  out.frozen_int8 = effective.int8;
  out.requested_threads = asked.threads;
  out.threads = effective.threads;
  out.cpu_capability = device::detect_capability().cpu;
  out.kernels = ops::kernel_set().name;
  out.products = device::products(effective, device::detect_libraries());
  out.seed = asked.seed;
  return out;
}

training::ActivationStoreOptions store_options(const config::TrainingConfig& training,
                                               const device::Effective& effective, bool cache,
                                               const std::string& environment) {
  training::ActivationStoreOptions kept;
  if (cache && training.cache_disk_mb > 0) kept.directory = cache_directory() / "activations";
  kept.bf16 = effective.precision == device::Precision::bf16;
  kept.memory_bytes = training.cache_memory_mb << 20U;
  kept.disk_bytes = training.cache_disk_mb << 20U;
  kept.environment = concat(version(), " ", revision(), " ", environment);
  return kept;
}

}  // namespace

report::EnvironmentReport environment_of(const config::TrainingConfig& training) {
  return describe_environment(training, effective_device(training));
}

void Journal::warn(const std::string& text) {
  log_warning(text);
  warnings_.push_back(text);
}

void Journal::note_forward() {
  if (std::isnan(timing_.seconds_to_first_forward)) timing_.seconds_to_first_forward = seconds_since_program_start();
}

Session::Session(const config::RunConfig& run_config, const AdaptOptions& options, std::filesystem::path directory,
                 RunState& run_state)
    : config(run_config),
      cache(options.cache),
      out(std::move(directory)),
      started_at(utc_now()),
      effective(effective_device(config.training)),
      environment(describe_environment(config.training, effective)),
      environment_key(concat(environment.device, " ", environment.precision, " ", effective.threads, " ",
                             environment.cpu_capability, " ", environment.libtorch_version)),
      store(store_options(config.training, effective, cache, environment_key)),
      state(run_state),
      progress([this, told = options.progress](const Progress& step) {
        journal.note_forward();
        if (told) told(step);
      }) {
  device::apply(effective);
  if (!effective.reason.empty()) journal.warn(effective.reason);
  log_info(concat(
      "device ", environment.device, " (asked: ", environment.requested_device, "), ", environment.threads,
      " threads (asked: ", environment.requested_threads == 0 ? "all" : std::to_string(environment.requested_threads),
      "), ", describe_computing(config.training, effective)));
  for (const std::string& part : slow_computing(effective)) journal.warn(part);
}

}  // namespace tt::runs
