#include "runs/stage_data.hpp"

#include "runs/encoder_warnings.hpp"
#include "runs/label_texts.hpp"
#include "runs/languages.hpp"
#include "runs/unlabelled.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/data/translations.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <numeric>
#include <span>
#include <utility>

namespace tt::runs {
namespace {

constexpr std::size_t kShownDuplicates = 10;
constexpr std::size_t kShownLabels = 5;
/// Enough to time predictions on.
constexpr std::size_t kSample = 200;
/// Texts whose tokens exist as single lists at a time, on their way into the packed set.
constexpr std::size_t kTokenizedTogether = 16384;

data::Dataset read(const std::filesystem::path& path, const config::DataConfig& config, const std::string& split,
                   const std::vector<std::string>& extra_columns, const TextSettings& texts) {
  data::ReadOptions options = read_options(config, split, texts.shown);
  options.id_column = config.id_column;
  options.extra_columns = extra_columns;
  options.language_required = true;
  if (split == "train") options.weight_column = config.weight_column;  // figures count every text once
  return data::read_dataset(path, options);
}

data::Dataset read_training_files(const config::DataConfig& config, const std::vector<std::string>& slice_columns,
                                  const TextSettings& texts) {
  if (!config.train) return read_descriptions(config, texts.shown);
  // The texts of other languages than those trained on are the test file then.
  const bool is_tested = config.languages && !config.test;
  data::Dataset out =
      read(*config.train, config, "train", is_tested ? slice_columns : std::vector<std::string>{}, texts);
  for (const std::filesystem::path& path : config.more_train) {
    data::append(out, read(path, config, "train", {}, texts));
  }
  return out;
}

/// Label ids of each training example, all of which must be in the map.
std::vector<data::LabelSet> label_ids(const data::Dataset& dataset, const data::LabelMap& labels) {
  std::vector<data::LabelSet> sets;
  for (const data::Example& example : dataset.examples) {
    data::LabelSet& ids = sets.emplace_back();
    for (const std::string& name : data::label_names(example)) {
      const auto id = labels.find(name);
      if (!id) {
        const auto hint = nearest_name(name, labels.names());
        throw DataError(concat(data::path_of(dataset, example).string(), ":", example.line, ": label ", quote(name),
                               " is not in the list of labels given by the config", hint ? "; did you mean " : "",
                               hint ? quote(*hint) : std::string()));
      }
      ids.push_back(*id);
    }
  }
  return sets;
}

/// Of sets that hold one label each.
std::vector<std::int32_t> only_labels(const std::vector<data::LabelSet>& sets) {
  std::vector<std::int32_t> labels;
  labels.reserve(sets.size());
  for (const data::LabelSet& set : sets) labels.push_back(set.at(0));
  return labels;
}

/// Of labelled texts.
std::vector<data::Dataset*> files_of(StageData& stage) {
  std::vector<data::Dataset*> files{&stage.train_texts};
  for (std::optional<data::Dataset>* file : {&stage.validation_texts, &stage.test_texts}) {
    if (*file) files.push_back(&**file);
  }
  return files;
}

UsageError unused_label(const std::string& label, const std::vector<std::string>& others) {
  const auto hint = nearest_name(label, others);
  return UsageError(concat("/evaluation/out_of_scope/label: found ", quote(label),
                           ", which no text of the target has; expected a label of its files",
                           hint ? concat("; did you mean ", quote(*hint), "?") : std::string()));
}

/// Leaves out the texts that count for nothing, and says what the others do.
report::TextWeightsReport weigh(data::Dataset& dataset, const std::string& column) {
  report::TextWeightsReport out{.column = column};
  out.left_out = static_cast<std::int64_t>(
      std::erase_if(dataset.examples, [](const data::Example& example) { return example.weight == 0; }));
  if (dataset.examples.empty()) {
    throw DataError(concat(dataset.path.string(), ": every text has a weight of 0 in column ", quote(column),
                           " (weight_column); expected some above it"));
  }
  return out;
}

double sum_of_weights(const std::vector<data::Example>& examples) {
  return std::accumulate(examples.begin(), examples.end(), 0.0, [](double sum, const data::Example& example) {
    return sum + static_cast<double>(example.weight);
  });
}

/// What is told of the file that `example`, a training text, stands in.
report::FileReport& file_of(report::DataReport& report, const data::Example& example) {
  return example.file == 0 ? report.train.value() : report.more_train.at(example.file - 1);
}

void describe_training(report::DataReport& report, const data::Dataset& dataset) {
  report.train = describe(dataset);
  for (const data::FurtherFile& file : dataset.more) {
    report.train->examples -= static_cast<std::int64_t>(file.examples);
    report.train->out_of_scope -= static_cast<std::int64_t>(file.out_of_scope);
    report.more_train.push_back({.path = file.path.string(),
                                 .sha256 = file.sha256,
                                 .encoding = file.encoding,
                                 .delimiter = file.delimiter,
                                 .examples = static_cast<std::int64_t>(file.examples),
                                 .out_of_scope = static_cast<std::int64_t>(file.out_of_scope)});
  }
}

void count_used(report::DataReport& report, const std::vector<data::Example>& examples) {
  report.train->used = 0;
  for (const data::Example& example : examples) ++file_of(report, example).used;
}

void fill_findings(report::DataReport& report, const data::Findings& findings) {
  report.duplicates.train = static_cast<std::int64_t>(findings.train_duplicates.size());
  report.duplicates.train_conflicting =
      std::count_if(findings.train_duplicates.begin(), findings.train_duplicates.end(),
                    [](const data::DuplicateGroup& group) { return group.labels_conflict; });
  report.duplicates.train_test = static_cast<std::int64_t>(findings.test_texts_in_train);
  for (const data::DuplicateGroup& leak : findings.leaks) {
    const bool reaches_test = std::any_of(leak.places.begin(), leak.places.end(),
                                          [](const data::Place& place) { return place.part == data::Part::test; });
    if (reaches_test && report.duplicates.train_test_texts.size() < kShownDuplicates) {
      report.duplicates.train_test_texts.push_back(leak.text);
    }
  }
  for (const data::UnseenLabel& unseen : findings.unseen_labels) {
    if (unseen.part == data::Part::test) report.unseen_test_labels.push_back(unseen.label);
  }
  report.single_example_labels = findings.one_example_labels;
}

/// Findings name the place of a text that several places share.
void hide_texts(data::Findings& findings, const StageData& stage) {
  for (auto* groups : {&findings.train_duplicates, &findings.leaks}) {
    for (data::DuplicateGroup& group : *groups) {
      const data::Place& first = group.places.front();
      const data::Dataset& dataset = first.part == data::Part::train        ? stage.train_texts
                                     : first.part == data::Part::validation ? stage.validation_texts.value()
                                                                            : stage.test_texts.value();
      group.text = data::place_of(dataset, dataset.examples[first.index]);
    }
  }
}

void append(std::vector<std::string>& to, const std::vector<std::string>& sentences) {
  to.insert(to.end(), sentences.begin(), sentences.end());
}

}  // namespace

report::FileReport describe(const data::Dataset& dataset) {
  report::FileReport out;
  out.path = dataset.path.string();
  out.sha256 = dataset.sha256;
  out.encoding = dataset.encoding;
  out.delimiter = dataset.delimiter;
  out.examples = out.used = static_cast<std::int64_t>(dataset.examples.size());
  out.out_of_scope = static_cast<std::int64_t>(dataset.out_of_scope.size());
  return out;
}

data::ReadOptions read_options(const config::DataConfig& config, const std::string& split, bool quote) {
  data::ReadOptions options;
  options.text_column = config.text_column;
  options.label_column = config.label_column;
  options.label_separator = config.label_separator;
  options.language_column = config.language_column;
  options.language_required = false;
  options.split = split;
  options.delimiter = config.delimiter;
  options.encoding = config.encoding;
  options.quote = quote;
  return options;
}

void keep(std::vector<data::Example>& examples, const std::vector<std::size_t>& positions) {
  std::vector<data::Example> kept;
  kept.reserve(positions.size());
  for (const std::size_t i : positions) kept.push_back(std::move(examples[i]));
  examples = std::move(kept);
}

training::EncodedSet encode(const data::Dataset& dataset, const data::LabelMap& labels,
                            const tokenizer::Tokenizer& tokenizer, std::int64_t max_length, std::int64_t threads,
                            const std::function<void(const data::Example&)>& truncated) {
  training::EncodedSet set;
  set.file = dataset.path.filename().string();
  set.multi_label = data::is_multi_label(dataset);
  if (set.multi_label) {
    set.targets = at::zeros(
        {static_cast<std::int64_t>(dataset.examples.size()), static_cast<std::int64_t>(labels.size())}, at::kFloat);
    auto* row = set.targets.mutable_data_ptr<float>();
    for (const data::Example& example : dataset.examples) {
      for (const std::string& name : data::label_names(example)) {
        if (const auto id = labels.find(name)) row[*id] = 1;
      }
      row += labels.size();
    }
  }
  const std::span<const data::Example> examples = dataset.examples;
  for (std::size_t begin = 0; begin < examples.size(); begin += kTokenizedTogether) {
    const auto part = examples.subspan(begin, std::min(kTokenizedTogether, examples.size() - begin));
    std::vector<std::string_view> texts;
    texts.reserve(part.size());
    for (const data::Example& example : part) texts.push_back(example.text);
    const std::vector<tokenizer::Encoding> encodings =
        tokenizer.encode_batch(texts, static_cast<std::size_t>(max_length), static_cast<std::size_t>(threads));
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (encodings[i].truncated && truncated) truncated(part[i]);
      set.sequences.append(encodings[i].ids);
      set.labels.push_back(set.multi_label ? -1 : labels.find(part[i].label).value_or(-1));
      set.lines.push_back(part[i].file == 0 ? part[i].line : 0);
    }
  }
  if (std::ranges::any_of(examples, [](const data::Example& example) { return example.weight != 1; })) {
    for (const data::Example& example : examples) set.weights.push_back(example.weight);
  }
  return set;
}

