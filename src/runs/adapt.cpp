#include "runs/adaptation.hpp"
#include "runs/outputs.hpp"
#include "runs/run_log.hpp"
#include "runs/search.hpp"
#include "runs/settings.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/runs/commands.hpp"

#include <torch/version.h>

#include <memory>
#include <optional>
#include <utility>

namespace tt::runs {
namespace {

report::RunReport run(Session& session, const Gates& gates, std::optional<report::SearchReport> searched) {
  Journal& journal = session.journal;
  auto [start, classifier] = journal.timed("load", [&] {
    Loaded inputs = load(session);
    inputs.search = std::move(searched);
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

}  // namespace

AdaptResult adapt(const config::RunConfig& config, const AdaptOptions& options) {
  const Gates gates(config.evaluation.gates, config.evaluation.baseline, report::GateScope::run);
  OutputDirectory out(config.output.dir,
                      {.files = run_files(), .inputs = inputs_of(config), .overwrite = options.overwrite});
  RunLog log(out.partial() / "log.jsonl");
  try {
    fetch_models(config, options.progress);  // before anything else
    std::optional<Searched> searched;
    if (config.search) searched = search(config, options, out.partial());
    Session session(searched ? searched->config : config, options, out.partial());
    report::RunReport report = run(session, gates, searched ? std::optional(searched->report) : std::nullopt);
    log.close();
    out.commit();
    return {config.output.dir, std::make_shared<const report::RunReport>(std::move(report))};
  } catch (...) {
    log_info(concat("what was written so far is in ", out.partial().string()));
    throw;
  }
}

std::string libtorch_version() { return TORCH_VERSION; }

}  // namespace tt::runs
