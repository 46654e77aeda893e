#include "runs/data_checks.hpp"

#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/process.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/evaluation/label_errors.hpp"
#include "transfer_tune/evaluation/suspects.hpp"
#include "transfer_tune/training/fit.hpp"
#include "transfer_tune/training/probe.hpp"
#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>
#include <span>
#include <utility>

namespace tt::runs {
namespace {

using Indices = std::vector<std::size_t>;

constexpr std::size_t kFolds = 5;
/// Folds are the same whatever a run's seed is: what is found depends on the data and the encoder alone.
constexpr std::uint64_t kFoldSeed = 0;
/// Inverse L2 strength of the probe, on vectors of length 1 or so. Of 1, 3, 10, 30 and 100, the one that best told 5%
/// of Banking77's training labels that had been made wrong, at random or for a similar intent, from the others.
constexpr double kC = 10;
/// Training texts whose distance to the nearest other one is measured: enough for the quantile below.
constexpr std::int64_t kMeasuredTexts = 3000;
/// Fewer say nothing of the quantile.
constexpr std::int64_t kFewestMeasured = 50;
/// Test texts count as unlike the training texts beyond this quantile of those texts' own distances.
constexpr double kUsualShare = 0.99;
/// Texts of a label that a mean cosine is taken over.
constexpr std::size_t kFewestOfLabel = 5;
constexpr std::int64_t kBlock = 1024;
constexpr std::size_t kExamples = 3;

/// Rows about their mean, of a mean square length of 1: an encoder may put all texts into one corner, so that the
/// probe's strength would mean something else for each.
at::Tensor spread_rows(const at::Tensor& x) {
  const at::Tensor centred = x - x.mean({0}, true);
  return centred / centred.square().sum(1).mean().sqrt().clamp_min(1e-12);
}

std::vector<double> to_doubles(const at::Tensor& values) {
  const at::Tensor doubles = values.to(at::kDouble).contiguous();
  const double* begin = doubles.const_data_ptr<double>();
  return {begin, begin + doubles.numel()};
}

std::string hash_of(const std::vector<std::int32_t>& labels) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span(labels)));
  return hash.hex();
}

class Checker {
 public:
  Checker(const StageData& data, training::ActivationStore& store, const ProgressCallback& progress)
      : data_(data), store_(store), progress_(progress) {}

  report::DataChecksReport run(const at::Tensor& train, const at::Tensor& test) {
    const at::NoGradGuard no_grad;
    const auto started = std::chrono::steady_clock::now();
    find_conflicts();
    find_few_texts();
    if (train.defined()) {
      out_.encoded = true;
      const at::Tensor vectors = training::unit_rows(train);
      judge_labels(spread_rows(vectors));
      find_uniform(vectors);
      if (test.defined()) find_unlike(vectors, training::unit_rows(test));
    }
    out_.seconds = seconds_since(started);
    return std::move(out_);
  }

 private:
  [[nodiscard]] const std::string& label_name(std::int32_t label) const {
    return data_.labels.name(static_cast<std::size_t>(label));
  }
  [[nodiscard]] const data::Example& train_text(std::size_t i) const { return data_.train_texts.examples[i]; }
  [[nodiscard]] std::string train_file() const { return data_.train_texts.path.string(); }

  [[nodiscard]] report::TextPlace place_of(const data::Place& place) const {
    const auto at = [&](const char* part, const data::Dataset& dataset) {
      return report::TextPlace{part, dataset.path.string(), static_cast<std::int64_t>(place.line),
                               data::shown_labels(dataset.examples[place.index])};
    };
    switch (place.part) {
      case data::Part::train:
        return at("train", data_.train_texts);
      case data::Part::validation:
        return at("validation", data_.validation_texts.value());
      case data::Part::test:
        return at("test", data_.test_texts.value());
    }
    return {};
  }

  void find_conflicts() {
    for (const auto* groups : {&data_.findings.train_duplicates, &data_.findings.leaks}) {
      for (const data::DuplicateGroup& group : *groups) {
        if (!group.labels_conflict) continue;
        report::ConflictReport conflict{group.text, {}};
        conflict.places.reserve(group.places.size());
        for (const data::Place& place : group.places) conflict.places.push_back(place_of(place));
        out_.conflicts.push_back(std::move(conflict));
      }
    }
    std::stable_sort(out_.conflicts.begin(), out_.conflicts.end(),
                     [](const auto& a, const auto& b) { return a.places.size() > b.places.size(); });
    out_.conflicts_found = static_cast<std::int64_t>(out_.conflicts.size());
  }

