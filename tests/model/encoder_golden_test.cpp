#include "support/tiny_bert.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using namespace tt;
using namespace tt::model;
using tests::spans_of;

const fs::path kGoldens = tests::goldens();

/// Fails where |a − b| > relative · |b| + absolute.
void expect_within(const at::Tensor& a, const at::Tensor& b, double relative, double absolute,
                   const std::string& what) {
  ASSERT_EQ(a.sizes(), b.sizes()) << what;
  const at::Tensor excess = (a - b).abs() - (b.abs() * relative + absolute);
  const std::int64_t worst = excess.argmax().item<std::int64_t>();
  EXPECT_LE(excess.max().item<double>(), 0.0)
      << what << ": value " << worst << " is " << a.flatten()[worst].item<double>() << ", expected "
      << b.flatten()[worst].item<double>();
}

void expect_hidden(const at::Tensor& a, const at::Tensor& b, const std::string& what) {
  expect_within(a, b, 0, 1e-5, what);
}

void expect_gradient(const at::Tensor& a, const at::Tensor& b, const std::string& what) {
  expect_within(a, b, 1e-4, 1e-7, what);
}

/// A golden's texts and head on the encoder that it was computed with.
struct Case {
  Case(const fs::path& encoder, const fs::path& file, HeadSpec head)
      : golden(checkpoint::read_safetensors(file)),
        classifier(tests::read_encoder(encoder), with_labels(head, golden.at("head.weight").size(0)), 0),
        sequences(tests::cut(golden.at("ids"), golden.at("lengths"))),
        batch(
            pack(spans_of(sequences), static_cast<std::int32_t>(classifier.encoder().spec().pad_token_id), at::kCPU)) {
    classifier.set_head(golden.at("head.weight").clone(), golden.at("head.bias").clone());
  }

  static HeadSpec with_labels(HeadSpec head, std::int64_t labels) {
    head.num_labels = labels;
    return head;
  }

  /// The batch without the rows behind the last text.
  [[nodiscard]] at::Tensor texts_of(const at::Tensor& rows) const {
    return rows.narrow(0, 0, batch.packing.offsets.back()).detach();
  }

  [[nodiscard]] at::Tensor last_hidden() const {
    const Encoder& encoder = classifier.encoder();
    return encoder.run_layers(encoder.embed(batch, {}), batch.packing, 0, encoder.spec().num_hidden_layers, {});
  }

  checkpoint::NamedTensors golden;
  Classifier classifier;
  std::vector<std::vector<std::int32_t>> sequences;
  PackedBatch batch;
};

constexpr HeadSpec kMean{Pooling::mean, true, 0.1, 0};
constexpr HeadSpec kNative{Pooling::first, false, 0.1, 0};

/// Compares the loss and, through `thin`, the gradient of every used parameter.
template <class Thin>
void expect_gradients(Case& c, const std::string& pooling, const Thin& thin) {
  for (Parameter* parameter : c.classifier.used_parameters()) parameter->value.requires_grad_(true);
  const at::Tensor embedded = c.classifier.encoder().embed(c.batch, {});
  const at::Tensor logits =
      c.classifier.logits(c.classifier.features(c.classifier.pool(embedded, c.batch.packing, 0, {})), {});
  const at::Tensor loss = at::cross_entropy_loss(logits, c.golden.at("labels"));
  expect_hidden(logits.detach(), c.golden.at(pooling + ".logits"), "logits");
  expect_hidden(loss.detach(), c.golden.at(pooling + ".loss"), "loss");
  loss.backward();
  std::size_t compared = 0;
  for (Parameter* parameter : c.classifier.used_parameters()) {
    const at::Tensor gradient = parameter->value.grad();
    ASSERT_TRUE(gradient.defined()) << parameter->name;
    // Goldens leave the family's prefix out, also where a head's name is below it.
    std::string name = pooling + ".gradient." + parameter->name;
    if (!c.golden.contains(name)) name = pooling + ".gradient." + parameter->name.substr(parameter->name.find('.') + 1);
    ASSERT_TRUE(c.golden.contains(name)) << name;
    expect_gradient(thin(gradient), c.golden.at(name), name);
    ++compared;
  }
  const auto gradients = std::count_if(c.golden.begin(), c.golden.end(), [&](const auto& entry) {
    return entry.first.starts_with(pooling + ".gradient.");
  });
  EXPECT_EQ(compared, static_cast<std::size_t>(gradients));
}

