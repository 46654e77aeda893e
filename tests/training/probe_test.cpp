#include "transfer_tune/training/probe.hpp"

#include "training/toy.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace tt;
using namespace tt::training;

ProbeProblem golden_problem(const checkpoint::NamedTensors& golden, bool weighted) {
  ProbeProblem problem;
  problem.features = golden.at("probe.features");
  const at::Tensor labels = golden.at("probe.labels").to(at::kInt);
  problem.labels.assign(labels.const_data_ptr<std::int32_t>(), labels.const_data_ptr<std::int32_t>() + labels.numel());
  problem.num_labels = 4;
  if (weighted) {
    const at::Tensor& weights = golden.at("probe.class_weights");
    problem.class_weights.assign(weights.const_data_ptr<double>(), weights.const_data_ptr<double>() + weights.numel());
  }
  return problem;
}

at::Tensor targets(const ProbeProblem& problem) {
  const at::Tensor rows = at::one_hot(at::tensor(problem.labels, at::kLong), problem.num_labels).to(at::kDouble);
  return rows * (1 - problem.label_smoothing) + problem.label_smoothing / static_cast<double>(problem.num_labels);
}

at::Tensor row_weights(const ProbeProblem& problem) {
  if (problem.class_weights.empty()) return at::ones({problem.features.size(0)}, at::kDouble);
  return at::tensor(problem.class_weights, at::kDouble).index_select(0, at::tensor(problem.labels, at::kLong));
}

/// ½‖W‖² + C·Σ wᵢ·crossentropyᵢ in double precision.
double objective(const ProbeProblem& problem, double C, const at::Tensor& weight, const at::Tensor& bias) {
  const at::Tensor logits = at::addmm(bias, problem.features.to(at::kDouble), weight.t());
  const at::Tensor losses = -(at::log_softmax(logits, 1) * targets(problem)).sum(1);
  return 0.5 * weight.square().sum().item<double>() + C * (losses * row_weights(problem)).sum().item<double>();
}

at::Tensor probabilities(const ProbeProblem& problem, const LinearHead& head) {
  return at::softmax(at::addmm(head.bias, problem.features, head.weight.t()), 1);
}

LinearHead in_double(const LinearHead& head) { return {head.weight.to(at::kDouble), head.bias.to(at::kDouble)}; }

TEST(Probe, SolutionsAreThoseOfScikitLearn) {
  const auto golden = tests::training_golden();
  for (const bool weighted : {false, true}) {
    const ProbeProblem problem = golden_problem(golden, weighted);
    for (const auto& [name, C] : {std::pair{"0.03", 0.03}, {"1", 1.0}, {"100", 100.0}}) {
      const std::string key = std::string("probe.") + (weighted ? "weighted." : "plain.") + name;
      const LinearHead best{golden.at(key + ".weight"), golden.at(key + ".bias")};
      const LinearHead head = solve_probe(problem, C);
      const LinearHead wide = in_double(head);
      const double lowest = objective(problem, C, best.weight, best.bias);
      const double reached = objective(problem, C, wide.weight, wide.bias);
      EXPECT_GE(reached, lowest * (1 - 1e-9)) << key;
      EXPECT_LE(reached, lowest * (1 + 1e-4)) << key;
      const at::Tensor expected =
          at::softmax(at::addmm(best.bias, problem.features.to(at::kDouble), best.weight.t()), 1);
      // The golden's gradient is zero, the solver's only small; scikit-learn at its default tolerance is 3e-3 off.
      EXPECT_LE((probabilities(problem, head) - expected).abs().max().item<double>(), 5e-3) << key;
    }
  }
}

TEST(Probe, WithSmoothedLabelsTheGradientVanishes) {
  ProbeProblem problem = golden_problem(tests::training_golden(), true);
  problem.label_smoothing = 0.2;
  const double C = 2;
  const LinearHead head = in_double(solve_probe(problem, C));
  const at::Tensor features = problem.features.to(at::kDouble);
  const at::Tensor residual = (at::softmax(at::addmm(head.bias, features, head.weight.t()), 1) - targets(problem)) *
                              row_weights(problem).unsqueeze(1);
  const double total = C * row_weights(problem).sum().item<double>();
  const at::Tensor gradient = (head.weight + C * at::matmul(residual.t(), features)) / total;
  EXPECT_LE(gradient.abs().max().item<double>(), 5e-5);
  EXPECT_LE((C * residual.sum(0) / total).abs().max().item<double>(), 5e-5);
  // Without smoothing it is another solution.
  problem.label_smoothing = 0;
  EXPECT_GT((in_double(solve_probe(problem, C)).weight - head.weight).abs().max().item<double>(), 1e-2);
}

