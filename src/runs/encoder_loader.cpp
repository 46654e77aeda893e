#include "runs/encoder_loader.hpp"

#include "runs/dense_modules.hpp"
#include "runs/settings.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/hub_name.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/memory.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/model/adapter.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>

namespace tt::runs {
namespace {

/// The linear layer of the family's own head, as its files name it.
std::array<std::string, 2> head_tensors(const model::Family& family) {
  return {family.names.head.linear + ".weight", family.names.head.linear + ".bias"};
}

/// The encoder's weights and those of a classifier's head; what nothing here reads may be what it likes.
void require_finite_weights(const checkpoint::EncoderDirectory& files, const model::Family& family,
                            const model::MatchedTensors& matched) {
  std::vector<std::string> names = matched.names;
  for (const std::string& name : head_tensors(family)) {
    if (files.is_classifier && matched.others.contains(name)) names.push_back(name);
  }
  checkpoint::require_finite(files, names);
}

/// Labels, in the order of the rows of a classifier's linear layer that an adapter brought.
void name_rows(checkpoint::EncoderDirectory& files, const at::Tensor& weight) {
  files.dense_head.reset();
  files.is_classifier = true;
  const auto rows = static_cast<std::size_t>(weight.dim() > 0 ? weight.size(0) : 0);
  if (files.labels.size() == rows) return;
  files.labels.clear();
  for (std::size_t i = 0; i < rows; ++i) files.labels.push_back(concat("LABEL_", i));  // as transformers does
}

LoadedEncoder load(checkpoint::EncoderDirectory files, config::EncoderWeights weights,
                   const checkpoint::Adapter* adapter = nullptr) {
  const std::filesystem::path config = files.encoder / "config.json";
  const model::Family& family = model::find_family(files.model_type, config);
  model::EncoderSpec spec = family.parse_spec(files.config_json, config);
  model::MatchedTensors matched = model::match_tensors(family, spec, files.tensors, files.encoder);
  if (weights == config::EncoderWeights::pretrained) require_finite_weights(files, family, matched);
  if (adapter != nullptr) {
    model::apply_adapter(family, spec, *adapter, matched);
    const auto head = adapter->tensors.find(head_tensors(family)[0]);
    if (head != adapter->tensors.end()) name_rows(files, head->second);
  }
  tokenizer::Tokenizer tokenizer = tokenizer::Tokenizer::from_directory(files.encoder);
  if (static_cast<std::int64_t>(tokenizer.vocab_size()) > spec.vocab_size) {
    throw CheckpointError(concat(files.encoder.string(), ": the tokenizer has ids up to ", tokenizer.vocab_size() - 1,
                                 ", but the embedding table has ", spec.vocab_size,
                                 " rows; expected the tokenizer that the encoder was trained with"));
  }
  release_memory();  // all weights were looked through
  tokenizer.set_prompt(files.prompt);
  if (!matched.missing.empty()) log_info(concat("newly initialised: ", join(matched.missing, ", ")));
  LoadedEncoder loaded{std::move(files), &family, std::move(spec), std::move(matched), std::move(tokenizer), {}, false};
  take_dense(loaded);
  return loaded;
}

}  // namespace

LoadedEncoder load_encoder(const std::filesystem::path& directory) {
  return load(checkpoint::read_directory(directory), config::EncoderWeights::pretrained);
}

LoadedEncoder load_adapted_encoder(const std::filesystem::path& directory, const std::filesystem::path& base,
                                   const ProgressCallback& progress) {
  const checkpoint::Adapter adapter = checkpoint::read_adapter(directory);
  // Its base may be named as the hub names it.
  const std::string& named = adapter.base_model_name_or_path;
  const bool is_name = base.empty() && is_hub_name(named) && !std::filesystem::exists(named);
  return load(checkpoint::read_adapted_directory(adapter, is_name ? checkpoint_directory(named, progress) : base),
              config::EncoderWeights::pretrained, &adapter);
}

namespace {

/// An encoder that was trained with prompts and has no default is left without one, unless the config says so.
void tell_prompts(const checkpoint::EncoderDirectory& directory, const std::optional<std::string>& asked) {
  if (asked || !directory.prompt.empty()) return;
  std::vector<std::string> prompts;
  for (const auto& [name, prompt] : directory.prompts) {
    if (!prompt.empty()) prompts.push_back(concat(quote(prompt), " (", name, ")"));
  }
  if (prompts.empty()) return;
  log_info(concat("the encoder knows the prompts ", join(prompts, ", "),
                  ", of which none is its default; encoder.prompt puts one in front of every text"));
}

}  // namespace

LoadedEncoder load_encoder(const config::EncoderConfig& config, config::HeadType head) {
  const std::filesystem::path directory = encoder_directory(config);
  LoadedEncoder loaded = load(checkpoint::read_directory(directory), config.weights);
  if (head == config::HeadType::native) leave_out_dense(loaded);
  tell_prompts(loaded.directory, config.prompt);
  if (config.prompt) loaded.tokenizer.set_prompt(*config.prompt);
  loaded.files = checkpoint::hash_directory(directory, &loaded.directory);
  if (config.weights == config::EncoderWeights::random) {
    loaded.random_weights = true;
    loaded.matched = {};
    loaded.directory.tensors.clear();
    loaded.directory.dense_head.reset();
    loaded.directory.weights_sha256.clear();  // so that no cache takes it for the pretrained encoder
    log_info("the encoder starts from random weights");
  }
  return loaded;
}

void check_max_length(const LoadedEncoder& encoder, std::int64_t max_length) {
  if (max_length > encoder.spec.max_tokens()) {
    throw UsageError(concat("/encoder/max_length: found ", max_length, ", expected at most ", encoder.spec.max_tokens(),
                            ", the positions that the encoder has"));
  }
  // As sentence-transformers would cut them, else as the tokenizer's files say.
  const std::int64_t stated = encoder.directory.max_length > 0
                                  ? encoder.directory.max_length
                                  : static_cast<std::int64_t>(encoder.tokenizer.stated_max_length());
  if (stated > 0 && stated != max_length) {
    log_info(concat("texts are cut to ", max_length, " tokens; the ", stated, " of the encoder's files is overridden"));
  }
}

std::optional<StoredHead> stored_head(const LoadedEncoder& encoder) {
  if (const auto& head = encoder.directory.dense_head) {
    const bool cls = head->pooling == checkpoint::Pooling::cls;
    return StoredHead{cls ? model::Pooling::cls : model::Pooling::mean, head->normalize, head->weight, head->bias};
  }
  if (!encoder.directory.is_classifier) return std::nullopt;
  const auto [weight_name, bias_name] = head_tensors(*encoder.family);
  const auto weight = encoder.matched.others.find(weight_name);
  const auto bias = encoder.matched.others.find(bias_name);
  if (weight == encoder.matched.others.end() || bias == encoder.matched.others.end()) return std::nullopt;
  const auto labels = static_cast<std::int64_t>(encoder.directory.labels.size());
  if (weight->second.dim() != 2 || weight->second.size(0) != labels ||
      weight->second.size(1) != encoder.spec.hidden_size || bias->second.numel() != labels) {
    throw CheckpointError(concat(encoder.directory.root.string(), ": ", weight_name, " and ", bias_name, " do not fit ",
                                 labels, " labels and hidden size ", encoder.spec.hidden_size));
  }
  return StoredHead{model::Pooling::first, false, weight->second, bias->second};
}

model::Classifier stored_classifier(const LoadedEncoder& encoder, const StoredHead& head) {
  model::HeadSpec spec;
  spec.pooling = head.pooling;
  spec.normalize = head.normalize;
  spec.num_labels = head.weight.size(0);
  model::Classifier classifier(encoder.mapped_encoder(), spec, 0);
  classifier.set_head(head.weight.clone(), head.bias.clone());
  return classifier;
}

LoadedEncoder load_source(const std::filesystem::path& directory, const LoadedEncoder& pretrained) {
  LoadedEncoder source = load_encoder(directory);
  align_dense(source, pretrained);
  const auto ours = pretrained.family->parameter_keys(pretrained.spec);
  const auto theirs = source.family->parameter_keys(source.spec);
  const bool same = std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                               [](const auto& x, const auto& y) { return x.name == y.name && x.shape == y.shape; });
  if (same) return source;
  throw CheckpointError(concat(source.directory.root.string(),
                               ": the source checkpoint's encoder has other shapes than ",
                               pretrained.directory.root.string(), "; expected one tuned from that encoder"));
}

