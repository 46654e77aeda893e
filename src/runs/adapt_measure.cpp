#include "runs/adaptation.hpp"
#include "runs/earlier_classifier.hpp"
#include "runs/feature_map.hpp"
#include "runs/int8_check.hpp"
#include "runs/languages.hpp"
#include "runs/latency.hpp"
#include "runs/multi_label.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/judge/decision.hpp"
#include "transfer_tune/training/fit.hpp"
#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <map>
#include <string_view>
#include <utility>

namespace tt::runs {
namespace {

/// Of the measured texts, as the head sees them.
at::Tensor measured_features(Session& session, const Loaded& loaded, const Untuned& untuned, const Trained& trained) {
  const model::Classifier& classifier = trained.classifier;
  if (trained.encoder_changed || loaded.measured().size() == 0) {
    return training::compute_features(classifier, loaded.measured(), loaded.pad_id(), "test", session.progress);
  }
  const at::NoGradGuard no_grad;
  return classifier.features(untuned.features.rows.to(session.effective.device)).cpu();
}

void measure_scope(Session& session, const Loaded& loaded, const Trained& trained, const at::Tensor& features,
                   Figures& out) {
  const OutOfScopeTexts& texts = loaded.out_of_scope;
  const ScopeReference* reference = texts.empty() ? nullptr : &trained.reference;
  const Answering answering{trained.classifier, session.store, loaded.pad_id(), session.progress};
  TextAnswers in_scope;
  TextAnswers others;
  answering.add(in_scope, features, loaded.measured(), reference);
  if (texts.test.size() > 0) {
    answering.add(others, answering.features(texts.test, trained.encoder_changed), texts.test, reference);
  }
  out.kept = measure_out_of_scope(out.decided, out.decision,
                                  {in_scope, languages_of(loaded.measured_texts()), others, texts}, loaded.data.labels);
}

/// Logits of the measured texts: of the test file by the classifier, where there is none by those of the folds.
/// Undefined: there are none.
at::Tensor measured_logits(Session& session, const Loaded& loaded, const Trained& trained, const at::Tensor& features,
                           Figures& out) {
  if (loaded.data.test) {
    measure_scope(session, loaded, trained, features, out);
    return training::head_logits(trained.classifier, features);
  }
  if (loaded.out_of_scope.test.size() > 0) {
    session.journal.warn("out-of-scope texts are measured beside a test file alone: there is none");
  }
  return trained.out_of_fold.defined() ? training::rows_at(trained.out_of_fold, loaded.cross_validated) : at::Tensor();
}

/// The same where texts have several labels.
void measure_sets(Session& session, const Loaded& loaded, const at::Tensor& logits, Figures& out) {
  const config::RunConfig& config = session.config;
  const bool tested = loaded.data.test.has_value();
  const data::Dataset& texts = loaded.measured_texts();
  report::CalibrationReport& calibration = out.decided.calibration;
  const at::Tensor& targets = loaded.measured().targets;
  calibration.before = report::calibration_figures(evaluation::as_decisions(training::to_scores(logits, targets)));
  out.sets = training::to_scores(logits, targets, calibration.temperature);
  calibration.after = report::calibration_figures(evaluation::as_decisions(out.sets));
  out.sets.unknown = unknown_labels(texts, loaded.data.labels);
  if (out.sets.size() == 0) return;
  out.measured =
      measure(texts, out.sets, thresholds_of(out.decided), loaded.data.labels.names(),
              tested ? config.evaluation.slice_by : std::vector<std::string>{}, config.evaluation.bootstrap_samples,
              config.training.seed, language_context(loaded.data.report));
  log_info(concat(tested ? "test" : "cross-validated", " micro F1 ", out.measured->micro.f1));
}

/// By language, where that is known.
void count_kept(report::EvaluationReport& figures, const data::Dataset& texts, const std::vector<std::uint8_t>& kept) {
  if (kept.empty() || !figures.languages) return;
  std::map<std::string, double> counts;
  for (std::size_t i = 0; i < kept.size(); ++i) counts[texts.examples.at(i).language] += kept[i];
  for (report::LanguageReport& language : figures.languages->by_language) {
    language.kept = counts[language.language] / static_cast<double>(language.texts);
  }
}

void measure_texts(Session& session, const Loaded& loaded, const Trained& trained, const at::Tensor& features,
                   Figures& out) {
  const config::RunConfig& config = session.config;
  const bool tested = loaded.data.test.has_value();
  const at::Tensor logits = measured_logits(session, loaded, trained, features, out);
  if (!logits.defined()) return;
  if (loaded.data.train.multi_label) return measure_sets(session, loaded, logits, out);
  report::CalibrationReport& calibration = out.decided.calibration;
  const std::vector<std::int32_t>& labels = loaded.measured().labels;
  out.scores = training::to_scores(at_one_temperature(logits, out.decision, languages_of(loaded.measured_texts())),
                                   labels, calibration.temperature);
  calibration.before = report::calibration_figures(training::to_scores(logits, labels));
  calibration.after = report::calibration_figures(out.scores);
  if (out.scores.size() == 0) return;
  report::EvaluationReport figures =
      measure(loaded.measured_texts(), out.scores, loaded.data.labels.names(),
              tested ? config.evaluation.slice_by : std::vector<std::string>{}, config.evaluation.bootstrap_samples,
              config.training.seed, language_context(loaded.data.report));
  count_kept(figures, loaded.measured_texts(), out.kept);
  if (session.effective.int8) figures.int8 = compare_int8(trained.classifier, loaded.measured(), loaded.pad_id());
  log_info(concat(tested ? "test" : "cross-validated", " accuracy ", figures.accuracy));
  if (out.earlier) measure_since(*out.earlier, loaded.encoder, loaded.data.labels, out.scores);
  out.measured = std::move(figures);
}

/// Of the measured texts before and after; `features` are those after, where there is a test file.
std::optional<report::FeatureMapReport> draw_map(Session& session, const Loaded& loaded, const Untuned& untuned,
                                                 const Trained& trained, const at::Tensor& features) {
  const std::vector<std::size_t> shown = mapped_texts(loaded.measured().size());
  // Of several labels a text, no one is what its point could stand for.
  if (shown.empty() || loaded.data.train.multi_label) return std::nullopt;
  const at::NoGradGuard no_grad;
  const training::Texts texts(loaded.measured(), shown);
  const at::Tensor pretrained = training::rows_at(untuned.features.rows, shown).to(session.effective.device);
  at::Tensor after;
  if (trained.encoder_changed) {
    after = loaded.data.test
                ? training::rows_at(features, shown)
                : training::compute_features(trained.classifier, texts, loaded.pad_id(), "map", session.progress);
  }
  std::optional<report::FeatureMapReport> map =
      make_feature_map(trained.classifier.features(pretrained).to(at::kCPU, at::kFloat), after, texts.labels());
  if (map) map->trained_on = !loaded.data.test;
  return map;
}

std::optional<report::LatencyReport> time_predictions(const Session& session, const Loaded& loaded,
                                                      const Trained& trained) {
  const std::vector<std::string_view> texts(loaded.data.sample.begin(), loaded.data.sample.end());
  if (texts.empty()) return std::nullopt;
  return measure_latency(trained.classifier, loaded.encoder.tokenizer, texts, session.config.encoder.max_length,
                         session.effective.threads);
}

}  // namespace

Figures measure(Session& session, const Loaded& loaded, const Untuned& untuned, const Trained& trained) {
  Journal& journal = session.journal;
  Figures out;
  out.decided = trained.decided;
  out.decision = for_checkpoint(out.decided, trained.reference, language_context(loaded.data.report));
  out.earlier = untuned.earlier;
  at::Tensor features;  // of a test file's texts
  journal.timed("test", [&] {
    if (loaded.data.test) features = measured_features(session, loaded, untuned, trained);
    measure_texts(session, loaded, trained, features, out);
  });
  out.map = journal.timed("map", [&] { return draw_map(session, loaded, untuned, trained, features); });
  if (session.config.evaluation.latency.value_or(false)) {
    out.latency = journal.timed("latency", [&] { return time_predictions(session, loaded, trained); });
  }
  return out;
}

}  // namespace tt::runs
