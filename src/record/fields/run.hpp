#pragma once

#include "record/fields/data_checks.hpp"
#include "record/fields/decision.hpp"
#include "record/fields/environment.hpp"
#include "record/fields/feature_map.hpp"
#include "record/fields/gates.hpp"
#include "record/fields/source.hpp"

namespace tt::report {

void fields(auto& visit, Like<evaluation::Baseline> auto& r) {
  visit("accuracy", r.accuracy, "on the same texts as the test figures");
  visit("macro_f1", r.macro_f1, "on the same texts as the test figures");
}

void fields(auto& visit, Like<BaselinesReport> auto& r) {
  visit("majority", r.majority, "every text gets the most frequent training label");
  visit("nearest_label_name", r.nearest_label_name,
        "every text gets the label whose name the untrained encoder puts nearest");
}

void fields(auto& visit, Like<EarlierClassifierReport> auto& r) {
  visit("labels", r.labels, "that the encoder's classifier knew and the target has too");
  visit("forgotten", r.forgotten, "labels that it knew and the target has not");
  visit("texts", r.texts, "measured texts whose label it knew");
  visit("accuracy_before", r.accuracy_before, "on those, of the earlier classifier");
  visit("accuracy_after", r.accuracy_after, "on those, of the adapted one");
  visit("new_texts", r.new_texts, "measured texts of new labels");
  visit("new_accuracy", r.new_accuracy, "on those; null: there are none");
}

void fields(auto& visit, Like<SearchedValueReport> auto& r) {
  visit("setting", r.setting, "its dotted name");
  visit("value", r.value, "as JSON");
}

void fields(auto& visit, Like<SearchTrialReport> auto& r) {
  visit("settings", r.settings, "what it replaced; empty: the config as it stands");
  visit("shots", r.shots, "texts a label that it trained on at most; 0: all");
  visit("accuracy", r.accuracy, "on the held-out texts; null: it failed");
  visit("micro_f1", r.micro_f1, "likewise");
  visit("macro_f1", r.macro_f1, "likewise");
  visit("log_loss", r.log_loss, "likewise");
  visit("seconds", r.seconds, "that it took");
  visit("reused", r.reused, "an earlier run had tried it");
  visit("failure", r.failure, "why it has no figures; empty: it has");
}

void fields(auto& visit, Like<SearchReport> auto& r) {
  visit("method", r.method, "grid, random or halving");
  visit("metric", r.metric, "that chose");
  visit("held_out", r.held_out, "texts that the figures are of");
  visit("cross_validated", r.cross_validated, "those are the training texts, out of fold; else a validation file's");
  visit("trials", r.trials, "in order; the first is the config as it stands");
  visit("chosen", r.chosen, "place of the settings used in trials, from 0");
  visit("reason", r.reason, "a sentence on why");
  visit("seconds", r.seconds, "that all took");
}

void fields(auto& visit, Like<RunReport> auto& r) {
  visit("schema_version", kSchemaVersion, "of this file's layout");
  visit("started_at", r.started_at, "UTC, ISO 8601");
  visit("config_path", r.config_path, "the config file");
  visit("output_dir", r.output_dir, "where this report was written");
  visit("texts_left_out", r.texts_left_out, "in the place of each text stands where it is to be found", Since{2});
  visit("encoder", r.encoder, "the pretrained encoder");
  visit("head", r.head, "the classifier on top");
  fields(visit, r.target);
  visit("source", r.source, "the source stage; null: none");
  visit("cross_validation", r.cross_validation, "out-of-fold figures where there is no test file");
  visit("baselines", r.baselines, "floors that the figures stand beside");
  visit("search", r.search, "how settings were searched for; null: the config gave them", Since{5});
  visit("earlier", r.earlier, "what became of labels that the encoder was a classifier of; null: it knew none",
        Since{4});
  visit("data_checks", r.data_checks, "what looks wrong with the target's data; null: not looked at", Since{2});
  visit("feature_map", r.feature_map, "what the head sees of the texts, as a map; null: too few texts", Since{2});
  visit("calibration", r.calibration, "how far probabilities can be believed; null: not looked at", Since{2});
  visit("out_of_scope", r.out_of_scope, "when the classifier should not answer; null: nothing to choose or measure on",
        Since{2});
  visit("thresholds", r.thresholds, "from which probability on a label is given; null: one label a text", Since{5});
  visit("environment", r.environment, "what it ran on");
  visit("timing", r.timing, "how long it took");
  visit("warnings", r.warnings, "what a person should look at, beside the warnings about data");
  visit("gates", r.gates, "quality gates in the order asked; empty: none were", Since{2});
}

}  // namespace tt::report
