#pragma once

// Names in an adapter's directory that its reader and its writer share.

namespace tt::checkpoint {

/// What PEFT puts in front of the names of a model's tensors.
inline constexpr const char* kPeftPrefix = "base_model.model.";
/// What is known of the adapter's classifier beside PEFT's files: its labels, and the base's hash. Not config.json,
/// with which transformers would look for a whole model there.
inline constexpr const char* kAdapterClassifier = "classifier.json";
/// In it: SHA-256 of the weights that the adapter was trained on.
inline constexpr const char* kBaseHash = "base_weights_sha256";

}  // namespace tt::checkpoint
