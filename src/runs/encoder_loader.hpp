#pragma once

#include "transfer_tune/checkpoint/directory.hpp"
#include "transfer_tune/config/run_config.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/model/classifier.hpp"
#include "transfer_tune/record/run_report.hpp"
#include "transfer_tune/tokenizer/tokenizer.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tt::runs {

/// A Hugging Face directory made ready: files read, names matched, tokenizer loaded and checked against the encoder.
struct LoadedEncoder {
  checkpoint::EncoderDirectory directory;
  const model::Family* family = nullptr;
  model::EncoderSpec spec;
  model::MatchedTensors matched;
  tokenizer::Tokenizer tokenizer;

  std::vector<checkpoint::HashedFile> files;  ///< all that the encoder came from; of a config's alone

  bool random_weights = false;  ///< the files' weights were left aside

  /// The encoder with its weights copied; missing parameters (all of them, with random weights) are drawn by `seed`.
  [[nodiscard]] model::Encoder make_encoder(std::uint64_t seed) const { return {*family, spec, matched, seed}; }
  /// The same for inference alone, with its weights where the file is mapped.
  [[nodiscard]] model::Encoder mapped_encoder() const { return {*family, spec, matched, 0, model::Values::shared}; }
};

/// With the prompt that the directory states. Throws `CheckpointError` for anything that the folders checkpoint, model
/// and tokenizer refuse, for token ids beyond the embedding table, and for weights of the encoder or a classification
/// head that are not finite.
[[nodiscard]] LoadedEncoder load_encoder(const std::filesystem::path& directory);
/// The PEFT adapter in `directory` worked into the encoder at `base`, or where that is empty at the place that the
/// adapter names; labels and head are the adapter's where it has its own. Throws `CheckpointError` as above, and where
/// the two do not belong together.
[[nodiscard]] LoadedEncoder load_adapted_encoder(const std::filesystem::path& directory,
                                                 const std::filesystem::path& base,
                                                 const ProgressCallback& progress = {});
/// As the config asks for it: with its weights, or with random ones; with its own prompt, or another; under a native
/// head without Dense modules.
[[nodiscard]] LoadedEncoder load_encoder(const config::EncoderConfig& config, config::HeadType head);

/// Throws `UsageError` when the encoder has fewer positions than `max_length`.
void check_max_length(const LoadedEncoder& encoder, std::int64_t max_length);

/// A checkpoint that was tuned from `pretrained`, perhaps under another kind of head. Throws `CheckpointError` when its
/// parameters are not those of `pretrained`.
[[nodiscard]] LoadedEncoder load_source(const std::filesystem::path& directory, const LoadedEncoder& pretrained);

/// Tensors that nothing here uses, by name: those outside the encoder except a classifier head that is read.
[[nodiscard]] std::vector<std::string> unused_tensors(const LoadedEncoder& encoder);

[[nodiscard]] report::EncoderReport describe_encoder(const LoadedEncoder& encoder, std::int64_t max_length);

/// The linear layer over `pooling` that a classifier directory holds, if it does.
struct StoredHead {
  model::Pooling pooling = model::Pooling::mean;
  bool normalize = false;
  at::Tensor weight;  ///< [labels, hidden]
  at::Tensor bias;    ///< [labels]
};
[[nodiscard]] std::optional<StoredHead> stored_head(const LoadedEncoder& encoder);
/// The encoder under `head`, both as the directory holds them, for inference alone.
[[nodiscard]] model::Classifier stored_classifier(const LoadedEncoder& encoder, const StoredHead& head);

/// Writes the classifier in the layout of its head (`mean` and `cls`: sentence-transformers modules, `first`: the
/// family's own classifier). `from` gives the files that are carried over.
void write_checkpoint(const std::filesystem::path& to, const LoadedEncoder& from, const model::Classifier& classifier,
                      const std::vector<std::string>& labels, std::int64_t max_length, bool multi_label = false);

/// Writes the adapters of `adapted` and its head in PEFT's format, for use on `from`. Where other parameters are not
/// those of `from` either, nothing is written, and their names are returned.
[[nodiscard]] std::vector<std::string> write_adapter(const std::filesystem::path& to, const LoadedEncoder& from,
                                                     const model::Classifier& adapted,
                                                     const std::vector<std::string>& labels, std::int64_t max_length,
                                                     bool multi_label = false);

}  // namespace tt::runs