std::vector<std::string> unused_tensors(const LoadedEncoder& encoder) {
  const bool has_head = !encoder.directory.dense_head && stored_head(encoder).has_value();
  const auto of_linear = head_tensors(*encoder.family);
  std::vector<std::string> names;
  for (const auto& [name, tensor] : encoder.matched.others) {
    const bool of_head = std::ranges::find(of_linear, name) != of_linear.end();
    if (!has_head || !of_head) names.push_back(name);
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
    if (!key.in_base_model && key.group != "dense") continue;
    std::int64_t numel = 1;
    for (const std::int64_t size : key.shape) numel *= size;
    out.parameters += numel;
  }
  out.random_weights = encoder.random_weights;
  out.weights_sha256 = encoder.directory.weights_sha256;
  out.tokenizer = encoder.tokenizer.summary();
  out.prompt = encoder.tokenizer.prompt();
  out.max_length = max_length;
  out.newly_initialised = encoder.matched.missing;
  out.unused = unused_tensors(encoder);
  return out;
}

namespace {

checkpoint::SentenceTransformersHead head_of(const LoadedEncoder& from, const model::Classifier& classifier) {
  return {classifier.head().normalize, classifier.head_weight(), classifier.head_bias(),
          classifier.head().pooling == model::Pooling::cls ? checkpoint::Pooling::cls : checkpoint::Pooling::mean,
          trained_dense(from, classifier)};
}

}  // namespace

