#include "transfer_tune/training/activation_store.hpp"

#include "training/toy.hpp"

#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace {

using namespace tt;
using namespace tt::training;
using tests::kPad;

double distance(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

class EveryFamily : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] static model::Classifier make(const model::HeadSpec& head) {
    return tests::toy_classifier(head, 0.1, GetParam());
  }
  [[nodiscard]] static std::int32_t pad(const model::Classifier& classifier) {
    return static_cast<std::int32_t>(classifier.encoder().spec().pad_token_id);
  }
};

TEST_P(EveryFamily, PrefixCachesGiveTheLogitsOfTheWholeForwardPass) {
  const EncodedSet set = tests::toy_set(17, 2);
  for (const model::HeadSpec& head : {tests::kMeanHead, tests::kNativeHead}) {
    const model::Classifier classifier = make(head);
    const at::Tensor whole = compute_logits(classifier, set, nullptr, pad(classifier), "", {});
    for (std::int64_t depth = 1; depth <= classifier.encoder().spec().depth(); ++depth) {
      const PrefixCache cache = run_prefix(classifier, set, depth, pad(classifier), "", {});
      EXPECT_EQ(cache.depth, depth);
      EXPECT_LE(distance(compute_logits(classifier, set, &cache, pad(classifier), "", {}), whole), 1e-5) << depth;
      const std::vector<std::size_t> some{16, 3, 8};
      const at::Tensor few = forward(classifier, set, &cache, some, pad(classifier), {}).logits;
      for (std::size_t i = 0; i < some.size(); ++i) {
        EXPECT_LE(distance(few[static_cast<std::int64_t>(i)], whole[static_cast<std::int64_t>(some[i])]), 1e-5) << i;
      }
    }
  }
}

/// Of all that is first read behind what is cached.
TEST_P(EveryFamily, PrefixCachesGiveTheSameGradients) {
  const EncodedSet set = tests::toy_set(6, 3);
  const std::vector<std::size_t> all{0, 1, 2, 3, 4, 5};
  const std::int64_t deepest = make(tests::kNativeHead).encoder().spec().depth();
  for (std::int64_t depth = 1; depth <= deepest; ++depth) {
    std::vector<std::vector<at::Tensor>> gradients;
    for (const bool cached : {false, true}) {
      model::Classifier classifier = make(tests::kNativeHead);
      const PrefixCache cache = run_prefix(classifier, set, depth, pad(classifier), "", {});
      std::vector<at::Tensor> trained;
      for (model::Parameter* parameter : classifier.used_parameters()) {
        if (parameter->first_use >= depth) trained.push_back(parameter->value.requires_grad_(true));
      }
      forward(classifier, set, cached ? &cache : nullptr, all, pad(classifier), {}).logits.square().sum().backward();
      auto& out = gradients.emplace_back();
      for (const at::Tensor& value : trained) out.push_back(value.grad());
    }
    for (std::size_t i = 0; i < gradients[0].size(); ++i) {
      const double scale = 1 + gradients[0][i].abs().max().item<double>();
      EXPECT_LE(distance(gradients[0][i], gradients[1][i]), 1e-5 * scale) << depth << ' ' << i;
    }
  }
}

TEST(Forward, FeaturesAreWhatTheHeadSees) {
  const EncodedSet set = tests::toy_set(9, 4);
  const model::Classifier classifier = tests::toy_classifier(tests::kNativeHead);
  const at::Tensor features = ActivationStore().features(classifier, set, kPad, "", {});
  const at::Tensor logits = compute_logits(classifier, set, nullptr, kPad, "", {});
  EXPECT_LE(distance(classifier.logits(features, {}), logits), 1e-5);
}

/// Products in bf16 for as long as it lives, as on CUDA; the CPU has them too, if slowly.
struct Bf16Products {
  Bf16Products() { set(true); }
  ~Bf16Products() { set(false); }
  Bf16Products(const Bf16Products&) = delete;
  Bf16Products& operator=(const Bf16Products&) = delete;
  static void set(bool on) {
    at::autocast::set_autocast_enabled(at::kCPU, on);
    at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
    at::autocast::set_autocast_cache_enabled(!on);
  }
};

TEST_P(EveryFamily, AWholeStepRunsWithCastProducts) {
  const EncodedSet set = tests::toy_set(6, 3);
  const std::vector<std::size_t> all{0, 1, 2, 3, 4, 5};
  for (const model::HeadSpec& head : {tests::kMeanHead, tests::kNativeHead}) {
    std::vector<at::Tensor> logits;
    std::vector<std::vector<at::Tensor>> gradients;
    for (const bool cast : {false, true}) {
      std::optional<Bf16Products> products;
      if (cast) products.emplace();
      model::Classifier classifier = make(head);
      for (model::Parameter* parameter : classifier.used_parameters()) parameter->value.requires_grad_(true);
      logits.push_back(forward(classifier, set, nullptr, all, pad(classifier), {.training = true, .seed = 1}).logits);
      at::cross_entropy_loss(logits.back(), at::tensor(set.labels, at::kLong)).backward();
      auto& out = gradients.emplace_back();
      for (const model::Parameter* parameter : classifier.used_parameters()) out.push_back(parameter->value.grad());
      const PrefixCache cache =
          run_prefix(classifier, set, classifier.encoder().spec().depth(), pad(classifier), "", {});
      EXPECT_LE(distance(compute_logits(classifier, set, &cache, pad(classifier), "", {}),
                         compute_logits(classifier, set, nullptr, pad(classifier), "", {})),
                0.05);
    }
    EXPECT_EQ(logits[1].scalar_type(), at::kFloat);
    EXPECT_LE(distance(logits[1], logits[0]), 0.1);
    EXPECT_GT(distance(logits[1], logits[0]), 0) << "nothing was cast";
    for (std::size_t i = 0; i < gradients[0].size(); ++i) {
      ASSERT_EQ(gradients[1][i].scalar_type(), at::kFloat) << i;
      EXPECT_LE((gradients[1][i] - gradients[0][i]).norm().item<double>(),
                0.15 * gradients[0][i].norm().item<double>() + 2e-3)
          << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Families, EveryFamily, testing::ValuesIn(tests::families_with_goldens()), tests::test_name);

TEST(Forward, ProgressReachesItsEnd) {
  const EncodedSet set = tests::toy_set(400, 5);
  const model::Classifier classifier = tests::toy_classifier(tests::kMeanHead);
  std::vector<std::size_t> done;
  (void)compute_logits(classifier, set, nullptr, kPad, "predict", [&](const Progress& progress) {
    EXPECT_EQ(progress.stage, "predict");
    EXPECT_EQ(progress.total, 400U);
    done.push_back(progress.done);
  });
  EXPECT_GT(done.size(), 1U);
  EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
  EXPECT_EQ(done.back(), 400U);
}

}  // namespace