/// A small random encoder of each family, by its folder under `kGoldens`.
class TinyEncoder : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] static Case make(const HeadSpec& head) {
    return {tests::tiny_encoder(GetParam()), kGoldens / GetParam() / "computed.safetensors", head};
  }
};

TEST_P(TinyEncoder, HiddenStatesOfEveryLayerAreThoseOfTransformers) {
  const Case c = make(kMean);
  const Encoder& encoder = c.classifier.encoder();
  at::Tensor hidden = encoder.embed(c.batch, {});
  expect_hidden(c.texts_of(hidden), c.golden.at("hidden.0"), "embeddings");
  for (int layer = 0; layer < encoder.spec().num_hidden_layers; ++layer) {
    hidden = encoder.run_layers(hidden, c.batch.packing, layer, layer + 1, {});
    const std::string name = "hidden." + std::to_string(layer + 1);
    expect_hidden(c.texts_of(hidden), c.golden.at(name), name);
  }
  EXPECT_TRUE(at::equal(hidden, c.last_hidden()));
}

/// Rows that round a batch up, as bf16 products ask for, are seen by no text.
TEST_P(TinyEncoder, RowsThatRoundABatchUpChangeNothing) {
  Case c = make(kMean);
  const at::Tensor plain = c.texts_of(c.last_hidden());
  c.batch = pack(spans_of(c.sequences), static_cast<std::int32_t>(c.classifier.encoder().spec().pad_token_id), at::kCPU,
                 /*round_to=*/64);
  ASSERT_GT(c.batch.packing.rows, c.batch.packing.offsets.back());
  expect_hidden(c.texts_of(c.last_hidden()), plain, "hidden states");
}

TEST_P(TinyEncoder, GradientsOfEveryParameterUnderTheMeanHead) {
  Case c = make(kMean);
  expect_gradients(c, "mean", [](const at::Tensor& gradient) { return gradient; });
}

TEST_P(TinyEncoder, GradientsOfEveryParameterUnderTheNativeHead) {
  Case c = make(kNative);
  expect_gradients(c, "native", [](const at::Tensor& gradient) { return gradient; });
}

TEST_P(TinyEncoder, EightBitLayersComeNearIt) {
  const Case c = make(kMean);
  const at::Tensor exact = c.texts_of(c.last_hidden());
  const std::int64_t layers = c.classifier.encoder().spec().num_hidden_layers;
  const Encoder rounded = c.classifier.encoder().in_int8(layers);
  const at::Tensor hidden = c.texts_of(rounded.run_layers(rounded.embed(c.batch, {}), c.batch.packing, 0, layers, {}));
  EXPECT_GT((hidden - exact).norm().item<double>(), 0);
  EXPECT_LE(((hidden - exact).norm() / exact.norm()).item<double>(), 0.1);
}

/// The first tokens' vectors, for which alone the last layer is computed, are those of the whole layer.
TEST_P(TinyEncoder, FirstTokensAreThoseOfTheWholeLastLayer) {
  const Case c = make(kNative);
  const Encoder& encoder = c.classifier.encoder();
  const at::Tensor whole = c.last_hidden();
  const at::Tensor first = encoder.first_tokens(encoder.embed(c.batch, {}), c.batch.packing, 0, {});
  for (std::int64_t s = 0; s < c.batch.packing.sequences(); ++s) {
    expect_hidden(first[s], whole[c.batch.packing.offsets[static_cast<std::size_t>(s)]], "text");
  }
}