void require_known_labels(const data::Dataset& dataset, const data::LabelMap& labels, const std::string& owner) {
  const auto is_known = [&](const data::Example& example) {
    return std::ranges::any_of(data::label_names(example),
                               [&](const auto& name) { return labels.find(name).has_value(); });
  };
  if (std::ranges::any_of(dataset.examples, is_known)) return;
  std::vector<std::string> known;
  for (std::size_t i = 0; i < std::min(labels.size(), kShownLabels); ++i) known.push_back(quote(labels.name(i)));
  throw DataError(
      concat(dataset.path.string(), ": no text has a label of ", owner, ": found ",
             data::describe_unseen_labels(data::find_unseen_labels(data::Part::test, dataset.examples, labels)),
             "; expected labels such as ", join(known, ", "), ", spelt so; is it the right file and column?"));
}

std::size_t set_apart(data::Dataset& dataset, const std::optional<std::string>& label) {
  if (!label) return 0;
  const auto others = std::stable_partition(dataset.examples.begin(), dataset.examples.end(),
                                            [&](const data::Example& example) { return example.label != *label; });
  const auto count = static_cast<std::size_t>(dataset.examples.end() - others);
  std::move(others, dataset.examples.end(), std::back_inserter(dataset.out_of_scope));
  dataset.examples.erase(others, dataset.examples.end());
  return count;
}

