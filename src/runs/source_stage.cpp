#include "runs/source_stage.hpp"

#include "runs/outputs.hpp"
#include "runs/settings.hpp"
#include "runs/train_stage.hpp"
#include "runs/transferability.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/output_directory.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/core/version.hpp"
#include "transfer_tune/training/fit.hpp"
#include "transfer_tune/training/forward.hpp"
#include "transfer_tune/training/probe.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace tt::runs {
namespace {

namespace fs = std::filesystem;

/// Shares of the source-tuned weights that "auto" tries.
constexpr double kShares[] = {0, 0.25, 0.5, 0.75, 1};
/// Target texts per label that the choice looks at: beyond, it only takes longer.
constexpr std::size_t kProbeShots = 30;
constexpr std::size_t kProbeFolds = 5;

struct TunedSource {
  LoadedEncoder checkpoint;
  std::optional<report::StageReport> stage;
  bool cache_hit = false;
};

/// The settings that the source checkpoint depends on: paths are left out, since files count by their content, and so
/// is what is decided after the source was learnt.
std::string cached_settings(const config::RunConfig& config, const std::string& prompt) {
  const nlohmann::json all = nlohmann::json::parse(config::resolved_json(config));
  nlohmann::json source = all.at("source");
  for (const char* key : {"name", "train", "validation", "test", "checkpoint", "keep", "head"}) source.erase(key);
  return nlohmann::json{{"source", source},
                        {"head", all.at("head")},
                        {"max_length", all.at("encoder").at("max_length")},
                        {"prompt", prompt},
                        {"bootstrap_samples", all.at("evaluation").at("bootstrap_samples")},
                        {"seed", all.at("training").at("seed")},
                        {"texts", all.at("output").at("texts")}}  // its report may quote them
      .dump();
}

/// Everything that the source checkpoint depends on.
std::string cache_key(const config::RunConfig& config, const LoadedEncoder& pretrained,
                      const std::string& environment) {
  const config::SourceConfig& source = config.source.value();
  Sha256 hash;
  hash.update_field(version());
  hash.update_field(revision());
  hash.update_field(environment);
  hash.update_field(pretrained.random_weights ? "random weights" : "");
  for (const checkpoint::HashedFile& file : pretrained.files) {
    hash.update_field(file.path.lexically_relative(pretrained.directory.root).string());
    hash.update_field(file.sha256);
  }
  std::vector<std::optional<fs::path>> files{source.data.train, source.data.validation, source.data.test};
  files.insert(files.end(), source.data.more_train.begin(), source.data.more_train.end());
  for (const auto& file : files) hash.update_field(file ? sha256_hex(read_file(*file, ErrorKind::data)) : "");
  hash.update_field(cached_settings(config, pretrained.tokenizer.prompt()));
  return hash.hex().substr(0, 32);
}

TunedSource train_source(const config::RunConfig& config, const LoadedEncoder& pretrained, const StageData& data,
                         at::Device device, const SourceContext& context) {
  const fs::path cached = cache_directory() / "source" / cache_key(config, pretrained, context.environment);
  if (context.reuse && fs::exists(cached)) {
    try {
      require_whole(cached);
      report::StageReport stage = report::read_stage_report(read_file(cached / kStageName, ErrorKind::checkpoint));
      TunedSource tuned{load_source(cached / "checkpoint", pretrained), std::move(stage), true};
      log_info(concat("source: reusing ", cached.string()));
      return tuned;
    } catch (const Error& error) {
      log_warning(concat("source: the cached stage cannot be used and is made again: ", error.what()));
    }
  }
  model::Classifier classifier(pretrained.make_encoder(config.training.seed),
                               make_head_spec(config.head, pretrained, data.labels.size()), config.training.seed);
  classifier.to(device);
  const StageSettings settings = source_settings(config, pretrained.tokenizer.pad_id());
  StageOutcome outcome = train_stage(classifier, data, settings, false, context.store, context.state, context.progress);
  report::StageReport stage{data.report, std::move(outcome.policy), std::move(outcome.training), {}};
  if (data.test) {
    const at::Tensor logits =
        training::compute_logits(classifier, *data.test, nullptr, settings.pad_id, "source: test", context.progress);
    stage.test = measure(*data.test_texts, training::to_scores(logits, data.test->labels), data.labels.names(), {},
                         config.evaluation.bootstrap_samples, config.training.seed);
  }
  fill_cache_entry(cached, stage_files(), [&](const fs::path& partial) {
    write_checkpoint(partial / "checkpoint", pretrained, classifier, data.labels.names(), config.encoder.max_length);
    write_file(partial / kStageName, report::to_json(stage));
  });
  return {load_source(cached / "checkpoint", pretrained), std::move(stage), false};
}

/// weights = pretrained + share · (tuned − pretrained)
void interpolate(model::Encoder& encoder, const model::Encoder& pretrained, const model::Encoder& tuned, double share) {
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < encoder.parameters().size(); ++i) {
    at::Tensor& value = encoder.parameters()[i].value;
    const at::Tensor& from = pretrained.parameters()[i].value;
    const at::Tensor to = tuned.parameters()[i].value.cpu();
    // Word tables may be shared: see `CompactVocabulary`.
    const auto own = [&](const at::Tensor& x) { return encoder.parameters()[i].by_token ? x : x.clone(); };
    value = (share == 0 ? own(from) : share == 1 ? own(to) : at::lerp(from, to, share)).to(value.device());
  }
}

