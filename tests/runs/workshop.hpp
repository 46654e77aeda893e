#pragma once

#include "support/json_lines.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include "support/tiny_bert.hpp"
#include "transfer_tune/config/run_config.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/runs/commands.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace tt::tests {

using Json = nlohmann::json;

/// An intent and the words that tell it, all of them in the tiny BERT's vocabulary.
using Intents = std::vector<std::pair<std::string, std::string>>;
inline const Intents kBanking{{"card_lost", "my card is lost"},
                              {"balance", "what is my account balance"},
                              {"transfer", "send money to a friend"}};
inline const Intents kRetail{
    {"order", "where is my order"}, {"balance", "what is my account balance"}, {"payment", "payment not working"}};

/// Texts and a config in a directory of their own, caches inside it.
class Workshop {
 public:
  Workshop() {
    ::setenv("XDG_CACHE_HOME", (path() / "cache").c_str(), 1);
    write("train.csv", csv(kBanking, 8, "please"));
    write("test.csv", csv(kBanking, 4, "now"));
    write("retail.csv", csv(kRetail, 8, "thanks"));
  }

  [[nodiscard]] const std::filesystem::path& path() const { return directory_.path(); }
  void write(const std::string& name, const std::string& text) const { write_file(path() / name, text); }
  [[nodiscard]] std::string read(const std::filesystem::path& name) const {
    return read_file(path() / name, ErrorKind::internal);
  }

  /// `copies` texts of each intent: columns text, intent, id and channel.
  static std::string csv(const Intents& intents, int copies, const std::string& ending) {
    static const std::vector<std::string> openings{"please",      "the", "help",  "now",
                                                   "i need help", "how", "a new", "in app"};
    std::string out = "text,intent,id,channel\n";
    int id = 0;
    for (int i = 0; i < copies; ++i) {
      for (const auto& [intent, words] : intents) {
        const std::string& opening = openings[static_cast<std::size_t>(i) % openings.size()];
        out += concat(opening, ' ', words, ' ', ending, i >= 8 ? " again" : "", ',', intent, ",t", id, ',',
                      id % 2 == 0 ? "app" : "web", '\n');
        ++id;
      }
    }
    return out;
  }

  /// A config that trains in a moment, the same everywhere.
  [[nodiscard]] static Json config() {
    return {{"encoder", {{"path", tiny_bert().string()}, {"max_length", 16}}},
            {"head", {{"C", 100}}},
            {"target",
             {{"train", "train.csv"}, {"test", "test.csv"}, {"label_column", "intent"}, {"validation_fraction", 0}}},
            {"transfer", {{"policy", "full"}}},
            {"training", {{"epochs", 3}, {"batch_size", 8}, {"precision", "fp32"}, {"threads", 1}}},
            {"output", {{"dir", "out"}}}};
  }
  /// The same under `policy`, and with texts held out.
  [[nodiscard]] static Json held_out_config(const std::string& policy) {
    Json json = config();
    json["target"].erase("validation_fraction");
    json["transfer"]["policy"] = policy;
    return json;
  }
  [[nodiscard]] static Json source_config() {
    Json json = config();
    json["source"] = {
        {"train", "retail.csv"}, {"label_column", "intent"}, {"training", {{"batch_size", 8}}}, {"keep", 0.75}};
    return json;
  }

  [[nodiscard]] config::RunConfig load(const Json& json) const {
    write("run.json", json.dump());
    return config::load(path() / "run.json");
  }

  /// Runs into `out`, over what an earlier run left there, and returns report.json.
  [[nodiscard]] Json adapt(const Json& json) const {
    (void)runs::adapt(load(json), {.overwrite = true, .cache = true, .progress = {}});
    return report();
  }
  [[nodiscard]] Json report() const { return Json::parse(read("out/report.json")); }

  [[nodiscard]] std::vector<Json> predictions() const { return json_lines(read("out/predictions.jsonl")); }

  [[nodiscard]] runs::Predictor predictor() const {
    runs::ModelOptions options;
    options.checkpoint = path() / "out";
    options.threads = 1;
    return runs::Predictor(options);
  }

  /// The encoder's weights that a mean-pooled run wrote.
  [[nodiscard]] checkpoint::NamedTensors written_encoder() const {
    return checkpoint::read_safetensors(path() / "out/checkpoint/0_Transformer/model.safetensors");
  }

 private:
  TemporaryDirectory directory_;
};

inline checkpoint::NamedTensors pretrained() { return checkpoint::read_safetensors(tiny_bert() / "model.safetensors"); }

/// What `work` throws, as "kind: message" with the kind's exit code; empty when it throws nothing.
template <class Work>
std::string error_of(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    return concat(static_cast<int>(error.kind()), ": ", error.what());
  }
  return "";
}

}  // namespace tt::tests
