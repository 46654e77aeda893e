#include "config/settings.hpp"

#include "config/checks.hpp"
#include "config/objective_settings.hpp"
#include "config/policy_settings.hpp"
#include "config/rows.hpp"
#include "config/search_settings.hpp"
#include "transfer_tune/core/text.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace tt::config {
namespace {

constexpr std::int64_t kMostCacheMegabytes = std::int64_t{1} << 24U;
constexpr std::int64_t kMostSavedStates = 8;
constexpr std::int64_t kLargestSeed = 9007199254740991;  // 2^53 - 1: exact in every JSON reader

// ---------------------------------------------------------------------------------------------------------------------
// Settings whose JSON is not simply their field's value; those of a policy are in policy_settings.cpp.

/// A row whose field is absent where "auto" is given.
template <class Block, class T>
Row<Block> auto_row(std::string name, const Json& check, std::optional<T> Block::*field, std::string description) {
  return {std::move(name),
          either(constant("auto"), check),
          "auto",
          std::move(description),
          [field](Block& block, const Json& json) {
            block.*field = json == "auto" ? std::nullopt : std::optional(json.get<T>());
          },
          [field](const Block& block) { return block.*field ? Json(*(block.*field)) : Json("auto"); }};
}

Row<TrainingConfig> class_weights() {
  return {"class_weights",
          either({{"enum", {"none", "balanced"}}}, object_of(positive(1e6))),
          "none",
          "weight of each label in the loss: none, balanced (inverse to its frequency), or an object of label: weight "
          "(labels not named weigh 1)",
          [](TrainingConfig& training, const Json& json) {
            training.class_weights = json == "none"       ? ClassWeights::none
                                     : json == "balanced" ? ClassWeights::balanced
                                                          : ClassWeights::given;
            if (json.is_object()) training.class_weight_values = json.get<std::map<std::string, double>>();
          },
          [](const TrainingConfig& training) -> Json {
            if (training.class_weights == ClassWeights::given) return training.class_weight_values;
            return training.class_weights == ClassWeights::balanced ? "balanced" : "none";
          }};
}

// ---------------------------------------------------------------------------------------------------------------------
// The table.

Rows<EncoderConfig> encoder_rows() {
  using E = EncoderConfig;
  return {
      required(row("path", path_or_name(), nullptr, &E::path,
                   "Hugging Face directory of the pretrained encoder, or the name of a model on the hub "
                   "(organisation/name), taken from the hub's cache or fetched into it")),
      row("revision", text(), "main", &E::revision, "of a model on the hub: a branch, a tag or a commit"),
      row("weights", choice<EncoderWeights>(), "pretrained", &E::weights,
          "pretrained, or random: the same architecture and tokenizer from scratch, drawn by seed"),
      row("prompt", optional(any_text()), nullptr, &E::prompt,
          "put in front of every text, as \"query: \"; absent: the default prompt that the encoder's "
          "config_sentence_transformers.json names; \"\": none"),
      row("max_length", integer(3), 128, &E::max_length, "tokens a text is cut to, special tokens and prompt included"),
  };
}

Rows<HeadConfig> head_rows() {
  using H = HeadConfig;
  return {
      row("type", choice<HeadType>(), "auto", &H::type,
          "mean or cls: a linear layer over the mean of the tokens or the first one; auto: as the encoder's Pooling "
          "module says, else mean; native: the encoder family's own classification head"),
      row("normalize", boolean(), true, &H::normalize, "all but native: L2-normalise the pooled vector"),
      row("dropout", optional(from_0_below_1()), nullptr, &H::dropout,
          "before the classifier; absent: native takes the encoder's, the others none"),
      auto_row("C", positive(1e9), &H::C,
               "inverse L2 strength of a head solved on frozen features; auto: chosen by cross-validation"),
  };
}

Rows<DataConfig> data_rows() {
  using D = DataConfig;
  return {
      row("name", text(), nullptr, &D::name, "the domain's name in the report"),
      row("train", optional(path()), nullptr, &D::train,
          "labelled training file: CSV, TSV, JSON lines, a JSON array of records, CLINC150's JSON or fastText's lines"),
      row("validation", optional(path()), nullptr, &D::validation,
          "labelled file that settings are chosen on; absent: split off the training file"),
      row("test", optional(path()), nullptr, &D::test, "labelled test file; absent: cross-validated figures"),
      row("text_column", text(), "text", &D::text_column, "column or key of the text"),
      row("label_column", text(), "label", &D::label_column,
          "column or key of the label; a JSON list there gives a text several labels, or none"),
      row("label_separator", optional(text()), nullptr, &D::label_separator,
          "what parts a text's labels in the label column, where it may have several; absent: it has one"),
      row("id_column", optional(text()), nullptr, &D::id_column, "column carried through to the predictions"),
      row("weight_column", optional(text()), nullptr, &D::weight_column,
          "column of the training file that says what each text counts for in the loss: numbers of 0 (left out) or "
          "more; absent: all count the same"),
      row("delimiter", delimiter(), "auto", &D::delimiter,
          "what parts the fields of CSV and the like: tab or a character; auto: told from the header"),
      row("encoding", encoding(), "auto", &D::encoding,
          "of the files, by a name that iconv knows; auto: UTF-8, what a byte order mark says, or Windows-1252"),
      row("labels", optional(list_of(text(), 2)), nullptr, &D::labels,
          "the labels in order; absent: the sorted names of the training file"),
      row("shots", optional(integer(1)), nullptr, &D::shots, "training examples kept per label, drawn by seed"),
      row("validation_fraction", from_0_below_1(), 0.1, &D::validation_fraction,
          "share split off for validation where no file is given; 0: none"),
  };
}

Rows<DataConfig> target_rows() {
  using D = DataConfig;
  Rows<D> rows = with_defaults(data_rows(), {{"name", "target"}});
  rows.push_back(row("language_column", optional(text()), nullptr, &D::language_column,
                     "column of all three files that says a text's language: figures, calibration and threshold are by "
                     "language too, and what is held out has them in proportion"));
  rows.push_back(row("languages", optional(list_of(text(), 1)), nullptr, &D::languages,
                     "languages to train on: training texts of others are left out, and are what is tested on where no "
                     "test file is given; absent: all"));
  rows.push_back(
      auto_row("language_neutral", boolean(), &D::language_neutral,
               "solve the head outside of the directions in which the features of languages differ, so that it answers "
               "one as it does another; auto: where unlabelled texts are of languages that no training text is of, and "
               "texts held out are answered as well with it"));
  rows.push_back(auto_row("label_names", boolean(), &D::label_names,
                          "take each label's name as one more text of it (card_arrival: \"card arrival\"); auto: where "
                          "texts held out are answered better with it"));
  rows.push_back(
      row("label_descriptions", optional(path()), nullptr, &D::label_descriptions,
          "what the labels mean, in place of their names: a JSON object of label: text (or list of texts), or "
          "a labelled file with the columns of the training file; without a training file, all that is learnt from"));
  rows.push_back(row("unlabelled", optional(path()), nullptr, &D::unlabelled,
                     "a file of the domain's texts, labels not needed, that self_training learns from"));
  return rows;
}

Rows<SelfTrainingConfig> self_training_rows() {
  using S = SelfTrainingConfig;
  return {
      auto_row("balance", between(0, 1), &S::balance,
               "how far the labels' shares of the texts are drawn to those of the labelled ones, from 0, as the head "
               "finds them, to 1; auto: 0, 0.5, 1 or no self-training, by texts held out, or 0.5 where they are of "
               "languages "
               "that no training text is of and those held out are answered as well"),
      row("C", positive(1e9), 10, &S::C,
          "inverse L2 strength of the head that learns from them, for features of variance 1"),
      row("temperature", positive(100), 0.3, &S::temperature,
          "of the labels that the head gives the texts: below 1 they are surer than it is"),
      row("weight", positive(1000), 0.2, &S::weight,
          "of the unlabelled texts beside labelled ones, on average: the surer the head is of one, the more"),
      row("rounds", integer(1, 100), 3, &S::rounds, "times that they are labelled anew and the head solved again"),
      row("max_texts", integer(1), 10000, &S::max_texts, "texts taken, drawn by seed where the file has more"),
  };
}

/// "0.0001, with the policy bitfit 0.001"
std::vector<std::string> policy_rates() {
  const double usual = default_learning_rate(Policy::phases);
  std::vector<std::string> rates{concat(usual)};
  for (const PolicyInfo& policy : policies()) {
    if (policy.learning_rate != usual)
      rates.push_back(concat("with the policy ", policy.name, ' ', policy.learning_rate));
  }
  return rates;
}

/// What the config leaves to the policy.
void fill_defaults(PolicyConfig& policy, TrainingConfig& training) {
  fill_defaults(training.objective);
  if (training.learning_rate == 0) training.learning_rate = default_learning_rate(policy.policy);
  const PolicyInfo* info = find_policy(policy.policy);
  if (info != nullptr && info->takes_lora && !policy.lora) {
    read_block(lora_rows(), Json::object(), policy.lora.emplace(LoraConfig{}));
  }
}

Rows<TrainingConfig> training_rows() {
  using T = TrainingConfig;
  return {
      row("epochs", integer(1), 5, &T::epochs, "passes over the training data, divided among a policy's phases"),
      row("budget", at_least(0), 10.0, &T::budget,
          "with the policy auto: how much work tuning may take, in multiples of what encoding every text of the run "
          "once takes; fewer epochs train where it would take more, and small runs are let through"),
      row("batch_size", integer(1), 32, &T::batch_size, "texts a batch"),
      row("learning_rate", optional(positive(1)), nullptr, &T::learning_rate,
          concat("peak rate of the encoder; absent: ", join(policy_rates(), ", "))),
      row("head_learning_rate", positive(1), 1e-3, &T::head_learning_rate, "peak rate of the head"),
      row("layer_decay", positive(1), 0.9, &T::layer_decay, "factor on the rate per layer below the top; 1: none"),
      row("weight_decay", between(0, 1), 0.01, &T::weight_decay, "AdamW's, off for biases and LayerNorm"),
      row("adam_beta1", from_0_below_1(), 0.9, &T::adam_beta1, "decay of AdamW's first moment"),
      row("adam_beta2", from_0_below_1(), 0.999, &T::adam_beta2, "decay of AdamW's second moment"),
      row("adam_epsilon", positive(1), 1e-8, &T::adam_epsilon, "added to AdamW's denominator"),
      row("warmup_ratio", between(0, 1), 0.1, &T::warmup_ratio, "share of the steps over which the rate rises from 0"),
      row("lr_scheduler_type", choice<Schedule>(), "linear", &T::lr_scheduler_type, "the rate after the warm-up"),
      row("max_grad_norm", at_least(0), 1.0, &T::max_grad_norm, "gradients are clipped to this norm; 0: never"),
      row("gradient_accumulation_steps", integer(1), 1, &T::gradient_accumulation_steps, "batches an optimizer step"),
      objective_block(),
      row("label_smoothing_factor", from_0_below_1(), 0.0, &T::label_smoothing_factor,
          "probability spread evenly over all labels"),
      class_weights(),
      row("metric_for_best_model", {{"enum", {"accuracy", "macro_f1", "log_loss", nullptr}}}, nullptr,
          &T::metric_for_best_model,
          "validation metric that the best epoch is chosen by; absent: none is chosen, every epoch trains, and texts "
          "are held out for the calibration alone"),
      row("early_stopping_patience", integer(0), 0, &T::early_stopping_patience,
          "epochs without gain in metric_for_best_model before training stops; 0: never stop early"),
      row("probe_first", boolean(), true, &T::probe_first, "start from the head solved on frozen features"),
      row("refit", boolean(), true, &T::refit,
          "join a validation split back and train again with the settings chosen on it"),
      row("l2_sp", at_least(0), 0.0, &T::l2_sp, "pull of the weights towards where they started (L2-SP); 0: none"),
      row("precision", choice<Precision>(), "auto", &T::precision,
          "of the matrix products; auto: bf16 where the hardware is faster with it"),
      row("frozen_int8", boolean(), false, &T::frozen_int8,
          "compute what frozen layers make of the training texts in 8-bit integers: faster, a little less exact"),
      row("seed", integer(0, kLargestSeed), 7, &T::seed, "every random draw follows from it"),
      row("device", device_name(), "auto", &T::device, "auto, cpu, cuda or cuda:N"),
      row("threads", integer(0, 4096), 0, &T::threads, "CPU threads; 0: all cores"),
      row("cache_memory_mb", integer(0, kMostCacheMegabytes), 1024, &T::cache_memory_mb,
          "MB of frozen layers' outputs that stay in memory; what is larger is mapped from a file"),
      row("cache_disk_mb", integer(0, kMostCacheMegabytes), 4096, &T::cache_disk_mb,
          "MB of them that the cache directory keeps for later runs; 0: none"),
      row("tensorboard", boolean(), false, &T::tensorboard,
          "write the figures of every epoch for TensorBoard, into tensorboard/ of the output directory"),
      row("save_steps", integer(0), 0, &T::save_steps,
          "optimizer steps between two savings of where the run is, from which --resume goes on; 0: by save_minutes"),
      row("save_minutes", at_least(0), 5.0, &T::save_minutes,
          "minutes between them; 0: by save_steps alone, and where both are 0 nothing is saved"),
      row("save_total_limit", integer(1, kMostSavedStates), 1, &T::save_total_limit,
          "saved states that are kept; one more has room while it is written"),
  };
}

/// The training block of `Block`, in which patience needs a metric to lose it over, and a contrast two texts.
template <class Block>
Row<Block> training_block(const Rows<TrainingConfig>& rows, TrainingConfig Block::*field, std::string description) {
  Row<Block> out = block("training", rows, field, std::move(description));
  const Json patient = {{"properties", {{"early_stopping_patience", {{"minimum", 1}}}}},
                        {"required", {"early_stopping_patience"}}};
  const Json compares = {{"properties", {{"objective", is("type", "supervised_contrastive")}}},
                         {"required", {"objective"}}};
  const Json two = {{"properties", {{"batch_size", {{"minimum", 2}}}}}};
  out.check["allOf"] = {
      constraint("found early_stopping_patience, which goes with a metric_for_best_model alone",
                 {{"if", patient}, {"then", given("metric_for_best_model")}}),
      constraint("found a batch_size of 1, expected 2 or more: supervised_contrastive compares the texts of a batch",
                 {{"if", compares}, {"then", two}}),
  };
  return out;
}

Rows<OutOfScopeConfig> out_of_scope_rows() {
  using O = OutOfScopeConfig;
  return {
      row("test", optional(path()), nullptr, &O::test,
          "a file of them, labels not needed, to measure on beside those of the target's test file"),
      row("validation", optional(path()), nullptr, &O::validation,
          "a file of them to choose score and threshold on beside those of the target's validation file; without "
          "either, those of its training file choose"),
      row("label", optional(text()), nullptr, &O::label,
          "marks them in the target's files: not a label to learn; CLINC JSON keeps them apart by itself"),
      row("keep", between(0, 1), 0.95, &O::keep,
          "share of in-scope texts that the threshold keeps where fewer than ten out-of-scope texts could choose it"),
  };
}

Rows<EvaluationConfig> evaluation_rows() {
  using E = EvaluationConfig;
  return {
      row("slice_by", list_of(text(), 0), Json::array(), &E::slice_by, "columns of the test file to break figures by"),
      row("bootstrap_samples", integer(100), 1000, &E::bootstrap_samples, "resamples behind a confidence interval"),
      row("gates", list_of(gate(), 0), Json::array(), &E::gates,
          "what the report has to hold, such as test.accuracy>=0.9; exit code 7 where it does not"),
      row("baseline", optional(path()), nullptr, &E::baseline,
          "an older report.json, for gates such as not_worse(test.accuracy)"),
      auto_row("data_checks", boolean(), &E::data_checks,
               "look for wrong labels and other faults in the target's data; auto: all that needs no encoder, and the "
               "rest where the policy is frozen or there are at most 3000 training texts"),
      row("latency", optional(boolean()), nullptr, &E::latency,
          "time predictions after training, a second or two; absent: only in the runs of a comparison"),
      block("out_of_scope", out_of_scope_rows(), &E::out_of_scope, "texts that belong to none of the labels"),
  };
}

Rows<OutputConfig> output_rows() {
  using O = OutputConfig;
  return {
      required(row("dir", path(), nullptr, &O::dir, "directory that the run writes")),
      row("texts", boolean(), true, &O::texts,
          "quote texts of the data in report, predictions, suspects and log; false: name their file and line instead"),
      row("adapter", boolean(), true, &O::adapter,
          "with lora: write the adapter into adapter/, in PEFT's format, beside the checkpoint that it is merged into"),
  };
}

/// The training file of `data_rows`, or several of them.
Row<DataConfig> training_files(const Row<DataConfig>& one) {
  Row<DataConfig> out = one;
  out.check = optional(either(path(), list_of(path(), 1)));
  out.description += "; several in a list are read as one, in which intents of the same name are the same";
  out.set = [one](DataConfig& data, const Json& json) {
    if (!json.is_array()) return one.set(data, json);
    one.set(data, json.front());
    read(Json(json.begin() + 1, json.end()), data.more_train);
  };
  out.get = [one](const DataConfig& data) {
    Json files = one.get(data);
    if (data.more_train.empty()) return files;
    files = Json::array({files});
    for (const auto& file : data.more_train) files.push_back(write(file));
    return files;
  };
  return out;
}

Rows<SourceConfig> source_rows() {
  using S = SourceConfig;
  Rows<DataConfig> data = with_defaults(data_rows(), {{"name", "source"}, {"validation_fraction", 0.0}});
  find(data, "train") = training_files(find(data, "train"));
  Rows<S> rows = inlined(data, &S::data);
  rows.push_back(
      row("checkpoint", optional(path()), nullptr, &S::checkpoint, "a finished source run in place of training one"));
  rows.push_back(row("head", choice<SourceHead>(), "drop", &S::head,
                     "the source head: drop it, or reuse its rows for labels that exist in both"));
  for (auto& policy_row :
       inlined(with_defaults(policy_rows(), {{"policy", "top_layers"}, {"layers", "all"}}), &S::policy)) {
    rows.push_back(std::move(policy_row));
  }
  const Rows<TrainingConfig> training =
      without(with_defaults(training_rows(), {{"epochs", 1}, {"l2_sp", 0.01}}),
              {"precision", "frozen_int8", "seed", "device", "threads", "cache_memory_mb", "cache_disk_mb",
               "tensorboard", "save_steps", "save_minutes", "save_total_limit"});
  rows.push_back(training_block(
      training, &S::training,
      "how the source stage trains; precision, seed, device, threads, cache and savings are those of the target"));
  rows.push_back(auto_row(
      "keep", between(0, 1), &S::keep,
      "share of the source-tuned weights mixed into the pretrained ones, 0 to 1; auto: chosen by cross-validated "
      "probes on the target's training data"));
  return rows;
}

Row<RunConfig> source_block() {
  Row<RunConfig> out{
      "source",
      optional(object_schema(source_rows())),
      nullptr,
      "a domain to learn before the target; absent: the target alone",
      [](RunConfig& config, const Json& json) {
        read_block(source_rows(), json, config.source.emplace(SourceConfig{}));
      },
      [](const RunConfig& config) { return config.source ? write_block(source_rows(), *config.source) : Json(); }};
  // A null source has nothing to constrain.
  const Json no_source = {{"type", "null"}};
  Json other_policy = {{"anyOf", {given("phases")}}};
  for (const PolicyInfo& policy : policies()) {
    if (!policy.takes_layers) other_policy["anyOf"].push_back(is("policy", policy.name));
  }
  out.check["allOf"] = {
      constraint("expected exactly one of train and checkpoint",
                 either(no_source, {{"oneOf", {given("train"), given("checkpoint")}}})),
      constraint("found both policy and phases, expected one of them",
                 {{"not", {{"allOf", {given("policy"), given("phases")}}}}}),
      constraint("found layers, which goes with the policy top_layers alone",
                 {{"not", {{"allOf", {given("layers"), other_policy}}}}}),
      lora_with_its_policy(),
  };
  return out;
}

Row<CompareConfig> compared_arms() {
  Json check = object_of(object_of(Json::object()));
  check["propertyNames"] = {{"type", "string"}, {"pattern", "^[A-Za-z0-9][A-Za-z0-9._+-]*$"}};
  return required(
      Row<CompareConfig>{"arms", std::move(check), nullptr,
                         "by name: the settings that an arm replaces, such as {\"transfer.policy\": \"frozen\"}",
                         [](CompareConfig& compare, const Json& json) {
                           for (const auto& [name, overrides] : json.items()) {
                             ArmConfig& arm = compare.arms.emplace_back(ArmConfig{name, {}});
                             for (const auto& [setting, value] : overrides.items())
                               arm.overrides.emplace_back(setting, value.dump());
                           }
                         },
                         [](const CompareConfig& compare) {
                           Json out = Json::object();
                           for (const ArmConfig& arm : compare.arms) {
                             out[arm.name] = Json::object();
                             for (const auto& [setting, value] : arm.overrides)
                               out[arm.name][setting] = Json::parse(value);
                           }
                           return out;
                         }});
}

constexpr const char* kAllShots = "all";

Row<CompareConfig> compared_shots() {
  return {"shots",
          list_of(either(integer(1), constant(kAllShots)), 1),
          Json::array({kAllShots}),
          "training texts per label, for a learning curve; the arms are judged at the most of them",
          [](CompareConfig& compare, const Json& json) {
            for (const Json& shots : json) compare.shots.push_back(shots.is_string() ? 0 : shots.get<std::int64_t>());
          },
          [](const CompareConfig& compare) {
            Json out = Json::array();
            for (const std::int64_t shots : compare.shots) out.push_back(shots == 0 ? Json(kAllShots) : Json(shots));
            return out;
          }};
}

Rows<CompareConfig> compare_rows() {
  return {compared_arms(),
          row("seeds", list_of(integer(0, kLargestSeed), 1), Json::array({1, 2, 3}), &CompareConfig::seeds,
              "each arm is trained once with every one"),
          compared_shots(),
          row("baseline_arm", optional(text()), nullptr, &CompareConfig::baseline_arm,
              "the arm without transfer, beside which labels and time are saved; absent: the one with random weights, "
              "else the one without the source"),
          row("target_accuracy", optional(from_0_below_1()), nullptr, &CompareConfig::target_accuracy,
              "to forecast the labels per intent for; absent: that which halves the most accurate arm's errors"),
          row("gates", list_of(gate(), 0), Json::array(), &CompareConfig::gates,
              "what compare.json has to hold, such as source_effects[*].hurt==0; exit code 7 where it does not")};
}

Row<RunConfig> compare_block() {
  return {
      "compare",
      optional(object_schema(compare_rows())),
      nullptr,
      "ways of training that the command compare puts side by side; a run by itself ignores it",
      [](RunConfig& config, const Json& json) {
        read_block(compare_rows(), json, config.compare.emplace(CompareConfig{}));
      },
      [](const RunConfig& config) { return config.compare ? write_block(compare_rows(), *config.compare) : Json(); }};
}

Row<RunConfig> target_block() {
  Row<RunConfig> out = block("target", target_rows(), &RunConfig::target, "the domain to adapt to");
  out.required = true;
  out.check["allOf"] = {constraint("expected train, or label_descriptions where no text is labelled",
                                   {{"anyOf", {given("train"), given("label_descriptions")}}}),
                        constraint("found languages, which goes with a language_column alone",
                                   {{"if", given("languages")}, {"then", given("language_column")}}),
                        constraint("found languages, which goes with a training file alone",
                                   {{"if", given("languages")}, {"then", given("train")}}),
                        constraint("found language_neutral, which goes with a language_column alone",
                                   {{"if", is("language_neutral", true)}, {"then", given("language_column")}})};
  return out;
}

Row<RunConfig> transfer_block() {
  Row<RunConfig> out =
      block("transfer", policy_rows(), &RunConfig::transfer, "what trains on the target; absent: auto");
  out.check["allOf"] = {
      constraint("expected exactly one of policy and phases", {{"oneOf", {given("policy"), given("phases")}}}),
      constraint("found layers, which goes with the policy top_layers alone",
                 {{"if", given("layers")}, {"then", is("policy", "top_layers")}}),
      lora_with_its_policy(),
  };
  return out;
}

const Rows<RunConfig>& table() {
  static const Rows<RunConfig> rows = [] {
    return Rows<RunConfig>{
        block("encoder", encoder_rows(), &RunConfig::encoder, "the pretrained text encoder"),
        block("head", head_rows(), &RunConfig::head, "what turns the encoder's output into labels"),
        source_block(),
        target_block(),
        transfer_block(),
        training_block(training_rows(), &RunConfig::training, "how the target stage trains"),
        block("self_training", self_training_rows(), &RunConfig::self_training,
              "how the texts of target.unlabelled are learnt from"),
        block("evaluation", evaluation_rows(), &RunConfig::evaluation, "what is measured"),
        block("output", output_rows(), &RunConfig::output, "where the run goes"),
        compare_block(),
        search_block(),
    };
  }();
  return rows;
}

}  // namespace

const Json& schema() {
  static const Json root = [] {
    Json out = {
        {"$schema", "https://json-schema.org/draft/2020-12/schema"},
        {"title", "transfer-tune configuration"},
        {"description", "One adaptation of a pretrained text encoder. Relative paths are relative to this file."}};
    out.update(object_schema(table()));
    return out;
  }();
  return root;
}

RunConfig to_config(const Json& document) {
  RunConfig config{};
  read_block(table(), document, config);
  fill_defaults(config.transfer, config.training);
  if (config.source) fill_defaults(config.source->policy, config.source->training);
  return config;
}

Json to_document(const RunConfig& config) { return write_block(table(), config); }

}  // namespace tt::config
