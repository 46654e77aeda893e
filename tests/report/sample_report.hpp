#pragma once

#include <string>

#include "transfer_tune/judge/decision.hpp"
#include "transfer_tune/record/run_report.hpp"

namespace tt::report::tests {

/// Two labels, four texts, one error: the scores behind `sample_evaluation`.
inline evaluation::Scores sample_scores() {
  return {.num_classes = 2, .labels = {0, 0, 1, 1}, .probabilities = {0.9, 0.1, 0.2, 0.8, 0.3, 0.7, 0.4, 0.6}};
}

inline EvaluationReport sample_evaluation() {
  return make_evaluation_report(sample_scores(),
                                {.data_path = "/data/test.csv",
                                 .data_sha256 = "5e55",
                                 .labels = {"card_lost", "top_up"},
                                 .texts = {"my card is gone", "where did my card go", "add money", "fill it up"},
                                 .slice_columns = {"language"},
                                 .slice_values = {{"en", "en", "en", "de"}},
                                 .bootstrap_samples = 200,
                                 .seed = 7,
                                 .languages = {.column = "language", .trained = {{{"en", 5}}}},
                                 .text_languages = {"en", "en", "en", "de"}});
}

inline StageReport sample_stage() {
  StageReport stage;
  stage.data.name = "banking";
  stage.data.train = FileReport{.path = "/data/train.csv",
                                .sha256 = "ab12",
                                .encoding = "utf-8",
                                .delimiter = ",",
                                .examples = 30,
                                .out_of_scope = 0,
                                .used = 20,
                                .truncated = 1};
  stage.data.train_examples = 20;
  stage.data.test_examples = 4;
  stage.data.labels = {"card_lost", "top_up"};
  stage.data.weights = TextWeightsReport{.column = "sure|<b>", .sum = 12.5, .left_out = 2};
  stage.data.languages =
      DataLanguagesReport{.column = "language",
                          .trained_on = {"en"},
                          .left_out = 4,
                          .counts = {{.language = "de", .train = 0, .validation = 0, .test = 1, .unlabelled = 3},
                                     {.language = "en", .train = 20, .validation = 0, .test = 3, .unlabelled = 0}}};
  stage.data.shots = 10;
  stage.data.validation_strategy = Validation::cross_validation;
  stage.data.folds = 5;
  stage.data.duplicates = {
      .train = 2, .train_conflicting = 1, .train_test = 1, .train_test_texts = {"My card is gone!"}};
  stage.data.warnings = {"label \"fees\" has no test text"};
  stage.policy = {.name = "top_layers",
                  .phases = {{.epochs = 3,
                              .train = {"head", "layer.last-2"},
                              .trainable_parameters = 3550466,
                              .groups = {{.name = "head", .parameters = 770, .learning_rate = 1e-3},
                                         {.name = "layer.5", .parameters = 1774848, .learning_rate = 3e-5}}}},
                  .trainable_parameters = 3550466,
                  .total_parameters = 22713986};
  stage.training.objective.type = "supervised_contrastive";
  stage.training.objective.temperature = 0.3;
  stage.training.objective.weight = 0.9;
  stage.training.seconds = 12.25;
  stage.training.examples = 20;
  stage.training.selection_metric = "accuracy";
  stage.training.best_epoch = 2;
  stage.training.epochs = 2;
  stage.training.C = 0.1;
  stage.training.candidates_C = {{.C = 0.1, .score = 0.9}, {.C = 1, .score = 0.85}};
  stage.training.label_texts = {.texts = 3,
                                .described = true,
                                .used = true,
                                .reason = "With them more is answered.",
                                .accuracy_with = 0.875,
                                .accuracy_without = 0.75,
                                .accuracy_nearest = 0.5,
                                .area_nearest = 0.875};
  stage.training.self_training = {
      .texts = 1200,
      .balance = 0.5,
      .C = 10,
      .temperature = 0.3,
      .weight = 0.2,
      .rounds = 3,
      .reason = "Chosen by the texts held out.",
      .candidates = {{.balance = evaluation::kUndefined, .accuracy = 0.875, .log_loss = 0.5},
                     {.balance = 0.5, .accuracy = 0.9375, .log_loss = 0.25}},
      .seconds = 1.5};
  stage.training.choice = {.chosen = "full",
                           .reason = "Held-out texts were answered better after tuning.",
                           .budget = 10,
                           .work = 7.5,
                           .epochs = 2,
                           .held_out = 8,
                           .frozen_accuracy = 0.75,
                           .frozen_log_loss = 0.625,
                           .tuned_accuracy = 0.875,
                           .tuned_log_loss = 0.5,
                           .chance = 0.125,
                           .seconds = 3.5};
  stage.training.refitted = true;
  stage.training.probed_first = true;
  stage.training.per_epoch = {{.phase = 1,
                               .epoch = 1,
                               .train_loss = 0.1 + 0.2,  // needs all 17 digits
                               .validation_accuracy = 0.875,
                               .validation_macro_f1 = 0.87,
                               .validation_log_loss = evaluation::kUndefined,
                               .learning_rate = 2e-5,
                               .seconds = 1.5,
                               .examples_per_second = 640}};
  return stage;
}

/// One finding or two of each kind.
inline DataChecksReport sample_checks(const std::string& text, const std::string& label) {
  DataChecksReport checks;
  checks.encoded = true;
  checks.checked_labels = 100;
  checks.checked_intents = 12;
  checks.label_errors_found = 2;
  checks.label_errors_precision = 0.9375;
  checks.label_errors_recall = 0.75;
  checks.label_errors = {{"/data/train.csv", 7, text, label, "other", 0.125, 0.75, 1},
                         {"/data/train.csv", 9, "second", "other", label, 0.25, 0.5, 0.875}};
  checks.conflicts_found = 2;
  checks.conflicts = {{text,
                       {{"train", "/data/train.csv", 3, label},
                        {"train", "/data/train.csv", 4, "other"},
                        {"test", "/data/test.csv", 5, label}}},
                      {"tied", {{"train", "/data/train.csv", 6, "a"}, {"train", "/data/train.csv", 8, "b"}}}};
  checks.indistinct_found = 1;
  checks.indistinct = {{label, "other", 0.25, 0.125, {text}, {"second"}}};
  checks.few_texts_found = 1;
  checks.few_texts_limit = 5;
  checks.few_texts = {{label, 1}};
  checks.uniform_found = 1;
  checks.typical_similarity = 0.5;
  checks.uniform_limit = 0.75;
  checks.uniform = {{label, 12, 0.875, {text}}};
  checks.unlike_found = 1;
  checks.unlike_limit = 0.25;
  checks.unlike = {{"/data/test.csv", 2, text, label, 0.5, "nearest", "other"}};
  return checks;
}

/// Ten held-out and four test texts in scope, the last wrong, beside as many out of scope; the energy tells them apart.
inline OutOfScopeReport sample_out_of_scope() {
  const auto answers = [](std::size_t texts) {
    ScopeAnswers out;
    for (std::size_t i = 0; i < texts; ++i) {
      const double step = 0.01 * static_cast<double>(i);
      out.in_scope[evaluation::ScopeScore::max_probability].push_back(0.5 + step);
      out.in_scope[evaluation::ScopeScore::energy].push_back(4 + step);
      out.correct.push_back(i + 1 < texts ? 1 : 0);
      out.out_of_scope[evaluation::ScopeScore::max_probability].push_back(0.5 + step);
      out.out_of_scope[evaluation::ScopeScore::energy].push_back(i == 0 ? 5 : 1 + step);
    }
    return out;
  };
  OutOfScopeReport report = choose_threshold(answers(10), HeldOutSource::validation_split, true, 0.95);
  report.languages = {{.language = "de", .in_scope = 60, .out_of_scope = 0, .kept = 0.5, .threshold = 2, .used = true},
                      {.language = "en", .in_scope = 40, .out_of_scope = 0, .kept = 0.95}};
  report.files = {{.path = "/data/other.csv", .sha256 = "00f5", .texts = 4}};
  measure_scope(report, answers(4),
                std::vector<OutOfScopeText>{
                    {"sing <b>me</b> a song", "top_up"}, {"a|b", "top_up"}, {"hm", "top_up"}, {"ho", "card_lost"}});
  return report;
}

inline CalibrationReport sample_calibration() {
  CalibrationReport report;
  report.temperature = 0.75;
  report.fitted_on = HeldOutSource::validation_split;
  report.texts = 100;
  report.before_refit = true;
  report.reason = "The temperature was fitted on 100 texts held out of the training file.";
  report.before = calibration_figures(sample_scores());
  report.after = report.before;
  report.languages = {
      {.language = "de", .texts = 60, .temperature = 1.5, .log_loss = 0.5, .own_log_loss = 0.25, .used = true},
      {.language = "en", .texts = 40, .temperature = 0.75, .log_loss = 0.5, .own_log_loss = 0.625}};
  return report;
}

inline RunReport sample_run() {
  RunReport report;
  report.started_at = "2025-01-01T00:00:00Z";
  report.config_path = "/configs/retail_to_banking.json";
  report.output_dir = "/runs/retail to banking";
  report.encoder = {.path = "/encoders/MiniLM",
                    .model_type = "bert",
                    .hidden_size = 384,
                    .num_hidden_layers = 6,
                    .parameters = 22713216,
                    .weights_sha256 = "c0ffee",
                    .tokenizer = "BERT WordPiece, 30522 tokens",
                    .prompt = "<b>query</b> & | `",
                    .max_length = 128,
                    .newly_initialised = {},
                    .unused = {"embeddings.position_ids"}};
  report.head = {.type = "mean", .normalize = true, .dropout = 0};
  report.target = sample_stage();
  report.source.emplace();
  report.source->stage = sample_stage();
  report.source->stage->data.name = "retail";
  report.source->checkpoint = "/cache/source/1234";
  report.source->keep = {
      .automatic = true, .chosen = 0.5, .candidates = {{.share = 0, .score = 0.8625}, {.share = 0.5, .score = 0.875}}};
  report.target.test = sample_evaluation();
  report.earlier = EarlierClassifierReport{.labels = 2,
                                           .forgotten = {"gone"},
                                           .texts = 5,
                                           .accuracy_before = 0.8,
                                           .accuracy_after = 0.6,
                                           .new_texts = 3,
                                           .new_accuracy = 1.0 / 3};
  report.baselines.majority = evaluation::Baseline{.accuracy = 0.5, .macro_f1 = 1.0 / 3};
  report.baselines.nearest_label_name = evaluation::Baseline{.accuracy = 0.25, .macro_f1 = 0.2};
  report.environment = {.program_version = "0.1.0",
                        .libtorch_version = "2.13.0",
                        .requested_device = "auto",
                        .device = "cpu",
                        .requested_precision = "auto",
                        .precision = "fp32",
                        .requested_threads = 0,
                        .threads = 2,
                        .cpu_capability = "AVX512",
                        .kernels = "avx512",
                        .products = "mkl",
                        .seed = 18446744073709551615U};
  report.timing = {.stages = {{.stage = "read", .seconds = 0.5}, {.stage = "train", .seconds = 125}},
                   .seconds_to_first_forward = 0.75,
                   .total_seconds = 130,
                   .peak_rss_bytes = 512LL * 1024 * 1024};
  report.calibration = sample_calibration();
  report.out_of_scope = sample_out_of_scope();
  report.warnings = {"bf16 was not used: the CPU has no instructions for it"};
  return report;
}

}  // namespace tt::report::tests
