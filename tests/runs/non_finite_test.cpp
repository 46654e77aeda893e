#include "runs/workshop.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>

namespace {

using namespace tt;
namespace fs = std::filesystem;
using tests::error_of;
using tests::holds;
using tests::Json;
using tests::Workshop;

constexpr float kNotANumber = std::numeric_limits<float>::quiet_NaN();

/// Changes `file` by `change`, which gets its tensors to write on.
template <class Change>
void rewrite(const fs::path& file, const Change& change) {
  auto tensors = checkpoint::read_safetensors(file);
  for (auto& [name, tensor] : tensors) tensor = tensor.clone();  // they lie in the file that is written anew
  change(tensors);
  checkpoint::write_safetensors(file, tensors);
}

/// A copy of the tiny encoder whose `tensor` holds one value that is not a number.
fs::path poisoned_encoder(const Workshop& shop, const std::string& tensor) {
  fs::path directory = shop.path() / "encoder";
  fs::copy(tests::tiny_bert(), directory);
  rewrite(directory / "model.safetensors", [&](checkpoint::NamedTensors& tensors) {
    auto& poisoned = tensors[tensor];
    if (!poisoned.defined()) poisoned = at::ones({2, 2});
    poisoned.view(-1)[1] = kNotANumber;
  });
  return directory;
}

TEST(NonFinite, AnEncodersWeightsAreNamedWhereverItIsLoaded) {
  const Workshop shop;
  const std::string tensor = "encoder.layer.0.output.dense.weight";
  const fs::path encoder = poisoned_encoder(shop, tensor);
  Json config = Workshop::config();
  config["encoder"]["path"] = "encoder";
  const std::string expected =
      concat("4: ", (encoder / "model.safetensors").string(), ": ", tensor, " holds values that are not finite");
  for (const std::string& error :
       {error_of([&] { (void)runs::inspect(encoder); }), error_of([&] { (void)runs::inspect(shop.load(config)); }),
        error_of([&] { (void)runs::validate(shop.load(config)); }), error_of([&] { (void)shop.adapt(config); })}) {
    EXPECT_TRUE(error.starts_with(expected)) << error;
  }
}

TEST(NonFinite, WeightsThatNothingUsesDoNoHarm) {
  const Workshop shop;
  Json config = Workshop::config();
  config["encoder"]["path"] = poisoned_encoder(shop, "cls.predictions.decoder.weight").string();
  EXPECT_NO_THROW((void)runs::validate(shop.load(config)));
}

TEST(NonFinite, RandomWeightsDoNotCareForThoseOfTheFile) {
  const Workshop shop;
  Json config = Workshop::config();
  config["encoder"] = {
      {"path", poisoned_encoder(shop, "pooler.dense.weight").string()}, {"max_length", 16}, {"weights", "random"}};
  EXPECT_NO_THROW((void)runs::validate(shop.load(config)));
}

TEST(NonFinite, ACheckpointIsRefusedByPredictEvaluateAndAsASource) {
  for (const auto& [head, file, tensor] :
       {std::tuple{"mean", "0_Transformer/model.safetensors", "embeddings.word_embeddings.weight"},
        std::tuple{"mean", "3_Dense/model.safetensors", "linear.weight"},
        std::tuple{"native", "model.safetensors", "classifier.bias"}}) {
    const Workshop shop;
    Json config = Workshop::config();
    config["head"]["type"] = head;
    (void)shop.adapt(config);
    rewrite(shop.path() / "out/checkpoint" / file,
            [&, name = std::string(tensor)](auto& tensors) { tensors.at(name).view(-1)[2] = kNotANumber; });
    runs::EvaluateOptions options;
    options.model.checkpoint = shop.path() / "out";
    options.data = shop.path() / "test.csv";
    options.label_column = "intent";
    config["source"] = {{"checkpoint", "out"}};
    config["output"]["dir"] = "again";
    for (const std::string& error :
         {error_of([&] { (void)shop.predictor(); }), error_of([&] { (void)runs::evaluate(options); }),
          error_of([&] { (void)runs::inspect(shop.path() / "out"); }), error_of([&] { (void)shop.adapt(config); })}) {
      EXPECT_TRUE(error.starts_with("4: ")) << error;
      EXPECT_TRUE(holds(error, concat(file, ": ", tensor, " holds values that are not finite")));
    }
  }
}

/// A finished run whose checkpoint overflows on texts with the word "friend".
void overflow_on_friend(const Workshop& shop) {
  (void)shop.adapt(Workshop::config());
  rewrite(shop.path() / "out/checkpoint/0_Transformer/model.safetensors", [&](checkpoint::NamedTensors& tensors) {
    const std::string vocabulary = shop.read("out/checkpoint/0_Transformer/vocab.txt");
    const auto line = std::count(
        vocabulary.begin(), vocabulary.begin() + static_cast<std::ptrdiff_t>(vocabulary.find("\nfriend\n")) + 1, '\n');
    tensors.at("embeddings.word_embeddings.weight")[line].fill_(std::numeric_limits<float>::max());
  });
}

TEST(NonFinite, ATextWithoutFiniteLogitsGetsNoLabel) {
  const Workshop shop;
  overflow_on_friend(shop);
  const auto predictions = shop.predictor().predict({"my card is lost", "send money to a friend", "now"});
  EXPECT_TRUE(predictions[0].label.has_value());
  EXPECT_FALSE(predictions[1].label.has_value());
  EXPECT_TRUE(predictions[1].probabilities.empty());
  EXPECT_TRUE(predictions[2].label.has_value());
}

TEST(NonFinite, EvaluateNamesTheText) {
  const Workshop shop;
  overflow_on_friend(shop);
  shop.write("eval.csv", "text,intent\nmy card is lost,card_lost\nsend money to a friend,transfer\n");
  runs::EvaluateOptions options;
  options.model.checkpoint = shop.path() / "out";
  options.data = shop.path() / "eval.csv";
  options.label_column = "intent";
  const std::string error = error_of([&] { (void)runs::evaluate(options); });
  EXPECT_TRUE(error.starts_with(concat("4: ", options.data.string(), ":3: "))) << error;
  EXPECT_TRUE(holds(error, "not finite"));
}

TEST(RunDirectory, StandsForItsCheckpointAsAnEncoder) {
  const Workshop shop;
  (void)shop.adapt(Workshop::config());
  Json config = Workshop::config();
  config["encoder"]["path"] = "out";
  config["output"]["dir"] = "again";
  const auto validation = runs::validate(shop.load(config));
  EXPECT_EQ(validation.inspection.encoder, shop.path() / "out/checkpoint");
}

}  // namespace
