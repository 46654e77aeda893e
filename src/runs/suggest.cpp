#include "runs/encoder_loader.hpp"
#include "runs/encoder_warnings.hpp"
#include "runs/inputs.hpp"
#include "runs/session.hpp"
#include "runs/settings.hpp"
#include "runs/stage_data.hpp"
#include "runs/train_stage.hpp"
#include "runs/unlabelled.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/random.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/data/checks.hpp"
#include "transfer_tune/data/delimited_text.hpp"
#include "transfer_tune/record/format.hpp"
#include "transfer_tune/runs/commands.hpp"
#include "transfer_tune/training/forward.hpp"
#include "transfer_tune/training/rows.hpp"
#include "transfer_tune/training/selection.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace tt::runs {
namespace {

/// The config as a run on frozen features has it, which is what a head can be solved for in a moment.
config::RunConfig as_frozen(config::RunConfig config, const std::filesystem::path& pool) {
  if (!pool.empty()) config.target.unlabelled = pool;
  if (!config.target.unlabelled) {
    throw UsageError("found no texts to choose from: name a file with --pool, or in the config as target.unlabelled");
  }
  config.source.reset();
  config.transfer = {.policy = config::Policy::frozen, .layers = 0, .phases = {}};
  config.training.objective.type = config::ObjectiveType::cross_entropy;
  config.training.probe_first = true;
  // What is said of labels must not fail for those that no text has yet.
  config::TrainingConfig& training = config.training;
  if (training.class_weights == config::ClassWeights::given) training.class_weights = config::ClassWeights::none;
  training.class_weight_values.clear();
  if (config.target.train && !config.target.labels) config.target.label_descriptions.reset();
  if (config.head.type == config::HeadType::native) config.head.type = config::HeadType::automatic;
  return config;
}

/// The texts that the config names already, none of which may be suggested.
StageData read_known(const config::RunConfig& config) {
  const config::DataConfig& target = config.target;
  const auto read = [&](const std::filesystem::path& path, const std::string& split) {
    return data::read_dataset(path, read_options(target, split, config.output.texts));
  };
  StageData known;
  if (target.train && std::filesystem::exists(*target.train)) {
    known.train_texts = read(*target.train, "train");
  } else if (target.train) {
    log_warning(concat("target.train: ", target.train->string(), " does not exist: nothing counts as labelled yet"));
  }
  if (target.validation) known.validation_texts = read(*target.validation, "val");
  if (target.test) known.test_texts = read(*target.test, "test");
  const config::OutOfScopeConfig& others = config.evaluation.out_of_scope;
  for (const auto& path : {others.validation, others.test}) {
    if (!path) continue;
    data::ReadOptions options = read_options(target, "test", config.output.texts);
    options.labelled = false;
    data::Dataset file = data::read_dataset(*path, options);
    if (!known.test_texts) known.test_texts.emplace().path = *path;
    std::ranges::move(file.examples, std::back_inserter(known.test_texts->out_of_scope));
  }
  return known;
}

/// The rows of `features`, of the whole pool, that belong to the texts left of it; each text once, the first time that
/// it comes.
at::Tensor narrow(data::Dataset& pool, StageData& known, const at::Tensor& features) {
  std::unordered_map<std::size_t, std::size_t> row_of_line;
  for (std::size_t row = 0; row < pool.examples.size(); ++row) row_of_line.emplace(pool.examples[row].line, row);
  leave_out_known(pool, known);
  for (const std::string& warning : known.report.warnings) log_warning(warning);
  std::unordered_set<std::string> seen;
  std::erase_if(pool.examples,
                [&](const data::Example& example) { return !seen.insert(data::fold_text(example.text)).second; });
  std::vector<std::size_t> rows;
  rows.reserve(pool.examples.size());
  for (const data::Example& example : pool.examples) rows.push_back(row_of_line.at(example.line));
  return training::rows_at(features, rows);
}

/// What the head makes of the pool's texts.
struct Answers {
  std::vector<std::string> labels;  ///< the most probable; empty: there is no head
  at::Tensor probabilities;         ///< [pool, labels]
};

/// Encodes texts and asks the head about them, with the encoder that the session's config names.
class Model {
 public:
  explicit Model(Session& session)
      : session_(session), encoder_(load_encoder(session.config.encoder, session.config.head.type)) {
    check_max_length(encoder_, session.config.encoder.max_length);
    for (const std::string& warning : encoder_warnings(encoder_, head_spec(1))) session.journal.warn(warning);
  }

  /// What the head sees of the texts: [texts, features].
  [[nodiscard]] at::Tensor features(const data::Dataset& texts) const {
    const config::EncoderConfig& config = session_.config.encoder;
    const training::EncodedSet set =
        encode(texts, data::LabelMap(), encoder_.tokenizer, config.max_length, session_.effective.threads);
    return session_.store.features(classifier(1), set, encoder_.tokenizer.pad_id(), "encode", session_.progress);
  }