StageData load_stage_data(const config::DataConfig& config, const std::vector<std::string>& slice_columns,
                          const std::optional<std::string>& out_of_scope_label, std::uint64_t seed,
                          const TextSettings& texts) {
  StageData stage;
  stage.train_texts = read_training_files(config, slice_columns, texts);
  if (!config.train) {
    stage.report.warnings.emplace_back(
        "no training file was given: each label is known by its description alone, and how well that answers, only "
        "labelled texts can tell; name some as target.test, or label some (suggest) as target.train");
  }
  std::optional<data::Dataset>& validation = stage.validation_texts;
  if (config.validation) validation = read(*config.validation, config, "val", {}, texts);
  if (config.test) stage.test_texts = read(*config.test, config, "test", slice_columns, texts);
  // Where one file gives texts several labels, those of the others are sets too.
  const std::vector<data::Dataset*> files = files_of(stage);
  const bool sets = std::ranges::any_of(files, [](const data::Dataset* file) { return data::is_multi_label(*file); });
  if (sets) std::ranges::for_each(files, [](data::Dataset* file) { data::to_label_sets(*file); });
  if (sets && out_of_scope_label) {
    throw UsageError(
        "/evaluation/out_of_scope/label: found a label, expected none: the target's texts have several labels each, "
        "and "
        "one that fits none has an empty list");
  }
  std::size_t out_of_scope = set_apart(stage.train_texts, out_of_scope_label);
  const std::int64_t left_out = keep_languages(stage, config);
  stage.report.name = config.name;
  describe_training(stage.report, stage.train_texts);
  stage.report.train->examples += left_out;
  if (config.weight_column) stage.report.weights = weigh(stage.train_texts, *config.weight_column);
  stage.labels =
      config.labels ? data::LabelMap(*config.labels) : data::LabelMap::from_examples(stage.train_texts.examples);
  if (stage.labels.size() < 2) {
    throw DataError(concat(stage.train_texts.path.string(), ": found ", stage.labels.size(),
                           " label, expected at least two to tell apart"));
  }
  if (out_of_scope_label && stage.labels.find(*out_of_scope_label)) {
    throw UsageError(concat("/target/labels: found ", quote(*out_of_scope_label),
                            ", the out-of-scope label of /evaluation/out_of_scope/label; expected it in one of them"));
  }
  data::Translations translations = data::find_translations(stage.train_texts.examples);
  const std::vector<data::LabelSet> ids = label_ids(stage.train_texts, stage.labels);
  if (config.shots) {
    const auto shots = static_cast<std::size_t>(*config.shots);
    const data::ShotSample sample =
        sets ? data::sample_shots(ids, shots, seed) : data::sample_shots(only_labels(ids), shots, seed);
    keep(stage.train_texts.examples, sample.indices);
    translations.keep(sample.indices);
    stage.report.shots = config.shots;
    for (const std::int32_t label : sample.short_labels) {
      stage.report.warnings.push_back(concat("label ", quote(stage.labels.name(static_cast<std::size_t>(label))),
                                             " has fewer than ", *config.shots, " training texts; all are used"));
    }
  }
  count_used(stage.report, stage.train_texts.examples);
  if (stage.report.weights) stage.report.weights->sum = sum_of_weights(stage.train_texts.examples);

  if (validation) {
    out_of_scope += set_apart(*validation, out_of_scope_label);
    stage.report.validation = describe(*validation);
  }
  if (stage.test_texts) {
    out_of_scope += set_apart(*stage.test_texts, out_of_scope_label);
    stage.report.test = describe(*stage.test_texts);
  }
  if (out_of_scope_label && out_of_scope == 0) throw unused_label(*out_of_scope_label, stage.labels.names());
  const std::vector<data::Example> none;
  stage.findings = data::check_data(stage.train_texts.examples, validation ? validation->examples : none,
                                    stage.test_texts ? stage.test_texts->examples : none, stage.labels);
  if (!texts.shown) hide_texts(stage.findings, stage);
  fill_findings(stage.report, stage.findings);
  for (const data::Dataset* file : files) append(stage.report.warnings, file->warnings);
  append(stage.report.warnings, data::warnings(stage.findings, stage.labels));
  std::optional<data::Dataset> unlabelled;
  if (config.unlabelled) unlabelled = read_unlabelled(config, stage, texts.most_unlabelled, seed, texts.shown);

  stage.languages = language_names(stage);
  const auto encoded = [&](const data::Dataset& dataset, const std::function<void(const data::Example&)>& truncated) {
    training::EncodedSet set =
        encode(dataset, stage.labels, texts.tokenizer, texts.max_length, texts.threads, truncated);
    set.languages = language_ids(dataset, stage.languages);
    return set;
  };
  const auto tokenize = [&](const data::Dataset& dataset, std::optional<report::FileReport>& file) {
    return encoded(dataset, [&](const data::Example& /*cut*/) { ++file->truncated; });
  };
  stage.train = encoded(stage.train_texts, [&](const data::Example& cut) { ++file_of(stage.report, cut).truncated; });
  stage.train.sentences = std::move(translations.sentences);
  if (validation) {
    stage.validation = tokenize(*validation, stage.report.validation);
    // A validation text whose label was never trained cannot help to choose anything.
    if (validation->examples.empty()) {
      throw DataError(concat(validation->path.string(), ": every text is out of scope; expected some to choose on"));
    }
    require_known_labels(*validation, stage.labels, "the training data");
    std::vector<std::size_t> known;
    for (std::size_t i = 0; i < stage.validation->size(); ++i) {
      if (sets || stage.validation->labels[i] >= 0) known.push_back(i);
    }
    if (known.size() < stage.validation->size()) stage.validation = training::subset(*stage.validation, known);
  }
  if (stage.test_texts && !stage.test_texts->examples.empty()) {
    require_known_labels(*stage.test_texts, stage.labels, "the training data");
  }
  if (stage.test_texts) stage.test = tokenize(*stage.test_texts, stage.report.test);
  if (unlabelled) stage.unlabelled = tokenize(*unlabelled, stage.report.unlabelled);
  for (const data::Example& example : (stage.test_texts ? *stage.test_texts : stage.train_texts).examples) {
    if (stage.sample.size() == kSample) break;
    stage.sample.push_back(example.text);
  }

  describe_languages(stage, config, unlabelled ? &*unlabelled : nullptr, left_out);
  std::vector<TokenizedFile> tokenized{{stage.train_texts, stage.train}};
  if (stage.test_texts && !stage.languages.empty()) tokenized.push_back({*stage.test_texts, stage.test.value()});
  append(stage.report.warnings,
         vocabulary_warnings(texts.tokenizer, tokenized,
                             tokenized.size() > 1 ? "the training and test texts" : "the training texts"));
  choose_selection(stage, config, seed);
  if (!translations.languages.empty() && !stage.report.validation_reason.empty()) {
    stage.report.validation_reason +=
        concat(" The texts in ", join(translations.languages, ", "),
               " have the same labels in the same order: they are taken for translations of one another and held out "
               "together.");
  }
  stage.report.labels = stage.labels.names();
  stage.report.train_examples = static_cast<std::int64_t>(stage.split.train.size());
  stage.report.validation_examples =
      static_cast<std::int64_t>(stage.validation ? stage.validation->size() : stage.split.held_out.size());
  stage.report.test_examples = static_cast<std::int64_t>(stage.test ? stage.test->size() : 0);
  std::int64_t truncated = 0;
  for (const auto& [what, file] : report::files_of(stage.report)) truncated += file->truncated;
  if (truncated > 0)
    log_warning(concat(truncated, " texts are longer than ", texts.max_length, " tokens and were cut"));
  for (const std::string& warning : stage.report.warnings) log_warning(warning);
  log_info(concat(config.name.empty() ? std::string("data") : config.name, ": ", stage.train.size(),
                  " training texts, ", stage.labels.size(), " labels, ", stage.report.validation_examples,
                  " validation and ", stage.report.test_examples, " test texts"));
  if (!texts.shown) {
    data::hide_texts(stage.train_texts);
    if (validation) data::hide_texts(*validation);
    if (stage.test_texts) data::hide_texts(*stage.test_texts);
  }
  return stage;
}

}  // namespace tt::runs