  void find_few_texts() {
    const std::vector<std::size_t>& counts = data_.findings.train_counts;
    auto limit = static_cast<std::int64_t>(evaluation::few_texts_limit(counts));
    if (data_.report.shots) limit = std::min(limit, *data_.report.shots);  // so many were asked for
    for (std::size_t id = 0; id < counts.size(); ++id) {
      const auto texts = static_cast<std::int64_t>(counts[id]);
      if (texts < limit) out_.few_texts.push_back({data_.labels.name(id), texts});
    }
    std::stable_sort(out_.few_texts.begin(), out_.few_texts.end(),
                     [](const auto& a, const auto& b) { return a.texts < b.texts; });
    out_.few_texts_limit = limit;
    out_.few_texts_found = static_cast<std::int64_t>(out_.few_texts.size());
  }

  /// Logits of the training texts, each by a probe that had not seen it.
  at::Tensor out_of_fold(const at::Tensor& vectors) {
    const auto num_labels = static_cast<std::int64_t>(data_.labels.size());
    const std::vector<std::int32_t>& labels = data_.train.labels;
    const auto make = [&] {
      at::Tensor logits = at::zeros({vectors.size(0), num_labels});
      const std::vector<data::Split> folds = usable_folds(data_.train, kFolds, kFoldSeed);
      for (std::size_t i = 0; i < folds.size(); ++i) {
        // From nothing: another fold's head has seen the texts that this one must not.
        const training::LinearHead head = training::solve_probe({training::rows_at(vectors, folds[i].train),
                                                                 training::Texts(data_.train, folds[i].train).labels(),
                                                                 num_labels,
                                                                 {},
                                                                 0},
                                                                kC, nullptr, training::ProbeAccuracy::scored);
        logits.index_copy_(0, training::index_tensor(folds[i].held_out),
                           at::addmm(head.bias, training::rows_at(vectors, folds[i].held_out), head.weight.t()));
        if (progress_) progress_({.stage = "data checks", .done = i + 1, .total = folds.size()});
      }
      return logits;
    };
    return store_.derived(concat("out of fold ", kFolds, " ", kC, " ", hash_of(labels)), {vectors}, vectors.size(0),
                          num_labels, make);
  }

  void judge_labels(const at::Tensor& vectors) {
    const Indices texts = cross_validated_texts(data_.train);
    if (texts.empty()) return;
    const evaluation::Scores scores = training::to_scores(training::rows_at(out_of_fold(vectors), texts),
                                                          training::Texts(data_.train, texts).labels());
    out_.checked_labels = static_cast<std::int64_t>(texts.size());
    const std::vector<std::int32_t> answers = evaluation::predictions(scores);
    out_.out_of_fold_accuracy = evaluation::label_metrics(scores.labels, answers, scores.num_classes).accuracy;
    find_label_errors(scores, texts);
    for (const evaluation::IndistinctClasses& pair : evaluation::indistinct_classes(scores)) {
      out_.indistinct.push_back({label_name(pair.label), label_name(pair.other), pair.label_as_other,
                                 pair.other_as_label, taken_for(scores, answers, texts, pair.label, pair.other),
                                 taken_for(scores, answers, texts, pair.other, pair.label)});
    }
    out_.indistinct_found = static_cast<std::int64_t>(out_.indistinct.size());
  }

  void find_label_errors(const evaluation::Scores& scores, const Indices& texts) {
    const evaluation::LabelErrors errors = evaluation::find_label_errors(scores);
    for (const evaluation::LabelError& error : errors.found) {
      const data::Example& example = train_text(texts[error.text]);
      out_.label_errors.push_back({train_file(), static_cast<std::int64_t>(example.line), example.text, example.label,
                                   label_name(error.suggestion), error.label_probability, error.suggestion_probability,
                                   error.wrong});
    }
    out_.label_errors_found = static_cast<std::int64_t>(out_.label_errors.size());
    out_.label_errors_precision = errors.precision;
    out_.label_errors_recall = errors.random_recall;
    out_.similar_intents_told = errors.similar_told;
    const std::set<std::int32_t> intents(scores.labels.begin(), scores.labels.end());
    out_.checked_intents = static_cast<std::int64_t>(intents.size());
  }

  /// Some of the texts of `label` that were answered with `other`, the most confident first.
  [[nodiscard]] std::vector<std::string> taken_for(const evaluation::Scores& scores,
                                                   const std::vector<std::int32_t>& answers, const Indices& texts,
                                                   std::int32_t label, std::int32_t other) const {
    Indices rows;
    for (std::size_t row = 0; row < answers.size(); ++row) {
      if (scores.labels[row] == label && answers[row] == other) rows.push_back(row);
    }
    const auto confidence = [&](std::size_t row) { return scores.row(row)[static_cast<std::size_t>(other)]; };
    std::stable_sort(rows.begin(), rows.end(),
                     [&](std::size_t a, std::size_t b) { return confidence(a) > confidence(b); });
    rows.resize(std::min(rows.size(), kExamples));
    std::vector<std::string> out;
    out.reserve(rows.size());
    for (const std::size_t row : rows) out.push_back(train_text(texts[row]).text);
    return out;
  }

