#pragma once

#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/random.hpp"
#include "transfer_tune/core/text.hpp"

#include "cli/program.hpp"
#include "support/temporary_directory.hpp"

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tt::tests {

/// A directory with a BERT of two small layers, labelled texts and a config: all that a run needs, in a moment.
class Workplace {
 public:
  using Json = nlohmann::ordered_json;

  Workplace() {
    write_encoder(path() / "encoder");
    write_file(path() / "train.csv", csv(6));
    write_file(path() / "test.csv", csv(2, "now"));
    write_file(path() / "run.json", config().dump());
  }

  [[nodiscard]] const std::filesystem::path& path() const { return directory_.path(); }

  [[nodiscard]] static Json config() {
    return Json::parse(R"({
      "encoder": {"path": "encoder", "max_length": 16},
      "target": {"train": "train.csv", "test": "test.csv", "label_column": "intent"},
      "transfer": {"policy": "full"},
      "training": {"epochs": 2, "batch_size": 8, "threads": 1},
      "output": {"dir": "out"}})");
  }

  /// The program in this directory, its caches kept inside too.
  [[nodiscard]] Outcome run(Launch launch) const {
    launch.directory = path();
    launch.environment["XDG_CACHE_HOME"] = (path() / "cache").string();
    launch.environment["HF_HUB_OFFLINE"] = "1";  // a directory that is not there may have a model's name
    return run_program(launch);
  }
  [[nodiscard]] Outcome run(std::vector<std::string> arguments, std::string input = "") const {
    Launch launch;
    launch.arguments = std::move(arguments);
    launch.input = std::move(input);
    return run(std::move(launch));
  }

  [[nodiscard]] std::string read(const std::filesystem::path& name) const {
    return read_file(path() / name, ErrorKind::internal);
  }

  /// `copies` texts of each of three intents, the header first.
  [[nodiscard]] static std::string csv(int copies, const std::string& ending = "please") {
    std::string out = "text,intent\n";
    for (int i = 0; i < copies; ++i) {
      for (const auto& [words, intent] : {std::pair{"my card is lost", "card_lost"},
                                          {"what is my balance", "balance"},
                                          {"send money to my friend", "transfer"}}) {
        out += concat(words, ' ', words_[static_cast<std::size_t>(i) % words_.size()], ' ', ending, ',', intent, '\n');
      }
    }
    return out;
  }

  /// A Hugging Face directory; with `poison`, its first weight is not a number.
  static void write_encoder(const std::filesystem::path& directory, bool poison = false) {
    std::string vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
    for (const auto& word : words_) vocabulary += word + "\n";
    make_directories(directory);
    write_file(directory / "vocab.txt", vocabulary);
    write_file(directory / "tokenizer_config.json", R"({"do_lower_case": true, "tokenizer_class": "BertTokenizer"})");
    write_file(directory / "config.json", Json{{"model_type", "bert"},
                                               {"architectures", {"BertModel"}},
                                               {"hidden_size", kHidden},
                                               {"num_hidden_layers", 2},
                                               {"num_attention_heads", 2},
                                               {"intermediate_size", 2 * kHidden},
                                               {"hidden_act", "gelu"},
                                               {"hidden_dropout_prob", 0.1},
                                               {"attention_probs_dropout_prob", 0.1},
                                               {"max_position_embeddings", 32},
                                               {"type_vocab_size", 2},
                                               {"vocab_size", 5 + words_.size()},
                                               {"layer_norm_eps", 1e-12},
                                               {"pad_token_id", 0}}
                                              .dump());
    write_file(directory / "model.safetensors", weights(poison));
  }

 private:
  static constexpr std::int64_t kHidden = 16;

  struct Tensor {
    std::string name;
    std::vector<std::int64_t> shape;
  };

  static std::vector<Tensor> tensors() {
    std::vector<Tensor> out;
    const auto add = [&](const std::string& name, std::vector<std::int64_t> shape) {
      out.push_back({name, std::move(shape)});
    };
    const auto linear = [&](const std::string& name, std::int64_t outputs, std::int64_t inputs) {
      add(name + ".weight", {outputs, inputs});
      add(name + ".bias", {outputs});
    };
    const auto norm = [&](const std::string& name) {
      add(name + ".LayerNorm.weight", {kHidden});
      add(name + ".LayerNorm.bias", {kHidden});
    };
    add("embeddings.word_embeddings.weight", {static_cast<std::int64_t>(5 + words_.size()), kHidden});
    add("embeddings.position_embeddings.weight", {32, kHidden});
    add("embeddings.token_type_embeddings.weight", {2, kHidden});
    norm("embeddings");
    for (int layer = 0; layer < 2; ++layer) {
      const std::string prefix = concat("encoder.layer.", layer, '.');
      for (const char* part : {"query", "key", "value"}) linear(prefix + "attention.self." + part, kHidden, kHidden);
      linear(prefix + "attention.output.dense", kHidden, kHidden);
      norm(prefix + "attention.output");
      linear(prefix + "intermediate.dense", 2 * kHidden, kHidden);
      linear(prefix + "output.dense", kHidden, 2 * kHidden);
      norm(prefix + "output");
    }
    linear("pooler.dense", kHidden, kHidden);
    return out;
  }

  /// The bytes of a safetensors file: eight of header length, the header, the values.
  static std::string weights(bool poison) {
    Json header = Json::object();
    std::string values;
    RandomStream stream(1);
    for (const auto& [name, shape] : tensors()) {
      std::int64_t count = 1;
      for (const auto size : shape) count *= size;
      const std::size_t begin = values.size();
      for (std::int64_t i = 0; i < count; ++i) {
        float value = static_cast<float>(0.2 * stream.normal());
        if (name.find("LayerNorm.weight") != std::string::npos) value = 1;
        if (poison && values.empty()) value = std::numeric_limits<float>::quiet_NaN();
        values.append(reinterpret_cast<const char*>(&value), sizeof value);  // NOLINT
      }
      header[name] = {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {begin, values.size()}}};
    }
    const std::string text = header.dump();
    std::string out(8, '\0');
    const std::uint64_t length = text.size();
    std::memcpy(out.data(), &length, sizeof length);
    return out + text + values;
  }

  inline static const std::vector<std::string> words_{"my",    "card", "is",     "lost", "what",   "balance", "send",
                                                      "money", "to",   "friend", "now",  "please", "the",     "a"};

  TemporaryDirectory directory_;
};

}  // namespace tt::tests