/// Cross-validated probe accuracy on the target's training texts for each share.
report::KeepReport choose_share(model::Classifier& target, const model::Encoder& pretrained,
                                const model::Encoder& tuned, const StageData& data, std::uint64_t seed,
                                std::int32_t pad_id, const SourceContext& context) {
  const data::ShotSample sample = data::sample_shots(data.train.labels, kProbeShots, seed);
  training::EncodedSet texts = training::subset(data.train, sample.indices);
  std::vector<std::vector<std::size_t>> folds;
  for (data::Split& fold : usable_folds(texts.labels, kProbeFolds, seed)) folds.push_back(std::move(fold.held_out));
  if (folds.empty() && data.label_texts.size() > 0) {
    // A label whose only text is held out is still known by what it is called.
    folds.resize(std::min(kProbeFolds, texts.size()));
    for (std::size_t i = 0; i < texts.size(); ++i) folds[i % folds.size()].push_back(i);
    texts = training::append(texts, data.label_texts);
  }
  report::KeepReport keep;
  keep.automatic = true;
  keep.chosen = 0;
  if (folds.empty()) {
    log_warning("source: too few target texts to choose a share of the source's weights; none are kept");
    return keep;
  }
  std::optional<training::HeadScore> best_score;
  for (const double share : kShares) {
    interpolate(target.encoder(), pretrained, tuned, share);
    const at::Tensor features = context.store.features(target, texts, pad_id, "source: choose share", context.progress);
    const auto scores = training::cross_validate_probe({features, texts.labels, target.head().num_labels, {}, 0}, folds,
                                                       training::default_C_path());
    const training::HeadScore& score = training::best_probe_score(scores).score;
    keep.candidates.push_back({share, score.accuracy});
    log_info(concat("source: share ", share, " probes at ", score.accuracy, " on the target's training texts"));
    if (!best_score || *best_score < score) {
      best_score = score;
      keep.chosen = share;
    }
  }
  return keep;
}

/// Copies head rows of labels that both domains have; returns their names.
std::vector<std::string> reuse_head(model::Classifier& target, const LoadedEncoder& source,
                                    const data::LabelMap& labels) {
  std::vector<std::string> reused;
  const auto head = stored_head(source);
  if (!head) return reused;
  for (std::size_t row = 0; row < source.directory.labels.size(); ++row) {
    const auto id = labels.find(source.directory.labels[row]);
    if (!id) continue;
    target.head_weight().select(0, *id).copy_(head->weight.select(0, static_cast<std::int64_t>(row)));
    target.head_bias().select(0, *id).copy_(head->bias.select(0, static_cast<std::int64_t>(row)));
    reused.push_back(source.directory.labels[row]);
  }
  return reused;
}

/// The source-tuned encoder under the head that it learnt, or, where it has none that sees the target's kind of
/// features, under one that it did not.
std::pair<model::Classifier, bool> tuned_classifier(const LoadedEncoder& loaded, const model::Classifier& target,
                                                    std::uint64_t seed) {
  model::HeadSpec spec = target.head();
  const auto head = stored_head(loaded);
  const bool fits = head && head->pooling == spec.pooling &&
                    (spec.pooling == model::Pooling::first || head->normalize == spec.normalize);
  if (fits) spec.num_labels = head->weight.size(0);
  model::Classifier tuned(loaded.make_encoder(seed), spec, seed);
  if (fits) tuned.set_head(head->weight.clone(), head->bias.clone());
  tuned.to(target.device());
  return {std::move(tuned), fits};
}

}  // namespace

report::SourceReport run_source_stage(const config::RunConfig& config, const LoadedEncoder& pretrained,
                                      const std::optional<StageData>& source_data, const StageData& target_data,
                                      model::Classifier& target, const SourceContext& context) {
  const config::SourceConfig& source = config.source.value();
  TunedSource tuned = source.checkpoint
                          ? TunedSource{load_source(checkpoint_directory(*source.checkpoint), pretrained), {}, false}
                          : train_source(config, pretrained, source_data.value(), target.device(), context);
  const LoadedEncoder& loaded = tuned.checkpoint;
  const auto [tuned_source, has_head] = tuned_classifier(loaded, target, config.training.seed);
  const model::Encoder& tuned_encoder = tuned_source.encoder();
  const model::Encoder pretrained_encoder = pretrained.make_encoder(config.training.seed);
  report::SourceReport out;
  out.stage = std::move(tuned.stage);
  out.checkpoint = loaded.directory.root.string();
  out.cache_hit = tuned.cache_hit;
  out.transferability =
      measure_transferability({.target = target_data,
                               .source = source_data ? &*source_data : nullptr,
                               .pretrained = target,
                               .source_tuned = tuned_source,
                               .has_source_head = has_head},
                              config.training.seed, pretrained.tokenizer.pad_id(), context.store, context.progress);
  log_info(concat("source: LogME ", out.transferability->logme_without, " without it, ",
                  out.transferability->logme_with, " with it"));
  if (out.left_alone()) {
    log_info("source: no epoch scored better on what was held out than the encoder as it was, which is kept");
    out.keep = {.automatic = true, .chosen = 0, .candidates = {}};
  } else if (source.keep) {
    out.keep.chosen = *source.keep;
  } else {
    out.keep = choose_share(target, pretrained_encoder, tuned_encoder, target_data, config.training.seed,
                            pretrained.tokenizer.pad_id(), context);
  }
  interpolate(target.encoder(), pretrained_encoder, tuned_encoder, out.keep.chosen);
  if (source.head == config::SourceHead::reuse) out.reused_labels = reuse_head(target, loaded, target_data.labels);
  log_info(concat("source: keeping a share of ", out.keep.chosen, " of the source-tuned weights"));
  return out;
}

}  // namespace tt::runs
