#pragma once

#include "record/fields/data.hpp"
#include "record/fields/evaluation.hpp"

namespace tt::report {

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
  visit("train_loss", r.train_loss,
        "mean of the objective over the epoch, or of a solved head, weighted and smoothed as training minimised it");
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

void fields(auto& visit, Like<ObjectiveReport> auto& r) {
  visit("type", r.type, "what training minimised; a head on frozen features was solved for its cross-entropy");
  visit("gamma", r.gamma, "of focal");
  visit("temperature", r.temperature, "of supervised_contrastive");
  visit("weight", r.weight, "of supervised_contrastive: the contrast's share");
  visit("alpha", r.alpha, "of r_drop");
}

void fields(auto& visit, Like<TrainingReport> auto& r) {
  visit("objective", r.objective, "what training minimised", Since{3});
  visit("seconds", r.seconds, "of training, choice of settings included");
  visit("reused_seconds", r.reused_seconds,
        "that activations kept by earlier runs took when they were made: what training was spared", Since{2});
  visit("examples", r.examples, "texts of the final fit");
  visit("selection_metric", r.selection_metric, "by which settings were chosen; empty: nothing was chosen");
  visit("best_epoch", r.best_epoch, "on validation texts; null: none was singled out");
  visit("epochs", r.epochs, "of the final fit");
  visit("C", r.C, "inverse L2 strength of the solved head; null: none was solved");
  visit("candidates_C", r.candidates_C, "values tried; empty: given, not searched");
  visit("held_out", r.held_out, "texts that the fit which per_epoch tells of did not see; 0: none, or by folds",
        Since{2});
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

}  // namespace tt::report
