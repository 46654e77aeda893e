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

void fields(auto& visit, Like<LabelTextsReport> auto& r) {
  visit("texts", r.texts, "one a label or more");
  visit("described", r.described, "given by target.label_descriptions; else the labels' names");
  visit("used", r.used, "as texts of their labels");
  visit("reason", r.reason, "a sentence on why, or why not");
  visit("accuracy_with", r.accuracy_with, "of the solved head on held-out texts; null: not tried");
  visit("accuracy_without", r.accuracy_without, "likewise, without them");
  visit("accuracy_nearest", r.accuracy_nearest, "of the nearest of them alone, on the training texts");
  visit("area_nearest", r.area_nearest,
        "how often a training text is nearer to its label's than to another's; ties count half", Since{6});
}

void fields(auto& visit, Like<LanguageNeutralReport> auto& r) {
  visit("used", r.used, "the head was solved outside of the directions in which languages' features differ");
  visit("directions", r.directions, "found; 0: no two languages had texts enough");
  visit("untrained", r.untrained, "languages of unlabelled texts alone");
  visit("reason", r.reason, "a sentence on why, or why not");
  visit("accuracy_with", r.accuracy_with, "of the solved head on held-out texts; null: not tried");
  visit("accuracy_without", r.accuracy_without, "likewise, in all directions");
}

void fields(auto& visit, Like<BalanceCandidate> auto& r) {
  visit("balance", r.balance,
        "how far the labels' shares were drawn to the labelled texts'; null: without unlabelled texts");
  visit("accuracy", r.accuracy, "on held-out texts");
  visit("log_loss", r.log_loss, "on held-out texts");
}

void fields(auto& visit, Like<SelfTrainingReport> auto& r) {
  visit("texts", r.texts, "without labels, that were learnt from");
  visit("balance", r.balance,
        "how far the labels' shares were drawn to the labelled texts', 0 to 1; null: they were not used");
  visit("C", r.C, "inverse L2 strength of the head that learns from them");
  visit("temperature", r.temperature, "of the labels that the head gave them");
  visit("weight", r.weight, "of one beside a labelled text, on average");
  visit("rounds", r.rounds, "times that they were labelled anew");
  visit("reason", r.reason, "a sentence on why, or why not");
  visit("candidates", r.candidates, "ways tried; empty: given, or nothing to choose by");
  visit("seconds", r.seconds, "that the choice took");
}

void fields(auto& visit, Like<ObjectiveReport> auto& r) {
  visit("type", r.type, "what training minimised; a head on frozen features was solved for its cross-entropy");
  visit("gamma", r.gamma, "of focal");
  visit("temperature", r.temperature, "of supervised_contrastive and prototypical");
  visit("weight", r.weight, "of supervised_contrastive: the contrast's share");
  visit("alpha", r.alpha, "of r_drop");
  visit("ways", r.ways, "of prototypical: labels an episode", Since{4});
  visit("support", r.support, "of prototypical: texts of each that make its prototype", Since{4});
  visit("query", r.query, "of prototypical: texts of each that are answered", Since{4});
  visit("isotropy", r.isotropy, "of prototypical: factor on the distance of the features' correlations from none",
        Since{4});
}

void fields(auto& visit, Like<PolicyChoiceReport> auto& r) {
  visit("chosen", r.chosen, "the policy that trained: frozen or full");
  visit("reason", r.reason, "a sentence on why");
  visit("budget", r.budget, "in multiples of encoding every text of the run once");
  visit("work", r.work, "that tuning takes, in the same; 0: it was not thought of");
  visit("epochs", r.epochs, "that the budget leaves of training.epochs");
  visit("held_out", r.held_out, "texts that both answered; 0: none");
  visit("frozen_accuracy", r.frozen_accuracy, "on those, of the head solved on frozen features; null: not compared");
  visit("frozen_log_loss", r.frozen_log_loss, "likewise");
  visit("tuned_accuracy", r.tuned_accuracy, "on those, with everything tuned; null: not compared");
  visit("tuned_log_loss", r.tuned_log_loss, "likewise");
  visit("chance", r.chance, "standard error of the accuracies' difference: tuned stays where it is no worse than that");
  visit("seconds", r.seconds, "that tuning for the choice took");
}

void fields(auto& visit, Like<TrainingReport> auto& r) {
  visit("choice", r.choice, "how the policy auto chose; null: the config names the policy", Since{4});
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
  visit("label_texts", r.label_texts, "names or descriptions as texts of their labels; null: not asked for", Since{3});
  visit("language_neutral", r.language_neutral, "one head for all languages; null: one language, or not asked for",
        Since{8});
  visit("self_training", r.self_training, "on unlabelled texts; null: none were given", Since{3});
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
