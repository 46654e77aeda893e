#pragma once

#include "transfer_tune/training/forward.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace tt::training {

struct ActivationStoreOptions {
  std::filesystem::path directory{};  ///< empty: nothing is kept on disk
  std::string environment{};  ///< what values depend on beside weights and tokens: program, device, precision, threads
  bool bf16 = false;          ///< keep rows of tokens in half the room; pooled vectors stay fp32
  std::int64_t memory_bytes = std::int64_t{1} << 30;  ///< kept in memory at most; what is larger is mapped from a file
  std::int64_t disk_bytes = std::int64_t{4} << 30;    ///< kept on disk at most; the longest unused go first
};

/// Keeps what frozen prefixes make of texts, so that nothing is encoded twice: by the folds and phases of a run, or by
/// the next run with the same encoder and texts. Entries are found by a hash of everything they depend on: the prefix's
/// weights, the token ids, the depth and the environment. Whole sets are kept, never parts, since a text's last bits
/// depend on the batch it was encoded in.
class ActivationStore {
 public:
  explicit ActivationStore(ActivationStoreOptions options = {});

  /// As `run_prefix`. A file that cannot be read or written is warned about and done without.
  [[nodiscard]] PrefixCache get(const model::Classifier& classifier, const EncodedSet& set, std::int64_t depth,
                                std::int32_t pad_id, std::string_view stage, const ProgressCallback& progress);

  /// The vectors that the linear head sees, for every text: [texts, hidden] on the CPU.
  [[nodiscard]] at::Tensor features(const model::Classifier& classifier, const EncodedSet& set, std::int32_t pad_id,
                                    std::string_view stage, const ProgressCallback& progress);

  /// What `make` computes from `inputs` (on the CPU) alone: [rows, columns] fp32 on the CPU, kept as activations are.
  /// `what` says how: the name of the computation and every setting that it depends on.
  [[nodiscard]] at::Tensor derived(std::string_view what, const std::vector<at::Tensor>& inputs, std::int64_t rows,
                                   std::int64_t columns, const std::function<at::Tensor()>& make);

  /// How long what was found on disk took when it was made: without it, that much more time would have gone by.
  [[nodiscard]] double reused_seconds() const noexcept { return reused_seconds_; }

 private:
  struct Entry {
    std::string key;
    at::Tensor rows;
  };

  [[nodiscard]] std::filesystem::path file_of(const std::string& key) const;
  /// The rows of this size and type that are kept under `key`, or else what `make` gives, which is kept.
  [[nodiscard]] at::Tensor recall(const std::string& key, at::IntArrayRef sizes, at::ScalarType type,
                                  const std::function<at::Tensor()>& make);
  [[nodiscard]] at::Tensor load(const std::string& key, at::IntArrayRef sizes, at::ScalarType type);
  void remember(const std::string& key, const at::Tensor& rows);
  void save(const std::string& key, const at::Tensor& rows, double seconds) const;

  ActivationStoreOptions options_;
  std::list<Entry> entries_;  ///< the last used first
  double reused_seconds_ = 0;
};

}  // namespace tt::training