  /// Labels whose texts have an unusually high mean cosine, (‖Σu‖² - n) / (n·(n - 1)) over unit vectors u.
  void find_uniform(const at::Tensor& vectors) {
    const auto num_labels = static_cast<std::int64_t>(data_.labels.size());
    const at::Tensor sums = at::zeros({num_labels, vectors.size(1)}, at::kDouble)
                                .index_add_(0, at::tensor(data_.train.labels, at::kLong), vectors.to(at::kDouble));
    const std::vector<double> squares = to_doubles(sums.square().sum(1));
    const std::vector<std::size_t>& counts = data_.findings.train_counts;
    std::vector<std::pair<double, std::size_t>> similarities;
    std::vector<double> values;
    for (std::size_t id = 0; id < counts.size(); ++id) {
      const auto n = static_cast<double>(counts[id]);
      if (counts[id] < kFewestOfLabel) continue;
      similarities.emplace_back((squares[id] - n) / (n * (n - 1)), id);
      values.push_back(similarities.back().first);
    }
    out_.typical_similarity = evaluation::quantile(values, 0.5);
    out_.uniform_limit = evaluation::outlier_limit(std::move(values));
    std::stable_sort(similarities.begin(), similarities.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    for (const auto& [similarity, id] : similarities) {
      if (similarity > out_.uniform_limit) {
        out_.uniform.push_back(
            {data_.labels.name(id), static_cast<std::int64_t>(counts[id]), similarity, texts_of(id)});
      }
    }
    out_.uniform_found = static_cast<std::int64_t>(out_.uniform.size());
  }

  /// The first few training texts of a label.
  [[nodiscard]] std::vector<std::string> texts_of(std::size_t id) const {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < data_.train.size() && out.size() < kExamples; ++i) {
      if (data_.train.labels[i] == static_cast<std::int32_t>(id)) out.push_back(train_text(i).text);
    }
    return out;
  }

  /// 1 - cosine of each of `rows` to the nearest training text and which that is: [rows, 2]. `own`: positions among the
  /// training texts of the rows themselves, which do not count; undefined: they are other texts.
  static at::Tensor nearest(const at::Tensor& rows, const at::Tensor& train, const at::Tensor& own) {
    at::Tensor out = at::empty({rows.size(0), 2});
    for (std::int64_t begin = 0; begin < rows.size(0); begin += kBlock) {
      throw_if_interrupted();
      const std::int64_t count = std::min(kBlock, rows.size(0) - begin);
      at::Tensor cosines = at::matmul(rows.narrow(0, begin, count), train.t());
      if (own.defined()) cosines.scatter_(1, own.narrow(0, begin, count).unsqueeze(1), -2.0);
      const auto [largest, position] = cosines.max(1);
      out.narrow(0, begin, count).select(1, 0).copy_(1 - largest);
      out.narrow(0, begin, count).select(1, 1).copy_(position);
    }
    return out;
  }

  void find_unlike(const at::Tensor& train, const at::Tensor& test) {
    if (train.size(0) < kFewestMeasured) return;
    // Evenly spread over the file, which is often sorted by label.
    const std::int64_t measured = std::min(train.size(0), kMeasuredTexts);
    const at::Tensor own = at::arange(measured, at::kLong).mul_(train.size(0)).floor_divide_(measured);
    const at::Tensor among = store_.derived("nearest other", {train}, measured, 2,
                                            [&] { return nearest(train.index_select(0, own), train, own); });
    const at::Tensor found =
        store_.derived("nearest", {train, test}, test.size(0), 2, [&] { return nearest(test, train, {}); });
    const std::vector<double> usual = to_doubles(among.select(1, 0));
    const std::vector<double> distances = to_doubles(found.select(1, 0));
    const std::vector<double> positions = to_doubles(found.select(1, 1));
    out_.typical_distance = evaluation::quantile(usual, 0.5);
    out_.unlike_limit = evaluation::quantile(usual, kUsualShare);
    out_.unlike_expected = std::llround((1 - kUsualShare) * static_cast<double>(distances.size()));
    for (std::size_t i = 0; i < distances.size(); ++i) {
      if (distances[i] <= out_.unlike_limit) continue;
      const data::Example& example = data_.test_texts->examples[i];
      const data::Example& other = train_text(static_cast<std::size_t>(positions[i]));
      out_.unlike.push_back({data_.test_texts->path.string(), static_cast<std::int64_t>(example.line), example.text,
                             example.label, distances[i], other.text, other.label});
    }
    std::stable_sort(out_.unlike.begin(), out_.unlike.end(),
                     [](const auto& a, const auto& b) { return a.distance > b.distance; });
    out_.unlike_found = static_cast<std::int64_t>(out_.unlike.size());
  }

  const StageData& data_;
  training::ActivationStore& store_;
  const ProgressCallback& progress_;
  report::DataChecksReport out_;
};

}  // namespace

report::DataChecksReport check_stage_data(const StageData& data, const at::Tensor& train, const at::Tensor& test,
                                          training::ActivationStore& store, const ProgressCallback& progress) {
  return Checker(data, store, progress).run(train, test);
}

}  // namespace tt::runs