std::vector<std::string> write_adapter(const std::filesystem::path& to, const LoadedEncoder& from,
                                       const model::Classifier& adapted, const std::vector<std::string>& labels,
                                       std::int64_t max_length, bool multi_label) {
  std::vector<std::string> changed;
  const checkpoint::Adapter adapter = model::adapter_of(*from.family, adapted, from.matched, changed);
  if (!changed.empty()) return changed;
  const checkpoint::ClassifierMetadata metadata{labels, max_length, from.family->architecture, multi_label,
                                                from.tokenizer.prompt()};
  if (adapted.head().pooling == model::Pooling::first) {
    checkpoint::write_adapter(to, from.directory, adapter, nullptr, metadata);
  } else {
    const checkpoint::SentenceTransformersHead head = head_of(from, adapted);
    checkpoint::write_adapter(to, from.directory, adapter, &head, metadata);
  }
  return changed;
}

void write_checkpoint(const std::filesystem::path& to, const LoadedEncoder& from, const model::Classifier& classifier,
                      const std::vector<std::string>& labels, std::int64_t max_length, bool multi_label) {
  const bool native = classifier.head().pooling == model::Pooling::first;
  checkpoint::NamedTensors tensors = model::file_tensors(*from.family, classifier);
  checkpoint::ClassifierMetadata metadata{labels, max_length, {}, multi_label, from.tokenizer.prompt()};
  if (native) {
    metadata.architecture = from.family->architecture;
    checkpoint::write_native(to, from.directory, tensors, metadata);
    return;
  }
  for (const std::string& name : from.family->kept) {
    for (const std::string& stored : {name, from.family->prefix + name}) {
      const auto found = from.matched.others.find(stored);
      if (found != from.matched.others.end()) tensors[name] = found->second.to(at::kFloat);
    }
  }
  checkpoint::write_sentence_transformers(to, from.directory, tensors, head_of(from, classifier), metadata);
}

}  // namespace tt::runs