/// Adapters on every linear module, of whatever family: merged they compute the same, and none is left out.
TEST_P(TinyEncoder, AdaptersMergeIntoEveryLinearModule) {
  for (const std::string role : {"*", "query", "value", "attention_output", "intermediate", "output"}) {
    Case c = make(kNative);
    Encoder& encoder = c.classifier.encoder();
    const at::Tensor plain = c.last_hidden();
    encoder.add_lora({2, 4, 0, {role}}, 3);
    at::manual_seed(6);
    for (Parameter& parameter : encoder.parameters()) {
      if (parameter.name.ends_with(kLoraB)) parameter.value = 0.1 * at::randn_like(parameter.value);
    }
    std::set<std::string> layers;
    for (const Parameter& parameter : encoder.parameters()) {
      if (parameter.name.ends_with(kLoraA)) layers.insert(parameter.group);
    }
    std::set<std::string> all;
    for (const Parameter& parameter : encoder.parameters()) {
      if (parameter.group.starts_with("layer.")) all.insert(parameter.group);
    }
    EXPECT_EQ(layers, all) << role;
    const at::Tensor adapted = c.last_hidden();
    EXPECT_GT((adapted - plain).abs().max().item<double>(), 1e-3) << role;
    const at::Tensor first = encoder.first_tokens(encoder.embed(c.batch, {}), c.batch.packing, 0, {});
    expect_hidden(first[1], adapted[c.batch.packing.offsets[1]], "first token");
    c.classifier = c.classifier.merged();
    EXPECT_TRUE(c.classifier.encoder().adapted_modules().empty());
    expect_within(c.last_hidden(), adapted, 0, 5e-5, role);
  }
}

/// What is read goes back under the names under which it was found: a classifier's whole, or the base model alone.
TEST_P(TinyEncoder, IsWrittenUnderTheNamesOfItsFiles) {
  const fs::path directory = kGoldens / GetParam() / "encoder";
  const checkpoint::EncoderDirectory files = checkpoint::read_directory(directory);
  const Family& family = find_family(files.model_type, directory / "config.json");
  for (const HeadSpec& head : {kMean, kNative}) {
    const bool whole = head.pooling == Pooling::first;
    const Case c = make(head);
    checkpoint::NamedTensors written = file_tensors(family, c.classifier);
    const std::size_t parameters = family.parameter_keys(c.classifier.encoder().spec()).size();
    std::set<std::string> around;
    for (const ParameterKey& key : family.parameter_keys(c.classifier.encoder().spec())) {
      if (!key.in_base_model) around.insert(key.name);
    }
    EXPECT_EQ(around.empty(), family.names.head.dense_in_base_model);
    EXPECT_EQ(written.size(), whole ? parameters + 2 : parameters - around.size());
    EXPECT_EQ(written.contains(family.names.head.linear + ".weight"), whole);
    for (const auto& [name, tensor] : written) {
      if (around.contains(name)) continue;
      EXPECT_EQ(name.starts_with(family.prefix), whole && !name.starts_with(family.names.head.linear + '.')) << name;
    }
    for (const auto& [name, tensor] : files.tensors) {
      const std::string bare = name.starts_with(family.prefix) ? name.substr(family.prefix.size()) : name;
      const auto found = written.find(whole && bare != name ? name : bare);
      EXPECT_TRUE(found == written.end() || at::equal(found->second, tensor)) << name;
    }
    const MatchedTensors again =
        match_tensors(family, c.classifier.encoder().spec(), written, directory / "model.safetensors");
    EXPECT_EQ(again.encoder.size(), whole ? parameters : written.size());
    EXPECT_EQ(again.missing, std::vector<std::string>{});
    EXPECT_EQ(again.missing_head.empty(), whole || family.names.head.dense_in_base_model);
    EXPECT_EQ(again.others.size(), whole ? 2 : 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Families, TinyEncoder, testing::ValuesIn(tests::families_with_goldens()), tests::test_name);

class MiniLm : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(encoder_ / "model.safetensors")) {
      GTEST_SKIP() << encoder_.string() << " is not there; scripts/setup fetches it";
    }
  }
  fs::path encoder_ = TT_SOURCE_DIR "/.deps/encoders/all-MiniLM-L6-v2";
};

TEST_F(MiniLm, HiddenStatesAndGradientsAreThoseOfTransformers) {
  Case c(encoder_, kGoldens / "bert/minilm.safetensors", kMean);
  const auto stride = [&](const char* of) { return c.golden.at(std::string("stride.") + of).item<std::int64_t>(); };
  const auto thin = [](const at::Tensor& values, std::int64_t every) {
    return values.flatten().slice(0, 0, values.numel(), every);
  };
  expect_hidden(thin(c.texts_of(c.last_hidden()), stride("hidden")), c.golden.at("last_hidden"), "last hidden states");
  expect_gradients(c, "mean", [&](const at::Tensor& gradient) {
    return thin(gradient, stride(gradient.dim() == 1 ? "vector" : "matrix"));
  });
}

}  // namespace
