#include "runs/adaptation.hpp"
#include "runs/source_stage.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tt::runs {
namespace {

void warn_of_negative_transfer(const report::SourceReport& source, Journal& journal) {
  if (source.left_alone()) {
    journal.warn(
        "negative transfer: no epoch of the source stage scored better on what was held out of the source than the "
        "encoder as it was; it was left aside");
    return;
  }
  const report::KeepReport& keep = source.keep;
  if (!keep.automatic || keep.chosen != 0 || keep.candidates.empty()) return;
  const auto best = std::max_element(
      keep.candidates.begin() + 1, keep.candidates.end(),
      [](const report::KeepCandidate& one, const report::KeepCandidate& other) { return one.score < other.score; });
  journal.warn(
      concat("negative transfer: in probes on the target's training texts no share of the source stage scored above "
             "none of it (at best ",
             best->score, ", without ", keep.candidates.front().score, "); it was left aside"));
}

/// Where texts held out are answered worse, beyond chance, than before the first epoch.
void warn_of_harm(const report::TrainingReport& training, Journal& journal) {
  const std::vector<report::EpochReport>& rows = training.per_epoch;
  if (rows.empty() || rows.front().epoch != 0 || training.held_out == 0) return;
  const auto kept =
      std::ranges::find(rows, training.best_epoch.value_or(rows.back().epoch), &report::EpochReport::epoch);
  if (kept == rows.end()) return;
  const double before = rows.front().validation_accuracy;
  const double after = kept->validation_accuracy;
  const double error =
      std::sqrt((before * (1 - before) + after * (1 - after)) / static_cast<double>(training.held_out));
  if (!(after < before - 1.96 * error)) return;
  journal.warn(concat(
      "training did harm: of the texts held out ", report::percent(before),
      " were answered rightly before the first epoch, ", report::percent(after), " after ", kept->epoch,
      "; lower training.learning_rate, or let texts held out choose the epoch (training.metric_for_best_model)"));
}

/// Trains `out.classifier` on the target and decides by what is held out meanwhile.
void train_target(Session& session, const Loaded& loaded, Trained& out) {
  const config::RunConfig& config = session.config;
  const Answering answering{out.classifier, session.store, loaded.pad_id(), session.progress};
  HeldOutAnswers held_out(answering, loaded.data, loaded.out_of_scope, config.training.seed, session.state);
  StageOutcome outcome =
      train_stage(out.classifier, loaded.data, loaded.settings, !loaded.cross_validated.empty(), session.store,
                  session.state, session.progress, [&](const HeldOut& texts) { held_out.add(texts); });
  out.decided = decide(held_out, loaded.data, loaded.out_of_scope, outcome.training.refitted,
                       config.evaluation.out_of_scope.keep);
  if (!loaded.out_of_scope.empty()) {
    const std::vector<std::size_t> trained =
        outcome.training.refitted ? training::Texts(loaded.data.train).indices : loaded.data.split.train;
    out.reference = answering.reference(loaded.data, trained, outcome.encoder_trained, config.training.seed);
  }
  out.target = {loaded.data.report, std::move(outcome.policy), std::move(outcome.training), {}};
  out.out_of_fold = std::move(outcome.out_of_fold);
  out.adapted = std::move(outcome.adapted);
  // With the pretrained encoder untouched, its vectors of the test texts are still true.
  out.encoder_changed = outcome.encoder_trained || (out.source && out.source->keep.chosen != 0);
}

}  // namespace

Trained train(Session& session, const Loaded& loaded, model::Classifier classifier) {
  Trained out{.classifier = std::move(classifier)};
  if (session.config.source) {
    out.source = session.journal.timed("source", [&] {
      return run_source_stage(session.config, loaded.encoder, loaded.source_data, loaded.data, out.classifier,
                              {session.environment_key, session.cache, session.store, session.state, session.progress});
    });
    warn_of_negative_transfer(*out.source, session.journal);
  }
  session.journal.timed("target", [&] { train_target(session, loaded, out); });
  const report::TrainingReport& training = out.target.training;
  if (training.best_epoch == 0) {
    session.journal.warn(
        "the head solved on frozen features scored best on the texts held out: no epoch of tuning was kept");
  }
  warn_of_harm(training, session.journal);
  if (training.C && out.source && !out.source->reused_labels.empty()) {
    session.journal.warn(
        "source.head reuse had no effect: the head was solved anew; training.probe_first false starts from the rows");
  }
  return out;
}

}  // namespace tt::runs