TEST(Probe, AWeightOfTwoIsATextTwice) {
  ProbeProblem problem = golden_problem(tests::training_golden(), true);
  ProbeProblem twice = problem;
  problem.row_weights = at::ones({problem.features.size(0)});
  problem.row_weights[0] = 2;
  twice.features = at::cat({twice.features, twice.features.narrow(0, 0, 1)});
  twice.labels.push_back(twice.labels.front());
  EXPECT_LE((probabilities(problem, solve_probe(problem, 10)) - probabilities(problem, solve_probe(twice, 10)))
                .abs()
                .max()
                .item<double>(),
            2e-3);
}

TEST(Probe, WithSoftTargetsTheGradientVanishes) {
  ProbeProblem problem = golden_problem(tests::training_golden(), true);
  problem.targets = at::softmax(3 * at::sin(at::arange(problem.features.size(0) * 4).view({-1, 4}).to(at::kFloat)), 1);
  const double C = 2;
  const LinearHead head = in_double(solve_probe(problem, C));
  const at::Tensor features = problem.features.to(at::kDouble);
  const at::Tensor soft = problem.targets.to(at::kDouble);
  const at::Tensor weights = at::mv(soft, at::tensor(problem.class_weights, at::kDouble));
  const at::Tensor residual =
      (at::softmax(at::addmm(head.bias, features, head.weight.t()), 1) - soft) * weights.unsqueeze(1);
  const double total = C * weights.sum().item<double>();
  EXPECT_LE(((head.weight + C * at::matmul(residual.t(), features)) / total).abs().max().item<double>(), 2e-4);
  EXPECT_LE((C * residual.sum(0) / total).abs().max().item<double>(), 2e-4);
}

TEST(Probe, TheStartDoesNotChangeTheSolution) {
  const ProbeProblem problem = golden_problem(tests::training_golden(), false);
  const LinearHead start = solve_probe(problem, 100);
  const at::Tensor cold = probabilities(problem, solve_probe(problem, 1));
  const at::Tensor warm = probabilities(problem, solve_probe(problem, 1, &start));
  EXPECT_LE((cold - warm).abs().max().item<double>(), 2e-3);
}

TEST(Probe, ALabelWithoutTextsIsLeastLikely) {
  ProbeProblem problem = golden_problem(tests::training_golden(), false);
  problem.num_labels = 5;
  const at::Tensor answers = probabilities(problem, solve_probe(problem, 1));
  EXPECT_TRUE(at::isfinite(answers).all().item<bool>());
  EXPECT_LE(answers.select(1, 4).max().item<double>(), 0.05);
}

TEST(Probe, CrossValidationScoresHeldOutTextsAlone) {
  const ProbeProblem problem = golden_problem(tests::training_golden(), false);
  std::vector<std::vector<std::size_t>> folds(3);
  for (std::size_t i = 0; i < problem.labels.size(); ++i) folds[i % 3].push_back(i);
  std::vector<std::size_t> solved;
  const std::vector<ProbeScore> scores =
      cross_validate_probe(problem, folds, {0.1, 1}, [&](std::size_t done, std::size_t total) {
        solved.push_back(done);
        EXPECT_EQ(total, 2 * folds.size());
      });
  ASSERT_EQ(solved.size(), 2 * folds.size());
  EXPECT_EQ(solved.back(), 2 * folds.size());
  ASSERT_EQ(scores.size(), 2U);
  double correct = 0;
  double loss = 0;
  for (const auto& held_out : folds) {
    ProbeProblem train = problem;
    std::vector<at::Tensor> rows;
    train.labels.clear();
    for (std::size_t i = 0; i < problem.labels.size(); ++i) {
      if (std::find(held_out.begin(), held_out.end(), i) != held_out.end()) continue;
      rows.push_back(problem.features[static_cast<std::int64_t>(i)]);
      train.labels.push_back(problem.labels[i]);
    }
    train.features = at::stack(rows);
    const at::Tensor answers = probabilities(problem, solve_probe(train, 1));
    for (const std::size_t i : held_out) {
      const at::Tensor row = answers[static_cast<std::int64_t>(i)];
      correct += row.argmax().item<std::int64_t>() == problem.labels[i] ? 1 : 0;
      loss -= std::log(row[problem.labels[i]].item<double>());
    }
  }
  const auto texts = static_cast<double>(problem.labels.size());
  EXPECT_DOUBLE_EQ(scores[1].score.accuracy, correct / texts);
  EXPECT_NEAR(scores[1].score.log_loss, loss / texts, 5e-3);  // paths are followed to what scores need alone
}

