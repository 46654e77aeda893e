#include "runs/adaptation.hpp"
#include "runs/baselines.hpp"
#include "runs/data_checks.hpp"
#include "runs/earlier_classifier.hpp"
#include "runs/encoder_warnings.hpp"
#include "runs/inputs.hpp"
#include "runs/settings.hpp"
#include "transfer_tune/core/text.hpp"

#include <utility>

namespace tt::runs {
namespace {

/// Training texts up to which the data checks may encode them for nothing else.
constexpr std::size_t kCheaplyChecked = 3000;

/// Of what was read, as it was read: a file may be another by the time that the run ends.
KnownHashes hashes_of(const config::RunConfig& config, const LoadedEncoder& encoder, const Inputs& inputs) {
  KnownHashes hashes;
  for (const StageData* data : {&inputs.target, inputs.source ? &*inputs.source : nullptr}) {
    if (data == nullptr) continue;
    for (const auto& [what, file] : report::files_of(data->report)) hashes.emplace(file->path, file->sha256);
  }
  remember(encoder_directory(config.encoder), encoder.files, hashes);
  (void)inputs_text(config, hashes);
  return hashes;
}

/// The training texts stand in for the test file that is not there.
void cross_validate(Loaded& loaded, Journal& journal) {
  const training::EncodedSet& train = loaded.data.train;
  loaded.cross_validated = cross_validated_texts(train);
  loaded.held_out = training::subset(train, loaded.cross_validated);
  loaded.held_out_texts = loaded.data.train_texts;
  keep(loaded.held_out_texts->examples, loaded.cross_validated);
  if (loaded.cross_validated.empty()) {
    journal.warn(
        "no test file was given, and with one text a label nothing can be cross-validated: there are no figures");
    return;
  }
  const std::size_t left_out = train.size() - loaded.cross_validated.size();
  journal.warn(concat("no test file was given: the figures are cross-validated on the training texts",
                      left_out > 0 ? concat(", but for ", left_out, " whose labels have no other text") : ""));
}

}  // namespace

Loaded load(Session& session) {
  const config::RunConfig& config = session.config;
  Loaded loaded{.encoder = load_encoder(config.encoder, config.head.type)};
  check_max_length(loaded.encoder, config.encoder.max_length);
  if (const std::vector<std::string> unused = unused_tensors(loaded.encoder); !unused.empty()) {
    log_info(concat("not used from the checkpoint: ", join(unused, ", ")));
  }
  Inputs inputs = load_inputs(config, loaded.encoder, session.effective.threads);
  loaded.hashes = hashes_of(config, loaded.encoder, inputs);
  loaded.data = std::move(inputs.target);
  loaded.out_of_scope = std::move(inputs.out_of_scope);
  loaded.source_data = std::move(inputs.source);
  loaded.settings = target_settings(config, loaded.pad_id(), session.effective.int8);
  if (!loaded.data.test) cross_validate(loaded, session.journal);
  return loaded;
}

model::Classifier make_classifier(Session& session, const Loaded& loaded) {
  const config::RunConfig& config = session.config;
  const model::HeadSpec head = make_head_spec(config.head, loaded.encoder, loaded.data.labels.size());
  model::Classifier classifier(loaded.encoder.make_encoder(config.training.seed), head, config.training.seed);
  classifier.to(session.effective.device);
  for (const std::string& warning : encoder_warnings(loaded.encoder, head)) session.journal.warn(warning);
  // Rules that match nothing are found before anything is computed.
  (void)plan_stage(classifier, loaded.settings);
  if (loaded.source_data) (void)plan_stage(classifier, source_settings(config, loaded.pad_id()));
  return classifier;
}

Untuned measure_floors(Session& session, const Loaded& loaded, const model::Classifier& pretrained) {
  if (loaded.measured().size() == 0) return {};
  Untuned untuned;
  untuned.features = session.store.get(pretrained, loaded.measured(), pretrained.encoder().spec().depth(),
                                       loaded.pad_id(), "floors", session.progress);
  if (loaded.data.train.multi_label) return untuned;  // the floors answer with one label a text
  untuned.floors = measure_baselines(pretrained, loaded.encoder.tokenizer, loaded.data.labels, loaded.data.train.labels,
                                     loaded.measured(), untuned.features.rows, session.config.encoder.max_length);
  untuned.earlier = measure_earlier(loaded.encoder, loaded.data.labels, loaded.measured(), session.effective.device,
                                    session.progress);
  if (untuned.earlier && !untuned.earlier->forgotten.empty()) {
    session.journal.warn(concat("the encoder's classifier knows labels that the training file lacks (",
                                untuned.earlier->forgotten.size(), "), such as ",
                                quote(untuned.earlier->forgotten.front()),
                                "; the new one will not: to keep them, add their texts"));
  }
  return untuned;
}

std::optional<report::DataChecksReport> check_data(Session& session, const Loaded& loaded, const Untuned& untuned,
                                                   const model::Classifier& pretrained, bool encodes) {
  const std::optional<bool>& asked = session.config.evaluation.data_checks;
  if (!asked.value_or(true)) return std::nullopt;
  return session.journal.timed("data checks", [&]() -> std::optional<report::DataChecksReport> {
    const StageData& data = loaded.data;
    const bool sets = data.train.multi_label;
    const bool encoded = !sets && asked.value_or(encodes || data.train.size() <= kCheaplyChecked);
    at::Tensor train;
    at::Tensor test;
    if (encoded) {
      const model::EncoderSpec& spec = pretrained.encoder().spec();
      // As the target's training will ask for them.
      const model::Classifier encoding = pretrained.in_int8(session.effective.int8 ? spec.num_hidden_layers : 0);
      train =
          session.store.get(encoding, data.train, spec.depth(), loaded.pad_id(), "data checks", session.progress).rows;
      if (data.test) test = untuned.features.rows;
    }
    report::DataChecksReport found = check_stage_data(data, train, test, session.store, session.progress);
    if (sets) {
      found.left_out =
          "With several labels a text, what needs texts encoded was left out: wrong labels, intents taken for each "
          "other, uniform intents, test texts unlike the training texts.";
    } else if (!encoded) {
      found.left_out =
          concat("With ", data.train.size(),
                 " training texts, what needs them encoded was left out: wrong labels, intents taken for each other, "
                 "uniform intents, test texts unlike them. Set evaluation.data_checks to true to have it.");
    }
    log_info(concat("data checks: ", found.label_errors_found, " labels probably wrong, ", found.conflicts_found,
                    " conflicting duplicates, ", found.indistinct_found, " pairs of intents taken for each other, ",
                    found.unlike_found, " test texts unlike the training texts"));
    return found;
  });
}

}  // namespace tt::runs
