#include "transfer_tune/training/vocabulary.hpp"

#include "training/toy.hpp"
#include "transfer_tune/training/forward.hpp"
#include "transfer_tune/training/schedule.hpp"

#include <gtest/gtest.h>

namespace {

using namespace tt;
using namespace tt::training;
using tests::kPad;

TEST(CompactVocabulary, SwapsTheTableAndPutsItBack) {
  model::Classifier classifier = tests::toy_classifier(tests::kMeanHead);
  const at::Tensor whole = classifier.encoder().word_embeddings().clone();
  const EncodedSet set{{{2, 50, 9, 3}, {2, 9, 3}}, {0, 1}, "a.csv", {2, 3}};
  const at::Tensor logits = compute_logits(classifier, set, nullptr, kPad, "", {});
  {
    CompactVocabulary vocabulary(classifier.encoder(), {&set}, kPad);
    EXPECT_EQ(classifier.encoder().word_embeddings().size(0), 5);
    const EncodedSet small = vocabulary.remap(set);
    EXPECT_EQ(small.labels, set.labels);
    EXPECT_EQ(small.origin(1), "a.csv:3");
    EXPECT_EQ(small.sequences[0][2], small.sequences[1][1]);
    const at::Tensor same = compute_logits(classifier, small, nullptr, vocabulary.remap(kPad), "", {});
    EXPECT_TRUE(at::equal(same, logits));
    classifier.encoder().word_embeddings().select(0, vocabulary.remap(50)).fill_(4);
    vocabulary.untouched_factor = 0.5;
  }
  at::Tensor expected = whole * 0.5;
  for (const std::int64_t id : {0, 2, 3, 9}) expected[id].copy_(whole[id]);
  expected[50].fill_(4);
  EXPECT_TRUE(at::equal(classifier.encoder().word_embeddings(), expected));
}

TEST(CompactVocabulary, LeavesATableThatOthersHoldAsItIs) {
  model::Classifier classifier = tests::toy_classifier(tests::kMeanHead);
  model::Encoder& encoder = classifier.encoder();
  encoder.word_embeddings() = encoder.word_embeddings().clone();
  const EncodedSet set{{{2, 50, 9, 3}}, {0}, "a.csv", {2}};
  const auto train = [&] {
    const CompactVocabulary vocabulary(encoder, {&set}, kPad);
    encoder.word_embeddings().select(0, vocabulary.remap(50)).fill_(4);
  };
  const Snapshot start(classifier, nullptr, Snapshot::Words::shared);
  const at::Tensor before = encoder.word_embeddings();
  const at::Tensor copy = before.clone();
  train();
  EXPECT_TRUE(at::equal(before, copy)) << "the snapshot's, and this test's";
  EXPECT_EQ(encoder.word_embeddings()[50][0].item<float>(), 4);
  const void* place = encoder.word_embeddings().const_data_ptr();
  train();
  EXPECT_EQ(encoder.word_embeddings().const_data_ptr(), place) << "held by nobody else, it is changed where it is";
  start.restore(classifier);
  EXPECT_EQ(encoder.word_embeddings().const_data_ptr(), before.const_data_ptr());
}

/// As a checkpoint's file is, whose pages must not be written.
TEST(CompactVocabulary, LeavesMemoryThatIsNoTensorsOwnAsItIs) {
  model::Classifier classifier = tests::toy_classifier(tests::kMeanHead);
  at::Tensor& words = classifier.encoder().word_embeddings();
  const at::Tensor before = words.clone();
  const at::Tensor file = words.clone();
  words = at::from_blob(file.data_ptr(), file.sizes(), at::kFloat);
  const EncodedSet set{{{2, 50, 9, 3}}, {0}, "a.csv", {2}};
  {
    CompactVocabulary vocabulary(classifier.encoder(), {&set}, kPad);
    classifier.encoder().word_embeddings().fill_(4);
    vocabulary.untouched_factor = 0.5;
  }
  EXPECT_TRUE(at::equal(file, before));
  EXPECT_EQ(words[50][0].item<float>(), 4);
  EXPECT_TRUE(at::equal(words[51], before[51] * 0.5));
}

/// `fit` as it would be without caches and the small table: each step takes the whole set.
void fit_by_hand(model::Classifier& classifier, const EncodedSet& set, const std::vector<PhasePlan>& plans,
                 const FitOptions& options) {
  std::vector<std::size_t> all(set.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  const at::Tensor labels = at::tensor(set.labels, at::kLong);
  const auto parameters = classifier.used_parameters();
  const std::vector<at::Tensor> starts = tests::values_of(classifier);
  for (const PhasePlan& plan : plans) {
    std::vector<OptimizedTensor> tensors;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      at::Tensor& value = parameters[i]->value;
      value = value.detach().requires_grad_(true);
      tensors.push_back({value, plan.learning_rates[i], value.dim() > 1, starts[i]});
    }
    AdamW optimizer(std::move(tensors), options.optimizer);
    for (std::int64_t step = 0; step < plan.epochs; ++step) {
      at::cross_entropy_loss(forward(classifier, set, nullptr, all, kPad, {}).logits, labels).backward();
      optimizer.step(schedule_factor(options.schedule, step, plan.epochs, 0), optimizer.gradient_norm());
    }
  }
}

TEST(CompactVocabulary, TrainingWithItIsTrainingWithoutIt) {
  const EncodedSet set = tests::toy_set(12, 1);
  FitOptions options;
  options.batch_size = 12;
  // The large epsilon keeps rounding out of the step's direction where gradients are next to nothing.
  options.optimizer = {.epsilon = 1e-3, .weight_decay = 0.3, .max_grad_norm = 1, .l2_sp = 0.2};
  model::Classifier compact = tests::toy_classifier(tests::kMeanHead, 0);
  model::Classifier dense = tests::toy_classifier(tests::kMeanHead, 0);
  const at::Tensor start = dense.encoder().word_embeddings().clone();
  auto plans = tests::toy_plans(dense, {{"*"}, {"*"}}, 4);
  for (PhasePlan& plan : plans) {
    for (double& rate : plan.learning_rates) rate = 0.05;
  }
  fit_by_hand(dense, set, plans, options);
  (void)fit(compact, set, std::nullopt, plans, *make_cross_entropy({}), options, {.pad_id = kPad});
  EXPECT_LE(tests::distance(tests::values_of(compact), tests::values_of(dense)), 2e-5);
  // Ids from 45 on never occur; their rows shrink all the same.
  const at::Tensor unseen = compact.encoder().word_embeddings()[45];
  const at::Tensor unseen_dense = dense.encoder().word_embeddings()[45].detach();
  EXPECT_LE((unseen - unseen_dense).abs().max().item<double>(), 1e-6);
  EXPECT_LT(unseen.norm().item<double>(), 0.97 * start[45].norm().item<double>());
}

}  // namespace
