#include "model/families/bert.hpp"

#include "model/families/config_reader.hpp"
#include "transfer_tune/core/text.hpp"

#include <limits>

namespace tt::model {
namespace {

// No real encoder comes near these; beyond them a damaged config would only exhaust the memory.
constexpr std::int64_t kMaximalVocabulary = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMaximalWidth = 1 << 18;
constexpr std::int64_t kMaximalLayers = 1 << 10;
constexpr std::int64_t kMaximalPositions = 1 << 24;

Activation parse_activation(const ConfigReader& config) {
  const std::string name = config.text("hidden_act", "gelu");
  if (name == "gelu" || name == "gelu_python") return Activation::gelu;
  if (name == "gelu_new" || name == "gelu_fast" || name == "gelu_pytorch_tanh") return Activation::gelu_tanh;
  if (name == "relu") return Activation::relu;
  config.reject("hidden_act", "gelu, gelu_python, gelu_new, gelu_fast, gelu_pytorch_tanh or relu");
}

EncoderSpec parse_bert(const std::string& config_json, const std::filesystem::path& file) {
  const ConfigReader config(config_json, file);
  if (config.text("position_embedding_type", "absolute") != "absolute") {
    config.reject("position_embedding_type", "\"absolute\"; relative positions are not supported");
  }
  if (config.flag("is_decoder", false)) config.reject("is_decoder", "false; decoders are not supported");
  EncoderSpec spec;
  spec.model_type = "bert";
  spec.vocab_size = config.integer("vocab_size", 1, kMaximalVocabulary);
  spec.hidden_size = config.integer("hidden_size", 1, kMaximalWidth);
  spec.num_hidden_layers = config.integer("num_hidden_layers", 1, kMaximalLayers);
  spec.num_attention_heads = config.integer("num_attention_heads", 1, kMaximalWidth);
  if (spec.hidden_size % spec.num_attention_heads != 0) {
    config.reject("num_attention_heads", concat("a divisor of \"hidden_size\", which is ", spec.hidden_size));
  }
  spec.intermediate_size = config.integer("intermediate_size", 1, kMaximalWidth);
  spec.max_position_embeddings = config.integer("max_position_embeddings", 1, kMaximalPositions);
  spec.type_vocab_size = config.integer("type_vocab_size", 1, kMaximalVocabulary, 2);
  spec.pad_token_id = config.integer("pad_token_id", 0, spec.vocab_size - 1, 0);
  spec.layer_norm_eps = config.number("layer_norm_eps", 0, 1, 1e-12);
  spec.hidden_dropout_prob = config.number("hidden_dropout_prob", 0, 1, 0.1);
  spec.attention_probs_dropout_prob = config.number("attention_probs_dropout_prob", 0, 1, 0.1);
  spec.classifier_dropout = config.number("classifier_dropout", 0, 1, spec.hidden_dropout_prob);
  spec.initializer_range = config.number("initializer_range", 0, 1, 0.02);
  spec.hidden_act = parse_activation(config);
  return spec;
}

/// Collects the keys of one family in file order.
class KeyTable {
 public:
  void group(std::string name, std::int64_t first_use, bool optional) {
    group_ = std::move(name);
    first_use_ = first_use;
    optional_ = optional;
  }
  void table(const std::string& name, const std::string& role, std::int64_t rows, std::int64_t width) {
    add(name + ".weight", role, {rows, width});
  }
  void norm(const std::string& name, const std::string& role, std::int64_t width) {
    add(name + ".weight", role + ".weight", {width});
    add(name + ".bias", role + ".bias", {width});
  }
  void linear(const std::string& name, const std::string& role, std::int64_t in, std::int64_t out) {
    add(name + ".weight", role + ".weight", {out, in});
    add(name + ".bias", role + ".bias", {out});
  }
  [[nodiscard]] std::vector<ParameterKey> take() { return std::move(keys_); }

 private:
  void add(std::string name, std::string role, std::vector<std::int64_t> shape) {
    keys_.push_back({std::move(name), group_, first_use_, std::move(shape), optional_, std::move(role)});
  }

  std::vector<ParameterKey> keys_;
  std::string group_;
  std::int64_t first_use_ = 0;
  bool optional_ = false;
};

std::vector<ParameterKey> bert_keys(const EncoderSpec& spec) {
  const std::int64_t hidden = spec.hidden_size;
  KeyTable keys;
  keys.group("embeddings", 0, false);
  keys.table("embeddings.word_embeddings", "embeddings.word", spec.vocab_size, hidden);
  keys.table("embeddings.position_embeddings", "embeddings.position", spec.max_position_embeddings, hidden);
  keys.table("embeddings.token_type_embeddings", "embeddings.token_type", spec.type_vocab_size, hidden);
  keys.norm("embeddings.LayerNorm", "embeddings.norm", hidden);
  for (std::int64_t n = 0; n < spec.num_hidden_layers; ++n) {
    const std::string name = concat("encoder.layer.", n, ".");
    const std::string role = concat("layer.", n, ".");
    keys.group(concat("layer.", n), 1 + n, false);
    keys.linear(name + "attention.self.query", role + "query", hidden, hidden);
    keys.linear(name + "attention.self.key", role + "key", hidden, hidden);
    keys.linear(name + "attention.self.value", role + "value", hidden, hidden);
    keys.linear(name + "attention.output.dense", role + "attention_output", hidden, hidden);
    keys.norm(name + "attention.output.LayerNorm", role + "attention_norm", hidden);
    keys.linear(name + "intermediate.dense", role + "intermediate", hidden, spec.intermediate_size);
    keys.linear(name + "output.dense", role + "output", spec.intermediate_size, hidden);
    keys.norm(name + "output.LayerNorm", role + "output_norm", hidden);
  }
  keys.group("pooler", 1 + spec.num_hidden_layers, true);
  keys.linear("pooler.dense", "pooler", hidden, hidden);
  return keys.take();
}

}  // namespace

Family bert_family() {
  return {.model_type = "bert",
          .prefix = "bert.",
          .parse_spec = parse_bert,
          .parameter_keys = bert_keys,
          .legacy_suffixes = {{"LayerNorm.gamma", "LayerNorm.weight"}, {"LayerNorm.beta", "LayerNorm.bias"}},
          .ignored_suffixes = {"embeddings.position_ids", "embeddings.token_type_ids"},
          .architectures = {"BertForSequenceClassification"}};
}

}  // namespace tt::model
