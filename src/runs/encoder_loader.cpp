#include "runs/encoder_loader.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/text.hpp"

#include <ATen/ATen.h>

namespace tt::runs {

LoadedEncoder load_encoder(const std::filesystem::path& directory) {
  checkpoint::EncoderDirectory files = checkpoint::read_directory(directory);
  const std::filesystem::path config = files.encoder / "config.json";
  const model::Family& family = model::find_family(files.model_type, config);
  const model::EncoderSpec spec = family.parse_spec(files.config_json, config);
  model::MatchedTensors matched = model::match_tensors(family, spec, files.tensors, files.encoder);
  tokenizer::Tokenizer tokenizer = tokenizer::Tokenizer::from_directory(files.encoder);
  if (static_cast<std::int64_t>(tokenizer.vocab_size()) > spec.vocab_size) {
    throw CheckpointError(concat(files.encoder.string(), ": the tokenizer has ids up to ", tokenizer.vocab_size() - 1,
                                 ", but the embedding table has ", spec.vocab_size,
                                 " rows; expected the tokenizer that the encoder was trained with"));
  }
  if (!matched.missing.empty()) log_info(concat("newly initialised: ", join(matched.missing, ", ")));
  return {std::move(files), &family, spec, std::move(matched), std::move(tokenizer), {}, false};
}

LoadedEncoder load_encoder(const config::EncoderConfig& config) {
  LoadedEncoder loaded = load_encoder(config.path);
  loaded.files = checkpoint::hash_directory(config.path, &loaded.directory);
  if (config.weights == config::EncoderWeights::random) {
    loaded.random_weights = true;
    loaded.matched = {};
    loaded.directory.tensors.clear();
    loaded.directory.mean_head.reset();
    loaded.directory.weights_sha256.clear();  // so that no cache takes it for the pretrained encoder
    log_info("the encoder starts from random weights");
  }
  return loaded;
}

void check_max_length(const LoadedEncoder& encoder, std::int64_t max_length) {
  if (max_length > encoder.spec.max_position_embeddings) {
    throw UsageError(concat("/encoder/max_length: found ", max_length, ", expected at most ",
                            encoder.spec.max_position_embeddings, ", the positions that the encoder has"));
  }
  const auto stated = static_cast<std::int64_t>(encoder.tokenizer.stated_max_length());
  if (stated > 0 && stated != max_length) {
    log_info(concat("texts are cut to ", max_length, " tokens; the tokenizer file's own ", stated, " is overridden"));
  }
}

std::optional<StoredHead> stored_head(const LoadedEncoder& encoder) {
  if (const auto& head = encoder.directory.mean_head) {
    return StoredHead{model::Pooling::mean, head->normalize, head->weight, head->bias};
  }
  if (!encoder.directory.is_classifier) return std::nullopt;
  const auto weight = encoder.matched.others.find("classifier.weight");
  const auto bias = encoder.matched.others.find("classifier.bias");
  if (weight == encoder.matched.others.end() || bias == encoder.matched.others.end()) return std::nullopt;
  const auto labels = static_cast<std::int64_t>(encoder.directory.labels.size());
  if (weight->second.dim() != 2 || weight->second.size(0) != labels ||
      weight->second.size(1) != encoder.spec.hidden_size || bias->second.numel() != labels) {
    throw CheckpointError(concat(encoder.directory.root.string(), ": classifier.weight and classifier.bias do not fit ",
                                 labels, " labels and hidden size ", encoder.spec.hidden_size));
  }
  return StoredHead{model::Pooling::first, false, weight->second, bias->second};
}

std::vector<std::string> unused_tensors(const LoadedEncoder& encoder) {
  const bool has_head = !encoder.directory.mean_head && stored_head(encoder).has_value();
  std::vector<std::string> names;
  for (const auto& [name, tensor] : encoder.matched.others) {
    if (!has_head || (name != "classifier.weight" && name != "classifier.bias")) names.push_back(name);
  }
  return names;
}

report::EncoderReport describe_encoder(const LoadedEncoder& encoder, std::int64_t max_length) {
  report::EncoderReport out;
  out.path = encoder.directory.root.string();
  out.model_type = encoder.spec.model_type;
  out.hidden_size = encoder.spec.hidden_size;
  out.num_hidden_layers = encoder.spec.num_hidden_layers;
  for (const auto& key : encoder.family->parameter_keys(encoder.spec)) {
    std::int64_t numel = 1;
    for (const std::int64_t size : key.shape) numel *= size;
    out.parameters += numel;
  }
  out.random_weights = encoder.random_weights;
  out.weights_sha256 = encoder.directory.weights_sha256;
  out.tokenizer = encoder.tokenizer.summary();
  out.max_length = max_length;
  out.newly_initialised = encoder.matched.missing;
  out.unused = unused_tensors(encoder);
  return out;
}

void write_checkpoint(const std::filesystem::path& to, const LoadedEncoder& from, const model::Classifier& classifier,
                      const std::vector<std::string>& labels, std::int64_t max_length) {
  const bool mean = classifier.head().pooling == model::Pooling::mean;
  checkpoint::NamedTensors tensors;
  for (const model::Parameter* parameter : classifier.all_parameters()) {
    if (parameter->group == "head") {
      if (!mean) tensors[parameter->name] = parameter->value;
    } else {
      tensors[mean ? parameter->name : from.family->prefix + parameter->name] = parameter->value;
    }
  }
  checkpoint::ClassifierMetadata metadata{labels, max_length, {}};
  if (!mean) {
    metadata.architecture = from.family->architectures.front();
    checkpoint::write_native(to, from.directory, tensors, metadata);
    return;
  }
  const checkpoint::SentenceTransformersHead head{classifier.head().normalize, classifier.head_weight(),
                                                  classifier.head_bias()};
  checkpoint::write_sentence_transformers(to, from.directory, tensors, head, metadata);
}

}  // namespace tt::runs
