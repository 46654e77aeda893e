#include "support/messages.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/model/family.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace tt::model {
namespace {

using nlohmann::json;
using tests::holds;

const std::filesystem::path kFile = "encoder/config.json";

json small_config() {
  return {{"model_type", "distilbert"},
          {"vocab_size", 11},
          {"dim", 8},
          {"n_layers", 2},
          {"n_heads", 2},
          {"hidden_dim", 12},
          {"max_position_embeddings", 16}};
}

EncoderSpec parse(const json& config) { return find_family("distilbert", kFile).parse_spec(config.dump(), kFile); }

TEST(DistilBertSpec, ReadsEveryKey) {
  const EncoderSpec plain = parse(small_config());
  EXPECT_EQ(plain.hidden_size, 8);
  EXPECT_EQ(plain.num_hidden_layers, 2);
  EXPECT_EQ(plain.num_attention_heads, 2);
  EXPECT_EQ(plain.intermediate_size, 12);
  EXPECT_EQ(plain.max_tokens(), 16);
  EXPECT_EQ(plain.type_vocab_size, 0);
  EXPECT_EQ(plain.classifier_dropout, 0.2);
  EXPECT_EQ(plain.native_head.activation, Activation::relu);
  EXPECT_FALSE(plain.layer.attention_output_dropout);
  json config = small_config();
  config.update({{"pad_token_id", 3},
                 {"dropout", 0.3},
                 {"attention_dropout", 0.4},
                 {"seq_classif_dropout", 0.5},
                 {"initializer_range", 0.6},
                 {"activation", "relu"}});
  const EncoderSpec spec = parse(config);
  EXPECT_EQ(spec.pad_token_id, 3);
  EXPECT_EQ(spec.hidden_dropout_prob, 0.3);
  EXPECT_EQ(spec.attention_probs_dropout_prob, 0.4);
  EXPECT_EQ(spec.classifier_dropout, 0.5);
  EXPECT_EQ(spec.initializer_range, 0.6);
  EXPECT_EQ(spec.layer.hidden_act, Activation::relu);
}

TEST(DistilBertSpec, NamesAKeyOfItsOwnThatDoesNotFit) {
  for (const auto& [key, value, expected] :
       {std::tuple<const char*, json, const char*>{"n_heads", 3, "a divisor of \"dim\", which is 8"},
        {"dim", nullptr, "found null, expected a whole number"},
        {"n_layers", 0, "a whole number from 1"},
        {"activation", "mish", "expected gelu"}}) {
    json config = small_config();
    config[key] = value;
    const std::string message = tests::message_of<CheckpointError>([&] { (void)parse(config); });
    EXPECT_TRUE(holds(message, key));
    EXPECT_TRUE(holds(message, expected)) << key;
  }
}

}  // namespace
}  // namespace tt::model
