#pragma once

#include "transfer_tune/checkpoint/directory.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tt::checkpoint {

/// One entry of a sentence-transformers modules.json.
struct Module {
  std::string type;            ///< the class without its package, e.g. "Pooling"
  std::filesystem::path path;  ///< its folder, inside the directory
};

/// The modules in their order; empty when `directory` has no modules.json. Throws `CheckpointError`, also for a path
/// that leads outside `directory`.
[[nodiscard]] std::vector<Module> read_modules(const std::filesystem::path& directory);

/// The folder of the Transformer module. Throws `CheckpointError` when the list does not start with one.
[[nodiscard]] std::filesystem::path encoder_folder(const std::filesystem::path& directory,
                                                   const std::vector<Module>& modules);

/// How a Pooling module says to pool: mean, cls, max, …; several where it joins their results, none without its file.
[[nodiscard]] std::vector<std::string> pooling_modes(const Module& pooling);

/// The Dense modules of a list Transformer, Pooling (mean or cls), Dense …, optionally Normalize, Dense (identity, with
/// bias, `labels` outputs): the last is a head. What any other list goes on with is not among them.
struct DenseFolders {
  std::vector<std::filesystem::path> encoder;
  std::optional<std::filesystem::path> head;
  bool normalize = false;  ///< a Normalize follows those of the encoder
};
[[nodiscard]] DenseFolders find_dense(const std::vector<Module>& modules, std::optional<Pooling> pooling,
                                      std::size_t labels);

/// Reads a Dense module; its weights files are added to `files`. Throws `CheckpointError` for settings that are not
/// followed here, and tensors that do not fit its config or are not finite.
[[nodiscard]] DenseModule read_dense(const std::filesystem::path& folder, std::vector<std::filesystem::path>& files);

/// Writes modules.json for encoder (in the folder `encoder`, empty: in `to` itself), pooling, Dense modules,
/// `normalize` and head, and the folders of all but the encoder.
void write_modules(const std::filesystem::path& to, const std::string& encoder, const SentenceTransformersHead& head);

/// The prompts of a sentence-transformers directory.
inline constexpr const char* kPromptsFile = "config_sentence_transformers.json";
/// The encoder's folder in a checkpoint of such modules.
inline constexpr const char* kEncoderFolder = "0_Transformer";
/// The files that `write_modules` may write, as paths in the directory.
[[nodiscard]] std::vector<std::string> module_files();

}  // namespace tt::checkpoint
