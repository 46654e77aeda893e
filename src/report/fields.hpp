#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

#include "transfer_tune/report/run_report.hpp"

// Every field of report.json, once: its name, where it is stored and what it means. Writer, reader and schema are
// visitors of these functions, called as visit(name, member, description).

namespace tt::report {

template <class T, class Report>
concept Like = std::same_as<std::remove_const_t<T>, Report>;

/// In the order of the enumerators of `Validation`.
inline constexpr std::array<std::string_view, 4> kValidationNames{"given", "split", "cross_validation", "defaults"};
constexpr const auto& names_of(Validation /*tag*/) { return kValidationNames; }

inline constexpr std::array<std::string_view, 4> kHeldOutSourceNames{"validation_file", "validation_split",
                                                                     "out_of_fold", "none"};
constexpr const auto& names_of(HeldOutSource /*tag*/) { return kHeldOutSourceNames; }

inline constexpr std::array<std::string_view, 4> kScopeScoreNames{"max_probability", "energy", "mahalanobis", "knn"};
constexpr const auto& names_of(evaluation::ScopeScore /*tag*/) { return kScopeScoreNames; }

void fields(auto& visit, Like<ClassReport> auto& r) {
  visit("label", r.label, "name");
  visit("precision", r.precision, "null for a label that was never predicted");
  visit("recall", r.recall, "null for a label without texts");
  visit("f1", r.f1, "null for a label with neither");
  visit("support", r.support, "texts with this label");
  visit("predicted", r.predicted, "texts given this label");
}

void fields(auto& visit, Like<ConfusedPairReport> auto& r) {
  visit("label", r.label, "the true label");
  visit("prediction", r.prediction, "the label given");
  visit("count", r.count, "texts");
  visit("share", r.share, "of the label's texts");
  visit("texts", r.texts, "examples, the most confident error first");
}

void fields(auto& visit, Like<SliceReport> auto& r) {
  visit("value", r.value, "of the column");
  visit("count", r.count, "texts");
  visit("accuracy", r.accuracy, "on these texts");
  visit("macro_f1", r.macro_f1, "on these texts");
}

void fields(auto& visit, Like<SlicedColumn> auto& r) {
  visit("column", r.column, "of the data file");
  visit("values", r.values, "figures of the texts that share a value, sorted by value");
}

void fields(auto& visit, Like<Int8Report> auto& r) {
  visit("texts", r.texts, "that both were measured on");
  visit("accuracy_exact", r.accuracy_exact, "of the encoder as it is");
  visit("accuracy_int8", r.accuracy_int8, "of the encoder with every layer in 8-bit integers");
  visit("same_answers", r.same_answers, "share of the texts to which both give one answer");
}

void fields(auto& visit, Like<EvaluationReport> auto& r) {
  visit("data_path", r.data_path, "labelled file; empty: not from one file");
  visit("data_sha256", r.data_sha256, "of its bytes");
  visit("examples", r.examples, "texts");
  visit("unknown_labels", r.unknown_labels, "texts whose label the classifier does not know, counted as wrong");
  visit("accuracy", r.accuracy, "share of texts answered rightly");
  visit("accuracy_ci95", r.accuracy_ci95, "percentile bootstrap 95% interval");
  visit("bootstrap_samples", r.bootstrap_samples, "resamples behind the interval");
  visit("micro_precision", r.micro.precision, "over all texts; equal to the accuracy");
  visit("micro_recall", r.micro.recall, "over all texts; equal to the accuracy");
  visit("micro_f1", r.micro.f1, "over all texts; equal to the accuracy");
  visit("macro_precision", r.macro.precision, "mean over labels that occur among labels or predictions");
  visit("macro_recall", r.macro.recall, "mean over labels that occur among labels or predictions");
  visit("macro_f1", r.macro.f1, "mean over labels that occur among labels or predictions");
  visit("weighted_precision", r.weighted.precision, "mean over labels, weighted by support");
  visit("weighted_recall", r.weighted.recall, "mean over labels, weighted by support");
  visit("weighted_f1", r.weighted.f1, "mean over labels, weighted by support");
  visit("top3_accuracy", r.top3_accuracy, "share of texts whose label is among the three most probable");
  visit("log_loss", r.log_loss, "mean of -ln p(label) over texts with known labels");
  visit("ece", r.ece, "expected calibration error over 15 equal bins of the largest probability");
  visit("per_class", r.per_class, "in the order of label ids");
  visit("confusion", r.confusion, "texts by label (row) and prediction (column), in the order of label ids");
  visit("confused_pairs", r.confused_pairs, "most frequent first");
  visit("slices", r.slices, "figures by the values of a column");
  visit("int8", r.int8, "what 8-bit integers change; null: none were used");
  visit("texts_left_out", r.texts_left_out, "in the place of each text stands where it is to be found");
}

void fields(auto& visit, Like<EncoderReport> auto& r) {
  visit("path", r.path, "directory that it was read from");
  visit("model_type", r.model_type, "Hugging Face's name of the family");
  visit("hidden_size", r.hidden_size, "width");
  visit("num_hidden_layers", r.num_hidden_layers, "depth");
  visit("parameters", r.parameters, "without the head");
  visit("random_weights", r.random_weights, "only its architecture was taken; it started from random weights");
  visit("weights_sha256", r.weights_sha256, "of the weight file; empty: random weights");
  visit("tokenizer", r.tokenizer, "in one line");
  visit("max_length", r.max_length, "tokens that a text is cut to");
  visit("newly_initialised", r.newly_initialised, "parameters that the checkpoint did not hold");
  visit("unused", r.unused, "tensors of the checkpoint that were not used");
}

void fields(auto& visit, Like<FileReport> auto& r) {
  visit("path", r.path, "of the file");
  visit("sha256", r.sha256, "of its bytes");
  visit("encoding", r.encoding, "that it was read in");
  visit("delimiter", r.delimiter, "that its fields are parted by; empty: the format has none");
  visit("examples", r.examples, "labelled texts in it");
  visit("out_of_scope", r.out_of_scope, "out-of-scope texts, kept apart");
  visit("used", r.used, "texts left after sampling");
  visit("truncated", r.truncated, "used texts longer than max_length");
}

void fields(auto& visit, Like<DuplicatesReport> auto& r) {
  visit("train", r.train, "texts that training holds more than once");
  visit("train_conflicting", r.train_conflicting, "of these, with different labels");
  visit("train_test", r.train_test, "test texts that training holds too");
  visit("train_test_texts", r.train_test_texts, "some of them");
}

void fields(auto& visit, Like<DataReport> auto& r) {
  visit("name", r.name, "of the domain");
  visit("train", r.train, "training file");
  visit("validation", r.validation, "validation file; null: none was given");
  visit("test", r.test, "test file; null: none was given");
  visit("train_examples", r.train_examples, "texts trained on while settings were chosen");
  visit("validation_examples", r.validation_examples,
        "texts held out meanwhile; 0 where folds of the training texts were, each in turn");
  visit("test_examples", r.test_examples, "texts tested on");
  visit("labels", r.labels, "names in the order of their ids");
  visit("shots", r.shots, "training texts kept per label; null: all");
  visit("validation_strategy", r.validation_strategy, "how settings were chosen");
  visit("folds", r.folds, "of the cross-validation; 0: none");
  visit("validation_reason", r.validation_reason, "a sentence on how and why; empty: the strategy says enough");
  visit("duplicates", r.duplicates, "texts equal after folding Unicode forms, case and punctuation");
  visit("unseen_test_labels", r.unseen_test_labels, "labels of test texts that training lacks");
  visit("single_example_labels", r.single_example_labels, "labels with one training text");
  visit("warnings", r.warnings, "about the data");
}

void fields(auto& visit, Like<HeadReport> auto& r) {
  visit("type", r.type, "mean, cls or native");
  visit("normalize", r.normalize, "whether the pooled vector is scaled to length 1");
  visit("dropout", r.dropout, "before the classifier");
}

void fields(auto& visit, Like<GroupReport> auto& r) {
  visit("name", r.name, "canonical parameter group");
  visit("parameters", r.parameters, "trainable ones");
  visit("learning_rate", r.learning_rate, "peak; null: solved, not stepped");
}

void fields(auto& visit, Like<PhaseReport> auto& r) {
  visit("epochs", r.epochs, "of the phase");
  visit("train", r.train, "rules that say what trains");
  visit("trainable_parameters", r.trainable_parameters, "in this phase");
  visit("groups", r.groups, "what the rules matched");
}

void fields(auto& visit, Like<PolicyReport> auto& r) {
  visit("name", r.name, "freezing policy");
  visit("phases", r.phases, "in order");
  visit("trainable_parameters", r.trainable_parameters, "trained in any phase");
  visit("total_parameters", r.total_parameters, "encoder and head");
}

void fields(auto& visit, Like<EpochReport> auto& r) {
  visit("phase", r.phase, "from 1");
  visit("epoch", r.epoch, "from 1, counted over all phases");
  visit("train_loss", r.train_loss, "mean over the epoch");
  visit("validation_accuracy", r.validation_accuracy, "null: no validation texts");
  visit("validation_macro_f1", r.validation_macro_f1, "null: no validation texts");
  visit("validation_log_loss", r.validation_log_loss, "null: no validation texts");
  visit("learning_rate", r.learning_rate, "at the end of the epoch");
  visit("seconds", r.seconds, "of training");
  visit("examples_per_second", r.examples_per_second, "while training");
}

void fields(auto& visit, Like<CandidateC> auto& r) {
  visit("C", r.C, "inverse L2 strength");
  visit("score", r.score, "accuracy on held-out texts");
}

void fields(auto& visit, Like<TrainingReport> auto& r) {
  visit("seconds", r.seconds, "of training, choice of settings included");
  visit("reused_seconds", r.reused_seconds,
        "that activations kept by earlier runs took when they were made: what training was spared");
  visit("examples", r.examples, "texts of the final fit");
  visit("selection_metric", r.selection_metric, "by which settings were chosen; empty: nothing was chosen");
  visit("best_epoch", r.best_epoch, "on validation texts; null: none was singled out");
  visit("epochs", r.epochs, "of the final fit");
  visit("C", r.C, "inverse L2 strength of the solved head; null: none was solved");
  visit("candidates_C", r.candidates_C, "values tried; empty: given, not searched");
  visit("held_out", r.held_out, "texts that the fit which per_epoch tells of did not see; 0: none, or by folds");
  visit("refitted", r.refitted, "trained again with the validation texts joined back");
  visit("probed_first", r.probed_first, "tuning started from the solved head");
  visit("per_epoch", r.per_epoch, "in order");
}

void fields(auto& visit, Like<StageReport> auto& r) {
  visit("data", r.data, "what the stage learned from");
  visit("policy", r.policy, "what it might change");
  visit("training", r.training, "how that went");
  visit("test", r.test, "figures on its test file; null: none was given");
}

void fields(auto& visit, Like<KeepCandidate> auto& r) {
  visit("share", r.share, "of the source-tuned weights; the rest is pretrained");
  visit("score", r.score, "cross-validated probe accuracy on the target's training texts");
}

void fields(auto& visit, Like<KeepReport> auto& r) {
  visit("automatic", r.automatic, "chosen by score; else given");
  visit("chosen", r.chosen, "share of the source-tuned weights that the target starts from");
  visit("candidates", r.candidates, "shares tried; 0 is the pretrained encoder");
}

/// One part of an optional stage.
template <class Part>
std::optional<Part> part_of(const std::optional<StageReport>& stage, Part StageReport::*part) {
  return stage ? std::optional<Part>(*stage.*part) : std::nullopt;
}

void fields(auto& visit, Like<NearLabelReport> auto& r) {
  visit("label", r.label, "of the source");
  visit("cosine", r.cosine, "of the two labels' mean features");
}

void fields(auto& visit, Like<LabelNeighboursReport> auto& r) {
  visit("label", r.label, "of the target");
  visit("nearest", r.nearest, "source labels, the nearest first");
}

void fields(auto& visit, Like<TransferabilityReport> auto& r) {
  visit("target_texts", r.target_texts, "training texts of the target that the scores rest on");
  visit("source_texts", r.source_texts, "training texts of the source; 0: only its checkpoint was given");
  visit("logme_without", r.logme_without, "LogME of the target's labels on the encoder without the source stage");
  visit("logme_with", r.logme_with, "on the encoder with all of the source stage");
  visit("h_score_without", r.h_score_without, "H-score, with shrinkage, on the encoder without the source stage");
  visit("h_score_with", r.h_score_with, "on the encoder with all of the source stage");
  visit("leep", r.leep, "LEEP by the source classifier's probabilities; null: it has none");
  visit("domain_error", r.domain_error, "cross-validated, of a linear classifier that tells the domains apart");
  visit("proxy_a_distance", r.proxy_a_distance, "2(1 - 2 domain_error): 0 for domains alike, 2 for nothing in common");
  visit("nearest_labels", r.nearest_labels, "for each target label its nearest source labels; empty: no source texts");
}

void fields(auto& visit, Like<SourceReport> auto& r) {
  visit("data", part_of(r.stage, &StageReport::data), "what the stage learned from; null: unknown");
  visit("policy", part_of(r.stage, &StageReport::policy), "what it might change; null: unknown");
  visit("training", part_of(r.stage, &StageReport::training), "how that went; null: unknown");
  visit("test", r.stage ? r.stage->test : std::nullopt, "figures on the source's own test file; null: none");
  visit("checkpoint", r.checkpoint, "where its weights came from or were cached");
  visit("cache_hit", r.cache_hit, "an earlier run's result was reused");
  visit("reused_labels", r.reused_labels, "labels whose head rows were carried over");
  visit("keep", r.keep, "how much of the source-tuned weights was kept");
  visit("transferability", r.transferability, "how near the source is, before the target trains; null: not scored");
}

void fields(auto& visit, Like<evaluation::Baseline> auto& r) {
  visit("accuracy", r.accuracy, "on the same texts as the test figures");
  visit("macro_f1", r.macro_f1, "on the same texts as the test figures");
}

void fields(auto& visit, Like<BaselinesReport> auto& r) {
  visit("majority", r.majority, "every text gets the most frequent training label");
  visit("nearest_label_name", r.nearest_label_name,
        "every text gets the label whose name the untrained encoder puts nearest");
}

void fields(auto& visit, Like<FeaturePlaneReport> auto& r) {
  visit("x", r.x, "one a text, rounded; the largest distance from the middle is 1");
  visit("y", r.y, "one a text");
  visit("explained", r.explained, "share of the features' variance in this plane");
  visit("same_neighbour", r.same_neighbour,
        "share of texts whose nearest other text by cosine, in all dimensions, has the same label");
}

void fields(auto& visit, Like<FeatureMapReport> auto& r) {
  visit("labels", r.labels, "one a text: ids in the order of labels; -1: unknown to the classifier");
  visit("trained_on", r.trained_on, "there is no test file: these are training texts");
  visit("changed", r.changed, "adaptation changed the encoder");
  visit("before", r.before, "by the pretrained encoder, in the plane of the first two principal components");
  visit("after", r.after, "by the adapted encoder, turned to fit before");
}

void fields(auto& visit, Like<ReliabilityBinReport> auto& r) {
  visit("low", r.low, "largest probabilities above this");
  visit("high", r.high, "up to this");
  visit("count", r.count, "texts");
  visit("confidence", r.confidence, "mean of the largest probability; null: no texts");
  visit("accuracy", r.accuracy, "share answered rightly; null: no texts");
}

void fields(auto& visit, Like<CalibrationFigures> auto& r) {
  visit("ece", r.ece, "expected calibration error over the bins");
  visit("brier", r.brier, "mean of the sum of squared errors of all probabilities, 0 to 2");
  visit("log_loss", r.log_loss, "mean of -ln p(label) over texts with known labels");
  visit("bins", r.bins, "reliability diagram: 15 equal bins of the largest probability");
}

void fields(auto& visit, Like<CalibrationReport> auto& r) {
  visit("temperature", r.temperature, "probabilities are softmax(logits / temperature)");
  visit("fitted_on", r.fitted_on, "texts that the model had not seen; none: the temperature is 1");
  visit("texts", r.texts, "that it was fitted on");
  visit("before_refit", r.before_refit, "fitted to the model before it was trained again on all texts");
  visit("reason", r.reason, "a sentence on where the temperature comes from");
  visit("before", r.before, "with temperature 1, on the texts of the test figures; null: there are none");
  visit("after", r.after, "with the temperature, on the same texts; null: there are none");
}

void fields(auto& visit, Like<ScopeScoreReport> auto& r) {
  visit("score", r.score, "the higher, the more in scope");
  visit("validation_auroc", r.validation_auroc, "on held-out texts; null: no out-of-scope ones among them");
  visit("threshold", r.threshold, "a text that scores lower is rejected; null: nothing is");
  visit("auroc", r.auroc, "on test texts; null: either kind is missing");
  visit("aupr", r.aupr, "average precision of finding out-of-scope test texts; null: either kind is missing");
  visit("fpr_at_95_recall", r.fpr_at_95_recall,
        "share of in-scope test texts lost where 95% of the out-of-scope ones are found; null: either kind is missing");
  visit("in_scope_kept", r.in_scope_kept, "share of in-scope test texts not rejected; null: no such texts");
  visit("in_scope_accuracy", r.in_scope_accuracy, "share of them kept and answered rightly; null: no such texts");
  visit("out_of_scope_recall", r.out_of_scope_recall, "share of out-of-scope test texts rejected; null: no such texts");
}

void fields(auto& visit, Like<ScopeBinReport> auto& r) {
  visit("low", r.low, "scores from this; the first bin holds those below it too");
  visit("high", r.high, "to below this; in the last bin also at it");
  visit("in_scope", r.in_scope, "in-scope test texts");
  visit("out_of_scope", r.out_of_scope, "out-of-scope test texts");
}

void fields(auto& visit, Like<AcceptedTextReport> auto& r) {
  visit("text", r.text, "out of scope, not rejected");
  visit("prediction", r.prediction, "the label it was given");
  visit("score", r.score, "the chosen one");
}

void fields(auto& visit, Like<ScopeFileReport> auto& r) {
  visit("path", r.path, "of the file");
  visit("sha256", r.sha256, "of its bytes");
  visit("texts", r.texts, "out-of-scope texts in it");
}

void fields(auto& visit, Like<OutOfScopeReport> auto& r) {
  visit("score", r.score, "the chosen one");
  visit("threshold", r.threshold, "a text that scores lower is rejected; null: nothing is");
  visit("chosen_on", r.chosen_on, "in-scope texts that the model had not seen; none: nothing was chosen");
  visit("before_refit", r.before_refit, "chosen with the model before it was trained again on all texts");
  visit("reason", r.reason, "a sentence on how score and threshold were chosen");
  visit("validation_in_scope", r.validation_in_scope, "texts that chose");
  visit("validation_out_of_scope", r.validation_out_of_scope, "texts that chose");
  visit("test_in_scope", r.test_in_scope, "texts that the figures are about");
  visit("test_out_of_scope", r.test_out_of_scope, "texts that the figures are about");
  visit("files", r.files, "of out-of-scope texts, beside the target's own");
  visit("scores", r.scores, "every score that was computed");
  visit("histogram", r.histogram, "test texts by the chosen score; empty: there are none");
  visit("accepted", r.accepted, "out-of-scope test texts that were not rejected, the highest score first");
}

void fields(auto& visit, Like<Decision> auto& r) {
  visit("temperature", r.temperature, "probabilities are softmax(logits / temperature)");
  visit("temperature_reason", r.temperature_reason, "where it comes from");
  visit("score", r.score, "what rejection goes by: the higher, the more in scope");
  visit("threshold", r.threshold, "a text that scores lower is rejected; null: nothing is");
  visit("threshold_reason", r.threshold_reason, "where score and threshold come from");
  visit("neighbours", r.neighbours, "score knn: which nearest training text's similarity it is; else 0");
}

void fields(auto& visit, Like<EnvironmentReport> auto& r) {
  visit("program_version", r.program_version, "of transfer-tune");
  visit("libtorch_version", r.libtorch_version, "of the loaded library");
  visit("requested_device", r.requested_device, "by config or command line");
  visit("device", r.device, "in effect");
  visit("requested_precision", r.requested_precision, "by config or command line");
  visit("precision", r.precision, "in effect");
  visit("requested_frozen_int8", r.requested_frozen_int8, "by config or command line");
  visit("frozen_int8", r.frozen_int8, "frozen layers trained on in 8-bit integers");
  visit("requested_threads", r.requested_threads, "by config or command line; 0: all cores");
  visit("threads", r.threads, "in effect");
  visit("cpu_capability", r.cpu_capability, "instruction sets that LibTorch uses");
  visit("seed", r.seed, "of every random draw");
}

void fields(auto& visit, Like<StageTime> auto& r) {
  visit("stage", r.stage, "of the run");
  visit("seconds", r.seconds, "spent in it");
}

void fields(auto& visit, Like<LatencyReport> auto& r) {
  visit("texts", r.texts, "timed one at a time");
  visit("median_seconds", r.median_seconds, "one text by itself, text to probabilities");
  visit("p95_seconds", r.p95_seconds, "95th percentile of the same");
  visit("texts_per_second", r.texts_per_second, "many texts at once");
}

void fields(auto& visit, Like<TimingReport> auto& r) {
  visit("stages", r.stages, "in order");
  visit("seconds_to_first_forward", r.seconds_to_first_forward,
        "from the program's start, its libraries loaded, to the first forward pass over training texts");
  visit("total_seconds", r.total_seconds, "from the program's start to its results written");
  visit("peak_rss_bytes", r.peak_rss_bytes, "largest resident memory");
  visit("latency", r.latency, "of predictions; null: not measured");
}

void fields(auto& visit, Like<LabelErrorReport> auto& r) {
  visit("file", r.file, "training file");
  visit("line", r.line, "where the record starts, from 1");
  visit("text", r.text, "as written");
  visit("label", r.label, "as given");
  visit("suggestion", r.suggestion, "the most probable label");
  visit("label_probability", r.label_probability, "by a model that had not seen the text, calibrated");
  visit("suggestion_probability", r.suggestion_probability, "by the same model");
  visit("score", r.score, "estimated probability that the label is wrong");
}

void fields(auto& visit, Like<TextPlace> auto& r) {
  visit("part", r.part, "train, validation or test");
  visit("file", r.file, "data file");
  visit("line", r.line, "where the record starts, from 1");
  visit("label", r.label, "given there");
}

void fields(auto& visit, Like<ConflictReport> auto& r) {
  visit("text", r.text, "as first written");
  visit("places", r.places, "where it stands");
}

void fields(auto& visit, Like<IndistinctReport> auto& r) {
  visit("label", r.label, "an intent");
  visit("other", r.other, "another");
  visit("label_as_other", r.label_as_other, "share of the label's training texts that out of fold get the other");
  visit("other_as_label", r.other_as_label, "and the other way round");
  visit("texts", r.texts, "of the label, answered with the other");
  visit("other_texts", r.other_texts, "of the other, answered with the label");
}

void fields(auto& visit, Like<FewTextsReport> auto& r) {
  visit("label", r.label, "an intent");
  visit("texts", r.texts, "training texts");
}

void fields(auto& visit, Like<UniformReport> auto& r) {
  visit("label", r.label, "an intent");
  visit("texts", r.texts, "training texts");
  visit("similarity", r.similarity, "mean cosine between two of its texts");
  visit("examples", r.examples, "some of them");
}

void fields(auto& visit, Like<UnlikeReport> auto& r) {
  visit("file", r.file, "test file");
  visit("line", r.line, "where the record starts, from 1");
  visit("text", r.text, "as written");
  visit("label", r.label, "as given");
  visit("distance", r.distance, "1 - cosine to the nearest training text");
  visit("nearest", r.nearest, "that text");
  visit("nearest_label", r.nearest_label, "and its label");
}

void fields(auto& visit, Like<DataChecksReport> auto& r) {
  visit("encoded", r.encoded, "false: only what needs no encoder was looked at");
  visit("left_out", r.left_out, "why that is; empty: nothing was left out");
  visit("seconds", r.seconds, "spent on the checks");
  visit("checked_labels", r.checked_labels, "training texts with out-of-fold probabilities");
  visit("out_of_fold_accuracy", r.out_of_fold_accuracy, "of a linear probe on the untuned encoder's features");
  visit("checked_intents", r.checked_intents, "labels of those texts");
  visit("label_errors_found", r.label_errors_found, "in all; the list may be cut");
  visit("label_errors_precision", r.label_errors_precision,
        "expected share of those found that are wrong, 0.9 or more; null: none were found");
  visit("label_errors_recall", r.label_errors_recall,
        "estimated share of labels that would be found, were one in twenty changed to any other at random; null: no "
        "texts were checked");
  visit("similar_intents_told", r.similar_intents_told,
        "whether labels mistaken for a similar intent were looked for too, which takes 80 texts an intent");
  visit("label_errors", r.label_errors, "training texts whose label is probably wrong, the most probable first");
  visit("conflicts_found", r.conflicts_found, "in all");
  visit("conflicts", r.conflicts, "equal texts with different labels");
  visit("indistinct_found", r.indistinct_found, "in all");
  visit("indistinct", r.indistinct, "pairs of intents taken for each other, both ways");
  visit("few_texts_found", r.few_texts_found, "in all");
  visit("few_texts_limit", r.few_texts_limit, "labels with fewer texts are listed");
  visit("few_texts", r.few_texts, "labels with too few training texts");
  visit("uniform_found", r.uniform_found, "in all");
  visit("typical_similarity", r.typical_similarity, "median over labels of the mean cosine within them");
  visit("uniform_limit", r.uniform_limit, "labels above this are listed");
  visit("uniform", r.uniform, "labels whose training texts are too much alike");
  visit("unlike_found", r.unlike_found, "in all");
  visit("unlike_expected", r.unlike_expected, "as many would be found by chance");
  visit("unlike_limit", r.unlike_limit, "test texts beyond this distance are listed");
  visit("typical_distance", r.typical_distance, "median distance of a training text to the nearest other one");
  visit("unlike", r.unlike, "test texts far from every training text");
}

void fields(auto& visit, Like<GateReport> auto& r) {
  visit("gate", r.gate, "as it was asked");
  visit("passed", r.passed, "whether it holds");
  visit("value", r.value, "the figure it was judged by; null: there was none");
  visit("found", r.found, "that figure and what belongs to it, or why there is none");
}

void fields(auto& visit, Like<RunReport> auto& r) {
  visit("schema_version", kSchemaVersion, "of this file's layout");
  visit("started_at", r.started_at, "UTC, ISO 8601");
  visit("config_path", r.config_path, "the config file");
  visit("output_dir", r.output_dir, "where this report was written");
  visit("texts_left_out", r.texts_left_out, "in the place of each text stands where it is to be found");
  visit("encoder", r.encoder, "the pretrained encoder");
  visit("head", r.head, "the classifier on top");
  fields(visit, r.target);
  visit("source", r.source, "the source stage; null: none");
  visit("cross_validation", r.cross_validation, "out-of-fold figures where there is no test file");
  visit("baselines", r.baselines, "floors that the figures stand beside");
  visit("data_checks", r.data_checks, "what looks wrong with the target's data; null: not looked at");
  visit("feature_map", r.feature_map, "what the head sees of the texts, as a map; null: too few texts");
  visit("calibration", r.calibration, "how far probabilities can be believed; null: not looked at");
  visit("out_of_scope", r.out_of_scope, "when the classifier should not answer; null: nothing to choose or measure on");
  visit("environment", r.environment, "what it ran on");
  visit("timing", r.timing, "how long it took");
  visit("warnings", r.warnings, "what a person should look at, beside the warnings about data");
  visit("gates", r.gates, "quality gates in the order asked; empty: none were");
}

}  // namespace tt::report
