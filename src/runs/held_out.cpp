#include "runs/held_out.hpp"

#include "runs/languages.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/data/splits.hpp"
#include "transfer_tune/evaluation/metrics.hpp"
#include "transfer_tune/judge/decision.hpp"
#include "transfer_tune/training/fit.hpp"
#include "transfer_tune/training/forward.hpp"
#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

namespace tt::runs {
namespace {

using evaluation::ScopeScore;

/// Training texts per label that others are compared with: a small share of them does (Sun et al. 2022, section 4.2),
/// and with a knn score they are shipped.
constexpr std::size_t kReferenceShots = 50;
constexpr std::size_t kMostNeighbours = 5;

/// The out-of-scope texts of a file of their own; of CLINC150's JSON those that it keeps apart under `split`.
data::Dataset read_out_of_scope(const std::filesystem::path& path, const config::DataConfig& config,
                                const std::string& split, bool quote) {
  data::ReadOptions options = read_options(config, split, quote);
  options.labelled = false;
  data::Dataset dataset = data::read_dataset(path, options);
  for (const std::string& warning : dataset.warnings) log_warning(warning);
  if (dataset.keeps_scope_apart) dataset.examples = std::move(dataset.out_of_scope);
  if (dataset.examples.empty()) {
    throw DataError(concat(path.string(), ": found no list \"oos_", split, "\", expected out-of-scope texts under it"));
  }
  return dataset;
}

struct Gathered {
  data::Dataset texts;
  std::vector<std::string> shown;  ///< each text, or where it stands
};

/// Those of a file of their own, then those among the target's texts.
Gathered gather(const std::optional<std::filesystem::path>& path, const config::RunConfig& config,
                const std::string& split, const data::Dataset* among, OutOfScopeTexts& out) {
  const bool texts = config.output.texts;
  Gathered gathered;
  const auto add = [&](const data::Dataset& from, const std::vector<data::Example>& examples) {
    gathered.texts.path = from.path;
    for (const data::Example& example : examples) {
      gathered.texts.examples.push_back(example);
      gathered.shown.push_back(texts ? example.text : data::place_of(from, example));
    }
  };
  if (path) {
    const data::Dataset file = read_out_of_scope(*path, config.target, split, texts);
    out.files.push_back({path->string(), file.sha256, static_cast<std::int64_t>(file.examples.size())});
    add(file, file.examples);
  }
  if (among != nullptr) add(*among, among->out_of_scope);
  return gathered;
}

report::ScopeScores scope_scores(const TextAnswers& answers, std::size_t num_classes, double temperature) {
  report::ScopeScores scores;
  scores[ScopeScore::max_probability] = evaluation::max_probability_scores(answers.logits, num_classes, temperature);
  scores[ScopeScore::energy] = evaluation::energy_scores(answers.logits, num_classes);
  scores[ScopeScore::mahalanobis] = answers.mahalanobis;
  scores[ScopeScore::knn] = answers.knn;
  return scores;
}

std::vector<std::size_t> predicted(const TextAnswers& answers, std::size_t num_classes) {
  std::vector<std::size_t> ids;
  ids.reserve(answers.labels.size());
  for (std::size_t i = 0; i < answers.labels.size(); ++i) {
    const float* row = answers.logits.data() + i * num_classes;
    ids.push_back(static_cast<std::size_t>(std::max_element(row, row + num_classes) - row));
  }
  return ids;
}

report::ScopeAnswers scope_answers(const TextAnswers& in_scope, const TextAnswers& out_of_scope,
                                   std::size_t num_classes, double temperature) {
  report::ScopeAnswers answers{
      scope_scores(in_scope, num_classes, temperature), {}, scope_scores(out_of_scope, num_classes, temperature)};
  const std::vector<std::size_t> ids = predicted(in_scope, num_classes);
  answers.correct.reserve(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    answers.correct.push_back(static_cast<std::int64_t>(ids[i]) == in_scope.labels[i] ? 1 : 0);
  }
  return answers;
}

report::HeldOutSource source_of(const HeldOutAnswers& held_out, report::Validation strategy) {
  if (held_out.are_out_of_fold()) return report::HeldOutSource::out_of_fold;
  return strategy == report::Validation::given ? report::HeldOutSource::validation_file
                                               : report::HeldOutSource::validation_split;
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& values) {
  to.insert(to.end(), values.begin(), values.end());
}

/// Calls `visit` with each list of `answers` and its name.
template <class Answers, class Visit>
void visit_lists(Answers& answers, const Visit& visit) {
  visit("labels", answers.labels);
  visit("logits", answers.logits);
  visit("targets", answers.targets);
  visit("mahalanobis", answers.mahalanobis);
  visit("knn", answers.knn);
  visit("languages", answers.languages);
}

void put(checkpoint::NamedTensors& out, const std::string& whose, const TextAnswers& answers) {
  visit_lists(answers, [&](const char* name, const auto& values) { out[whose + name] = at::tensor(values); });
}

void append(TextAnswers& to, const checkpoint::NamedTensors& tensors, const std::string& whose) {
  visit_lists(to, [&](const char* name, auto& values) {
    using T = typename std::remove_reference_t<decltype(values)>::value_type;
    const at::Tensor& stored = tensors.at(whose + name);
    const T* first = stored.const_data_ptr<T>();
    values.insert(values.end(), first, first + stored.numel());
  });
}

}  // namespace

OutOfScopeTexts load_out_of_scope(const config::RunConfig& config, const StageData& data,
                                  const tokenizer::Tokenizer& tokenizer, std::int64_t threads) {
  const config::OutOfScopeConfig& settings = config.evaluation.out_of_scope;
  OutOfScopeTexts out;
  const auto tokenize = [&](const data::Dataset& dataset) {
    training::EncodedSet set = encode(dataset, {}, tokenizer, config.encoder.max_length, threads);
    set.languages = language_ids(dataset, data.languages);
    return set;
  };
  const data::Dataset* held_out = data.validation_texts ? &*data.validation_texts : nullptr;
  Gathered validation = gather(settings.validation, config, "val", held_out, out);
  // The training file's are not trained on either.
  if (validation.texts.examples.empty()) validation = gather({}, config, "train", &data.train_texts, out);
  out.validation = tokenize(validation.texts);
  Gathered test = gather(settings.test, config, "test", data.test_texts ? &*data.test_texts : nullptr, out);
  out.test = tokenize(test.texts);
  out.test_texts = std::move(test.shown);
  out.test_languages = languages_of(test.texts);
  return out;
}

at::Tensor Answering::features(const training::Texts& texts, bool encoder_trained) const {
  if (encoder_trained) return training::compute_features(classifier, texts, pad_id, "held out", progress);
  return training::rows_at(store.features(classifier, *texts.set, pad_id, "held out", progress), texts.indices);
}

ScopeReference Answering::reference(const StageData& data, const std::vector<std::size_t>& trained,
                                    bool encoder_trained, std::uint64_t seed) const {
  const training::Texts texts(data.train, trained);
  std::vector<std::size_t> positions = data::sample_shots(texts.labels(), kReferenceShots, seed).indices;
  for (std::size_t& position : positions) position = trained[position];
  const training::Texts sample(data.train, std::move(positions));
  const at::Tensor vectors = features(sample, encoder_trained);
  const evaluation::ReferenceTexts reference{static_cast<std::size_t>(vectors.size(1)), values_of(vectors),
                                             sample.labels()};
  const std::size_t per_label = data.train.size() / data.labels.size();
  return {evaluation::fit_class_gaussians(reference),
          evaluation::make_neighbourhood(reference, std::clamp(per_label, std::size_t{1}, kMostNeighbours))};
}

void Answering::add(TextAnswers& out, const at::Tensor& features, const training::Texts& texts,
                    const ScopeReference* reference) const {
  if (texts.size() == 0) return;
  append(out.labels, texts.labels());
  append(out.languages, texts.languages());
  if (texts.set->multi_label) append(out.targets, values_of(training::rows_at(texts.set->targets, texts.indices)));
  append(out.logits, values_of(training::head_logits(classifier, features)));
  if (reference == nullptr) return;
  append(out.mahalanobis, score_texts(ScopeScore::mahalanobis, {}, features, 1, *reference));
  append(out.knn, score_texts(ScopeScore::knn, {}, features, 1, *reference));
}

void HeldOutAnswers::add(const HeldOut& held_out) {
  out_of_fold_ = held_out.folds > 1;
  if (held_out.features.defined()) return answer(held_out, in_scope_, out_of_scope_answers_);
  const checkpoint::NamedTensors answers = state_.once("held out", [&] {
    TextAnswers in_scope;
    TextAnswers out_of_scope;
    answer(held_out, in_scope, out_of_scope);
    checkpoint::NamedTensors out;
    put(out, "in_scope.", in_scope);
    put(out, "out_of_scope.", out_of_scope);
    return out;
  });
  append(in_scope_, answers, "in_scope.");
  append(out_of_scope_answers_, answers, "out_of_scope.");
}

void HeldOutAnswers::answer(const HeldOut& held_out, TextAnswers& in_scope, TextAnswers& out_of_scope) const {
  const bool encoder_trained = !held_out.features.defined();
  std::optional<ScopeReference> reference;
  if (!out_of_scope_.empty()) reference = answering_.reference(data_, held_out.trained, encoder_trained, seed_);
  const ScopeReference* compared = reference ? &*reference : nullptr;
  const at::Tensor features = encoder_trained ? answering_.features(held_out.texts, true) : held_out.features;
  answering_.add(in_scope, features, held_out.texts, compared);
  // Each fold of a cross-validation takes its share of these, so that they are answered once too.
  std::vector<std::size_t> share;
  for (std::size_t i = held_out.fold; i < out_of_scope_.validation.size(); i += held_out.folds) share.push_back(i);
  if (share.empty()) return;
  const training::Texts others(out_of_scope_.validation, std::move(share));
  answering_.add(out_of_scope, answering_.features(others, encoder_trained), others, compared);
}

Decided decide(const HeldOutAnswers& held_out, const StageData& data, const OutOfScopeTexts& out_of_scope,
               bool refitted, double keep) {
  const TextAnswers& answers = held_out.in_scope();
  const std::size_t num_classes = data.labels.size();
  const report::HeldOutSource source = source_of(held_out, data.report.validation_strategy);
  const bool before_refit = refitted && !held_out.are_out_of_fold();
  Decided decided;
  if (data.train.multi_label) {
    decided.calibration =
        report::choose_temperature(answers.logits, answers.targets, num_classes, source, before_refit);
    const auto shape =
        std::vector{static_cast<std::int64_t>(answers.labels.size()), static_cast<std::int64_t>(num_classes)};
    decided.thresholds = report::choose_thresholds(
        training::to_scores(at::tensor(answers.logits).view(shape), at::tensor(answers.targets).view(shape),
                            decided.calibration.temperature),
        data.labels.names(), source, before_refit);
    return decided;
  }
  decided.calibration = report::choose_temperature(answers.logits, answers.labels, num_classes, source, before_refit);
  const report::TextLanguages languages{data.languages, answers.languages};
  report::choose_language_temperatures(decided.calibration, answers.logits, answers.labels, num_classes, languages);
  if (answers.labels.empty() && out_of_scope.empty()) return decided;
  const report::ScopeAnswers scores =
      scope_answers(answers, held_out.out_of_scope(), num_classes, decided.calibration.temperature);
  decided.out_of_scope = report::choose_threshold(scores, source, before_refit, keep);
  report::choose_language_thresholds(*decided.out_of_scope, scores, languages,
                                     {data.languages, held_out.out_of_scope().languages}, keep);
  decided.out_of_scope->files = out_of_scope.files;
  return decided;
}

std::vector<double> thresholds_of(const Decided& decided) {
  std::vector<double> thresholds;
  if (!decided.thresholds) return thresholds;
  for (const report::LabelThresholdReport& label : decided.thresholds->labels) thresholds.push_back(label.threshold);
  return thresholds;
}

namespace {

/// What is known of each language that was trained on or decided about.
std::vector<report::DecisionLanguage> decided_languages(const Decided& decided,
                                                        const report::LanguageContext& languages) {
  std::map<std::string, report::DecisionLanguage> out;
  for (const auto& [language, texts] : languages.trained.value_or(std::map<std::string, std::int64_t>{})) {
    if (texts > 0) out[language].training_texts = texts;
  }
  for (const report::LanguageTemperatureReport& language : decided.calibration.languages) {
    if (language.used) out[language.language].temperature = language.temperature;
  }
  if (decided.out_of_scope) {
    for (const report::LanguageThresholdReport& language : decided.out_of_scope->languages) {
      if (language.used) out[language.language].threshold = language.threshold;
    }
  }
  std::vector<report::DecisionLanguage> list;
  for (auto& [name, language] : out) {
    language.language = name;
    list.push_back(std::move(language));
  }
  return list;
}

}  // namespace

report::Decision for_checkpoint(const Decided& decided, const ScopeReference& reference,
                                const report::LanguageContext& languages) {
  report::Decision out;
  out.language_column = languages.column;
  out.languages = decided_languages(decided, languages);
  out.temperature = decided.calibration.temperature;
  out.temperature_reason = decided.calibration.reason;
  out.thresholds = thresholds_of(decided);
  if (!decided.out_of_scope) {
    out.threshold_reason = "Nothing is rejected: there were no texts to choose a threshold on.";
    return out;
  }
  out.score = decided.out_of_scope->score;
  out.threshold = decided.out_of_scope->threshold;
  out.threshold_reason = decided.out_of_scope->reason;
  if (out.score == ScopeScore::knn) out.neighbours = static_cast<std::int64_t>(reference.texts.neighbours);
  return out;
}

std::vector<std::uint8_t> measure_out_of_scope(Decided& decided, const report::Decision& decision,
                                               const ScopeTest& test, const data::LabelMap& labels) {
  std::vector<std::uint8_t> kept;
  if (!decided.out_of_scope) return kept;
  std::vector<report::OutOfScopeText> shown;
  shown.reserve(test.texts.test_texts.size());
  const std::vector<std::size_t> ids = predicted(test.out_of_scope, labels.size());
  for (std::size_t i = 0; i < ids.size(); ++i) shown.push_back({test.texts.test_texts[i], labels.name(ids[i])});
  report::ScopeAnswers answers =
      scope_answers(test.in_scope, test.out_of_scope, labels.size(), decided.calibration.temperature);
  const auto raised = [&](const std::vector<std::string>& languages) {
    std::vector<double> raise;
    raise.reserve(languages.size());
    for (const std::string& language : languages)
      raise.push_back(threshold_of(decision, language) - decision.threshold);
    return raise;
  };
  if (std::isnan(decision.threshold)) {
    report::measure_scope(*decided.out_of_scope, answers, shown);
    return kept;
  }
  answers.in_scope_raise = raised(test.languages);
  answers.out_of_scope_raise = raised(test.texts.test_languages);
  report::measure_scope(*decided.out_of_scope, answers, shown);
  const std::vector<double>& scores = answers.in_scope[decision.score];
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double raise = answers.in_scope_raise.empty() ? 0 : answers.in_scope_raise.at(i);
    kept.push_back(scores[i] - raise < decision.threshold ? 0 : 1);
  }
  return kept;
}

}  // namespace tt::runs
