#pragma once

#include "transfer_tune/checkpoint/safetensors.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tt::checkpoint {

/// How sentence-transformers makes one vector of a text's: their mean, or the first token's.
enum class Pooling { mean, cls };

/// A Dense module of sentence-transformers: a linear layer over a text's vector, and what is done to its results.
struct DenseModule {
  std::filesystem::path folder;  ///< that it was read from
  std::string activation;        ///< its class, as "torch.nn.modules.activation.Tanh"
  at::Tensor weight;             ///< [out, in]
  at::Tensor bias;               ///< [out]; undefined: there is none
};

/// Pooling → Dense modules → optional L2 normalisation → linear layer, as written for sentence-transformers.
struct SentenceTransformersHead {
  bool normalize = false;
  at::Tensor weight;  ///< [labels, features]
  at::Tensor bias;    ///< [labels]
  Pooling pooling = Pooling::mean;
  std::vector<DenseModule> dense{};  ///< of the encoder; of a directory that was read, `EncoderDirectory::dense`
};

/// A file and what it held.
struct HashedFile {
  std::filesystem::path path;
  std::string sha256;
};

/// A Hugging Face directory as read.
struct EncoderDirectory {
  std::filesystem::path root;  ///< as given
  std::filesystem::path
      encoder;              ///< where config.json, weights and tokenizer lie: root, or the Transformer module's folder
  std::string config_json;  ///< config.json's text
  std::string model_type;
  NamedTensors tensors;  ///< every tensor of the weights file(s), under the file's names
  std::map<std::string, std::filesystem::path> file_of;  ///< of each tensor
  std::vector<std::string> labels;                       ///< id2label in id order; empty without a classification head
  std::optional<SentenceTransformersHead> dense_head;    ///< when modules.json ends in a Dense to the labels
  std::vector<DenseModule> dense;                        ///< that follow its Pooling, but for that one
  bool is_classifier = false;                            ///< `architectures` names a sequence classifier
  bool multi_label = false;                              ///< each label is a question of its own: `problem_type`
  std::optional<Pooling> pooling;                        ///< as its Pooling module states; absent: none, or another way
  std::int64_t max_length = 0;                           ///< tokens a text is cut to, as the files state; 0: not stated
  std::string prompt;  ///< what sentence-transformers puts in front of every text by default; empty: nothing
  std::map<std::string, std::string> prompts;        ///< all that config_sentence_transformers.json names
  std::vector<std::string> unused_settings;          ///< what its files ask for and nothing here does, a sentence each
  std::vector<std::filesystem::path> weights_files;  ///< in the order of weights_sha256
  std::string weights_sha256;  ///< of the weights file, or of the bytes of all of them in name order (a head's last)
};

/// Reads a directory with config.json and model.safetensors, else pytorch_model.bin (or the index and shards of
/// either), or a sentence-transformers one. Throws `CheckpointError`: missing files named, other formats with how to
/// convert.
[[nodiscard]] EncoderDirectory read_directory(const std::filesystem::path& directory);

/// Throws `CheckpointError` that names file and tensor when one of the tensors `names` holds a value that is not
/// finite. Tensors that nothing uses are best left out: they do no harm.
void require_finite(const EncoderDirectory& directory, const std::vector<std::string>& names);
/// Every file of such a directory that reading it may use: weights, configs, the tokenizer's. What `read` has hashed
/// already is not read again. Throws `CheckpointError`.
[[nodiscard]] std::vector<HashedFile> hash_directory(const std::filesystem::path& directory,
                                                     const EncoderDirectory* read = nullptr);

/// What a written checkpoint holds beside the encoder's own files.
struct ClassifierMetadata {
  std::vector<std::string> labels;  ///< id order
  std::int64_t max_length = 0;      ///< tokens, special ones included
  std::string architecture;         ///< `native`: e.g. BertForSequenceClassification
  bool multi_label = false;         ///< a text may have several labels: `problem_type` says so
  std::string prompt{};             ///< that is put in front of every text; empty: none
};

/// Writes `to` as a classifier of the family's own: config.json (id2label, label2id, architectures; unknown keys of
/// `from.config_json` kept), model.safetensors with `tensors` (full names, prefix included), the tokenizer files.
void write_native(const std::filesystem::path& to, const EncoderDirectory& from, const NamedTensors& tensors,
                  const ClassifierMetadata& metadata);

/// Writes `to` as sentence-transformers modules: 0_Transformer (the encoder, `tensors` without prefix, tokenizer),
/// 1_Pooling, the encoder's Dense modules, Normalize where asked, and a Dense with identity activation to the labels;
/// label names and the maximal length beside them.
void write_sentence_transformers(const std::filesystem::path& to, const EncoderDirectory& from,
                                 const NamedTensors& tensors, const SentenceTransformersHead& head,
                                 const ClassifierMetadata& metadata);

/// Every file that the two may write, as paths in the directory, whatever the encoder.
[[nodiscard]] std::vector<std::string> written_files();

}  // namespace tt::checkpoint