  /// Of the head that is solved for the config's labelled texts.
  [[nodiscard]] Answers answers(const at::Tensor& features) const {
    const config::RunConfig& config = session_.config;
    const Inputs inputs = load_inputs(config, encoder_, session_.effective.threads);
    const std::vector<std::string>& names = inputs.target.labels.names();
    model::Classifier solved = classifier(names.size());
    const StageSettings settings = target_settings(config, encoder_.tokenizer.pad_id(), session_.effective.int8);
    (void)train_stage(solved, inputs.target, settings, false, session_.store, session_.state, session_.progress);
    Answers out{.labels = {}, .probabilities = training::head_logits(solved, features).softmax(1)};
    const at::Tensor best = out.probabilities.argmax(1);
    for (std::int64_t i = 0; i < best.numel(); ++i) {
      out.labels.push_back(names[static_cast<std::size_t>(best.const_data_ptr<std::int64_t>()[i])]);
    }
    return out;
  }

 private:
  [[nodiscard]] model::HeadSpec head_spec(std::size_t labels) const {
    return make_head_spec(session_.config.head, encoder_, labels);
  }
  [[nodiscard]] model::Classifier classifier(std::size_t labels) const {
    const std::uint64_t seed = session_.config.training.seed;
    model::Classifier out(encoder_.make_encoder(seed), head_spec(labels), seed);
    out.to(session_.effective.device);
    return out;
  }

  Session& session_;
  LoadedEncoder encoder_;
};

std::size_t count_labels(const config::RunConfig& config, const data::Dataset& labelled) {
  if (config.target.labels) return config.target.labels->size();
  std::set<std::string> labels;
  for (const data::Example& example : labelled.examples) {
    if (example.label != config.evaluation.out_of_scope.label) labels.insert(example.label);
  }
  return labels.size();
}

}  // namespace

std::vector<Suggestion> suggest(const config::RunConfig& config, const SuggestOptions& options) {
  config::RunConfig frozen = as_frozen(config, options.pool);
  StageData known = read_known(frozen);
  if (data::is_multi_label(known.train_texts)) {
    throw UsageError(
        "/target/train: found texts with several labels, expected one each: suggest is not built for sets");
  }
  data::Dataset pool = read_pool(frozen.target, frozen.output.texts);
  frozen.target.unlabelled.reset();

  fetch_models(frozen, options.progress);
  RunState nothing;
  Session session(frozen, {.overwrite = false, .cache = options.cache, .progress = options.progress}, {}, nothing);
  const Model model(session);
  // All of it is encoded, whatever is labelled by now: so the next call finds it in the cache.
  const at::Tensor features = narrow(pool, known, model.features(pool));
  const data::Dataset& labelled = known.train_texts;
  const std::size_t labels = count_labels(frozen, labelled);
  // Without a training file, descriptions answer.
  const bool has_head = !frozen.target.train || (!labelled.examples.empty() && labels > 1);
  const Answers answers = has_head ? model.answers(features) : Answers{};

  // Squared, so that the many texts that the head is rather sure of do not outweigh the few that it is not.
  const at::Tensor margins = has_head ? training::margins(answers.probabilities).contiguous() : at::Tensor();
  const at::Tensor weights = has_head ? (1 - margins).square() : at::Tensor();
  std::vector<Suggestion> out;
  for (const auto& [i, stands_for] :
       training::choose_texts(features, model.features(labelled), weights, options.count,
                              random_key(frozen.training.seed, RandomPurpose::clusters), session.progress)) {
    Suggestion& suggestion = out.emplace_back(Suggestion{.text = pool.examples[i].text, .line = pool.examples[i].line});
    suggestion.language = pool.examples[i].language;
    suggestion.stands_for = stands_for;
    if (!has_head) continue;
    suggestion.label = answers.labels[i];
    suggestion.margin = static_cast<double>(margins.const_data_ptr<float>()[i]);
  }
  return out;
}

std::string to_csv(const std::vector<Suggestion>& suggestions, const config::RunConfig& config) {
  const config::DataConfig& target = config.target;
  std::vector<std::vector<std::string>> records(suggestions.size() + 1);
  // A name that the config gives to one of its columns is not taken for another.
  const auto add = [&](const std::string& name, const auto& value) {
    if (std::ranges::find(records.front(), name) != records.front().end()) return;
    records.front().push_back(name);
    for (std::size_t i = 0; i < suggestions.size(); ++i) records[i + 1].push_back(value(suggestions[i]));
  };
  const auto nothing = [](const Suggestion&) { return std::string(); };
  add(target.text_column, [](const Suggestion& suggestion) { return suggestion.text; });
  add(target.label_column, nothing);
  if (target.language_column) {
    add(*target.language_column, [](const Suggestion& suggestion) { return suggestion.language; });
  }
  if (target.id_column) add(*target.id_column, nothing);
  if (target.weight_column) add(*target.weight_column, [](const Suggestion&) { return std::string("1"); });
  add("suggested_label", [](const Suggestion& suggestion) { return suggestion.label.value_or(""); });
  add("margin", [](const Suggestion& suggestion) {
    return suggestion.margin ? report::fixed(*suggestion.margin, 3) : std::string();
  });
  add("stands_for", [](const Suggestion& suggestion) { return std::to_string(suggestion.stands_for); });
  return data::delimited_text(records, target.delimiter);
}

}  // namespace tt::runs
