#include "runs/adaptation.hpp"
#include "runs/fingerprints.hpp"
#include "runs/outputs.hpp"
#include "runs/run_log.hpp"
#include "runs/run_state.hpp"
#include "runs/search.hpp"
#include "runs/settings.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/output_directory.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/runs/commands.hpp"

#include <torch/version.h>

#include <memory>
#include <optional>
#include <utility>

namespace tt::runs {
namespace {

report::RunReport run(Session& session, const Gates& gates, std::optional<report::SearchReport> searched,
                      KnownHashes& known) {
  Journal& journal = session.journal;
  auto [start, classifier] = journal.timed("load", [&] {
    Loaded inputs = load(session);
    inputs.search = std::move(searched);
    known.insert(inputs.hashes.begin(), inputs.hashes.end());  // as they were read
    model::Classifier pretrained = make_classifier(session, inputs);
    return std::pair(std::move(inputs), std::move(pretrained));
  });
  const Loaded& loaded = start;
  const model::Classifier& pretrained = classifier;  // until it is trained
  const Untuned untuned = journal.timed("floors", [&] { return measure_floors(session, loaded, pretrained); });
  const bool stays = leaves_encoder_alone(plan_stage(classifier, loaded.settings), classifier.encoder());
  // An encoder that stays is the same afterwards, and what encoding costs is then counted where it is due.
  const bool checked_last = stays && !session.config.source;
  std::optional<report::DataChecksReport> checks;
  // Where the run is to choose, all texts are encoded too.
  const bool encodes = stays || loaded.settings.policy.policy == config::Policy::automatic;
  if (!checked_last) checks = check_data(session, loaded, untuned, pretrained, encodes);
  Trained trained = train(session, loaded, std::move(classifier));
  if (checked_last) checks = check_data(session, loaded, untuned, trained.classifier, stays);
  Figures figures = measure(session, loaded, untuned, trained);
  return write(session, loaded, untuned, checks, std::move(trained), std::move(figures), gates);
}

/// Reads what an earlier run saved, or sees to it that it is not in the way.
void take_up(RunState& state, OutputDirectory& out, const AdaptOptions& options, const std::string& identity) {
  if (options.resume == Resume::no) {
    if (!state.is_there()) return;
    if (!options.overwrite) {
      throw IoError(concat(out.target().string(), ": a run that was stopped has saved there where it was, in ",
                           out.partial().string(),
                           "; pass --resume to go on from there, --overwrite to begin anew, or choose another output "
                           "directory"));
    }
    log_info(concat("what a stopped run had saved in ", out.partial().string(), " is replaced"));
    return out.clear_kept();
  }
  const std::optional<std::string> saved = state.load();
  if (!saved) {
    if (options.resume != Resume::if_same) {
      log_info("nothing whole is saved that could be gone on from: the run begins anew");
    }
    return out.clear_kept();
  }
  const IdentityDifferences changed = differences(*saved, identity);
  std::vector<std::string> against = changed.run;
  if (options.resume != Resume::elsewhere)
    against.insert(against.end(), changed.machine.begin(), changed.machine.end());
  if (against.empty()) {
    if (!changed.machine.empty()) {
      log_warning(
          concat("resumed elsewhere, so not bit for bit as if it had not stopped: ", join(changed.machine, "; ")));
    }
    log_info(concat("resuming: ", state.last_saved()));
    return;
  }
  const std::string told = join(against, "; ");
  if (options.resume == Resume::if_same) {
    log_warning(concat(out.target().string(), ": what a stopped run had saved is not gone on from: ", told));
    state.forget();
    return out.clear_kept();
  }
  throw UsageError(concat(out.target().string(), ": cannot resume what is saved there: ", told, "; ",
                          changed.run.empty()
                              ? "pass --resume-elsewhere to go on all the same, with other bits than in one sitting"
                              : "undo that to go on, or pass --overwrite without --resume to begin anew"));
}

}  // namespace

AdaptResult adapt(const config::RunConfig& config, const AdaptOptions& options) {
  const Gates gates(config.evaluation.gates, config.evaluation.baseline, report::GateScope::run);
  const bool goes_on = options.overwrite || options.resume != Resume::no;
  OutputDirectory out(config.output.dir, {.files = run_files(),
                                          .inputs = inputs_of(config),
                                          .overwrite = options.overwrite,
                                          .finished_work = goes_on ? FinishedWork::goes : FinishedWork::stays});
  RunLog log(out.partial() / "log.jsonl");
  KnownHashes known;
  const auto identity = [&] { return run_identity(config, environment_of(config.training), known); };
  RunState state(out.partial() / "state",
                 {.steps = config.training.save_steps,
                  .minutes = config.training.save_minutes,
                  .total_limit = static_cast<std::size_t>(config.training.save_total_limit)},
                 identity);
  try {
    fetch_models(config, options.progress);  // before anything else
    take_up(state, out, options, options.resume == Resume::no ? "" : identity());
    std::optional<Searched> searched;
    if (config.search) searched = search(config, options, out.partial(), state);
    state.enter("");
    Session session(searched ? searched->config : config, options, out.partial(), state);
    report::RunReport report = run(session, gates, searched ? std::optional(searched->report) : std::nullopt, known);
    log.close();
    out.commit();
    return {config.output.dir, std::make_shared<const report::RunReport>(std::move(report))};
  } catch (const InterruptedError& error) {
    log_info(concat("what was written so far is in ", out.partial().string()));
    if (state.last_saved().empty()) throw;
    throw InterruptedError(concat(error.what(), "; saved: ", state.last_saved(), "; --resume goes on from there"));
  } catch (...) {
    log_info(concat("what was written so far is in ", out.partial().string()));
    throw;
  }
}

std::string libtorch_version() { return TORCH_VERSION; }

}  // namespace tt::runs
