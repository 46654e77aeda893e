#include "config/policy_settings.hpp"

#include "config/checks.hpp"
#include "transfer_tune/core/text.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace tt::config {
namespace {

constexpr const char* kEveryRule = "*";

Row<PhaseConfig> phase_learning_rate() {
  Json by_rule = object_of(positive(1));
  by_rule["propertyNames"] = phase_rule();
  return {"learning_rate",
          optional(either(positive(1), by_rule)),
          nullptr,
          "one rate for all, or an object of rule: rate; absent: the training block's",
          [](PhaseConfig& phase, const Json& json) {
            if (json.is_number()) {
              phase.learning_rate = {{kEveryRule, json.get<double>()}};
            } else {
              phase.learning_rate = json.get<std::map<std::string, double>>();
            }
          },
          [](const PhaseConfig& phase) -> Json {
            const auto& rates = phase.learning_rate;
            if (rates.empty()) return nullptr;
            if (rates.size() == 1 && rates.begin()->first == kEveryRule) return rates.begin()->second;
            return rates;
          }};
}

/// Made once: a config may have many phases.
const Rows<PhaseConfig>& phase_rows() {
  using P = PhaseConfig;
  static const Rows<PhaseConfig> rows{
      required(row("epochs", integer(1), nullptr, &P::epochs, "passes over the training data")),
      required(row(
          "train", list_of(phase_rule(), 1), nullptr, &P::train,
          "what trains: embeddings, layer.N, layer.A-B, layer.last-K, pooler, dense, head, or globs over names; the "
          "Dense modules also train with the last layer")),
      phase_learning_rate(),
      row("layer_decay", optional(positive(1)), nullptr, &P::layer_decay, "absent: the training block's"),
  };
  return rows;
}

Row<PolicyConfig> layers() {
  return {"layers",
          either(constant("all"), integer(1, 1000)),
          2,
          "top_layers only: how many of the last layers train",
          [](PolicyConfig& policy, const Json& json) { policy.layers = json == "all" ? 0 : json.get<std::int64_t>(); },
          [](const PolicyConfig& policy) -> Json {
            const PolicyInfo* info = find_policy(policy.policy);
            if (info == nullptr || !info->takes_layers) return nullptr;
            return policy.layers == 0 ? Json("all") : Json(policy.layers);
          }};
}

Row<PolicyConfig> lora() {
  return {
      "lora",
      optional(object_schema(lora_rows())),
      nullptr,
      "the low-rank matrices that the policy lora trains beside frozen ones; with phases, a rule such as *.lora_* "
      "trains them",
      [](PolicyConfig& policy, const Json& json) { read_block(lora_rows(), json, policy.lora.emplace(LoraConfig{})); },
      [](const PolicyConfig& policy) { return policy.lora ? write_block(lora_rows(), *policy.lora) : Json(); }};
}

Row<PolicyConfig> phases() {
  Json check = optional({{"type", "array"}, {"items", object_schema(phase_rows())}, {"minItems", 1}});
  return {"phases",
          std::move(check),
          nullptr,
          "explicit phases in place of a policy, trained one after the other",
          [](PolicyConfig& policy, const Json& json) {
            policy.policy = Policy::phases;
            policy.phases.clear();
            for (const auto& phase : json) read_block(phase_rows(), phase, policy.phases.emplace_back(PhaseConfig{}));
          },
          [](const PolicyConfig& policy) -> Json {
            if (policy.policy != Policy::phases) return nullptr;
            Json json = Json::array();
            for (const auto& phase : policy.phases) json.push_back(write_block(phase_rows(), phase));
            return json;
          }};
}

std::vector<std::string> policy_words() {
  std::vector<std::string> words;
  for (const PolicyInfo& policy : policies()) words.push_back(concat(policy.name, " (", policy.words, ')'));
  return words;
}

}  // namespace

Rows<LoraConfig> lora_rows() {
  using L = LoraConfig;
  return {
      row("r", integer(1, 4096), 8, &L::r, "rank of the matrices"),
      row("lora_alpha", positive(1e6), 16.0, &L::lora_alpha, "what they add is scaled by lora_alpha / r"),
      row("lora_dropout", from_0_below_1(), 0.0, &L::lora_dropout, "of what they are given, in training"),
      row("target_modules", list_of(text(), 1), Json::array({"query", "value"}), &L::target_modules,
          "the layers' linear modules that get them: query, key, value, attention_output, intermediate, output, or "
          "globs over the encoder's own names"),
  };
}

Rows<PolicyConfig> policy_rows() {
  return {
      row("policy", choice<Policy>(), "auto", &PolicyConfig::policy,
          concat("what trains: ", join(policy_words(), ", "))),
      layers(),
      lora(),
      phases(),
  };
}

Json lora_with_its_policy() {
  Json where = {{"anyOf", {given("phases")}}};
  for (const PolicyInfo& policy : policies()) {
    if (policy.takes_lora) where["anyOf"].push_back(is("policy", policy.name));
  }
  return constraint("found lora, which goes with the policy lora or with phases",
                    {{"if", given("lora")}, {"then", std::move(where)}});
}

}  // namespace tt::config
