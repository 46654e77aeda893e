#pragma once

#include "transfer_tune/core/log.hpp"

#include <filesystem>
#include <optional>
#include <string>

// Models by their name on the hub, in the cache that huggingface_hub keeps, in its layout: what Python has fetched is
// found here, and what is fetched here is found by Python.

namespace tt::hub {

/// The environment's variables that the hub's own library reads, as they are set.
struct Settings {
  std::filesystem::path cache;  ///< HF_HUB_CACHE, HF_HOME/hub, XDG_CACHE_HOME or ~/.cache with huggingface/hub
  std::string endpoint;         ///< HF_ENDPOINT, without a slash at its end
  std::string token;            ///< HF_TOKEN, or the file that a login left; empty: none
  bool offline = false;         ///< HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE
  long patience = 10;           ///< HF_HUB_DOWNLOAD_TIMEOUT: seconds without an answer
  std::string certificates;     ///< REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or SSL_CERT_FILE; empty: the system's
  double first_pause = 1;       ///< seconds before a request that failed is tried again, and twice as many each time
};
/// Throws `UsageError` for values that cannot be meant.
[[nodiscard]] Settings settings_from_environment();

/// The directory of the model `name` where the cache has all of it at `revision` (a branch, a tag or a commit).
[[nodiscard]] std::optional<std::filesystem::path> find_cached(const Settings& settings, const std::string& name,
                                                               const std::string& revision);

/// The same, fetched where the cache lacks it: the files that are read here, and no others. Throws `CheckpointError`
/// where there is no such model, or it may not be read, or what comes is not what the hub says; `IoError` where the hub
/// cannot be reached or the cache cannot be written.
[[nodiscard]] std::filesystem::path fetch(const Settings& settings, const std::string& name,
                                          const std::string& revision, const ProgressCallback& progress = {});

}  // namespace tt::hub