TEST(Probe, TheSearchEndsWhereAccuracyAndLogLossAreBothWorse) {
  const ProbeProblem problem = golden_problem(tests::training_golden(), false);
  std::vector<std::vector<std::size_t>> folds(3);
  for (std::size_t i = 0; i < problem.labels.size(); ++i) folds[i % 3].push_back(i);
  // So strong a penalty leaves nothing but the commonest label.
  const double strong = 3e-3;
  EXPECT_EQ(cross_validate_probe(problem, folds, {1, strong, 1, 1}).size(), 2U);
  EXPECT_EQ(cross_validate_probe(problem, folds, {strong, 1, 1, 1}).size(), 4U);
}

TEST(Probe, EqualAccuraciesAreDecidedByLogLossThenByOrder) {
  EXPECT_EQ(best_probe_score({{1, 0.8, 0.5, {}}, {3, 0.9, 0.7, {}}, {10, 0.9, 0.6, {}}, {30, 0.9, 0.65, {}}}).C, 10);
  EXPECT_EQ(best_probe_score({{1, 0.9, 0.5, {}}, {3, 0.9, 0.5, {}}}).C, 1);
}

/// Texts with the label of a golden problem and, every third, the next one too.
ProbeProblem set_problem() {
  ProbeProblem problem = golden_problem(tests::training_golden(), false);
  problem.targets = at::zeros({problem.features.size(0), 4});
  for (std::size_t i = 0; i < problem.labels.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    problem.targets[row][problem.labels[i]] = 1;
    if (i % 3 == 0) problem.targets[row][(problem.labels[i] + 1) % 4] = 1;
  }
  problem.multi_label = true;
  problem.labels.assign(problem.labels.size(), -1);
  return problem;
}

TEST(Probe, OfSetsEveryLabelIsAProblemOfItsOwn) {
  ProbeProblem problem = set_problem();
  problem.class_weights = {1, 2, 0.5, 1};
  problem.row_weights = at::linspace(0.5, 1.5, problem.features.size(0));
  const double C = 3;
  const LinearHead head = in_double(solve_probe(problem, C));
  const at::Tensor features = problem.features.to(at::kDouble);
  const at::Tensor residual = (at::sigmoid(at::addmm(head.bias, features, head.weight.t())) - problem.targets) *
                              problem.row_weights.unsqueeze(1) * at::tensor(problem.class_weights, at::kDouble);
  const double total = C * problem.row_weights.sum().item<double>();
  EXPECT_LE(((head.weight + C * at::matmul(residual.t(), features)) / total).abs().max().item<double>(), 1e-4);
  EXPECT_LE((residual.sum(0) * C / total).abs().max().item<double>(), 1e-4);
}

TEST(Probe, HeadsOfSetsAreScoredByMicroF1) {
  const ProbeProblem problem = set_problem();
  std::vector<std::vector<std::size_t>> folds(2);
  for (std::size_t i = 0; i < problem.labels.size(); ++i) folds[i % 2].push_back(i);
  const std::vector<ProbeScore> scores = cross_validate_probe(problem, folds, {0.001, 1});
  ASSERT_EQ(scores.size(), 2U);
  EXPECT_GT(scores[1].score.accuracy, scores[0].score.accuracy);
  EXPECT_LT(scores[1].score.log_loss, scores[0].score.log_loss);
}

}  // namespace
