#include <algorithm>
#include <cmath>

#include "render/result_words.hpp"
#include "render/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

/// The epochs of each phase as stretches of x.
std::vector<Stretch> phases_of(const StageReport& stage) {
  std::vector<Stretch> out;
  std::int64_t current = 0;
  for (const EpochReport& epoch : stage.training.per_epoch) {
    const auto at = static_cast<double>(epoch.epoch);
    if (epoch.phase == current && !out.empty()) {
      out.back().to = at + 0.5;
      continue;
    }
    current = epoch.phase;
    const auto index = static_cast<std::size_t>(epoch.phase - 1);
    const std::string trains = epoch.phase >= 1 && index < stage.policy.phases.size()
                                   ? concat(": ", join(stage.policy.phases[index].train, ", "))
                                   : "";
    out.push_back({at - 0.5, at + 0.5, concat("phase ", epoch.phase, trains)});
  }
  if (out.size() == 1) out.front().label.clear();
  return out;
}

LineSeries series_of(const StageReport& stage, const std::string& figure_name, std::size_t colour,
                     double EpochReport::*figure) {
  LineSeries series;
  series.name = figure_name;
  series.colour = colour;
  for (const EpochReport& epoch : stage.training.per_epoch) {
    LinePoint point;
    point.x = static_cast<double>(epoch.epoch);
    point.y = epoch.*figure;
    point.tooltip = concat(figure_name, ", epoch ", epoch.epoch, ": ", significant(epoch.*figure));
    series.points.push_back(std::move(point));
  }
  return series;
}

bool has_figures(const LineSeries& series) {
  return std::any_of(series.points.begin(), series.points.end(),
                     [](const LinePoint& point) { return std::isfinite(point.y); });
}

LineChart epochs_chart(const StageReport& stage, std::vector<LineSeries> series) {
  const auto& epochs = stage.training.per_epoch;
  LineChart chart;
  std::erase_if(series, [](const LineSeries& each) { return !has_figures(each); });
  chart.series = std::move(series);
  chart.x_title = "epoch";
  chart.x_range = {static_cast<double>(epochs.front().epoch) - 0.5, static_cast<double>(epochs.back().epoch) + 0.5};
  for (const EpochReport& epoch : epochs) {
    chart.x_ticks.push_back({static_cast<double>(epoch.epoch), std::to_string(epoch.epoch)});
  }
  chart.stretches = phases_of(stage);
  chart.height = 220;
  return chart;
}

/// "from 2.31 to 0.08".
std::string course(const LineSeries& series) {
  return concat("from ", significant(series.points.front().y), " to ", significant(series.points.back().y));
}

void add_curves(Blocks& out, const StageReport& stage) {
  const TrainingReport& training = stage.training;
  if (training.per_epoch.size() < 2) return;  // a point is no curve: the table says as much
  const LineSeries train_loss = series_of(stage, "training loss", 0, &EpochReport::train_loss);
  const LineSeries log_loss = series_of(stage, "validation log loss", 1, &EpochReport::validation_log_loss);
  LineChart losses = epochs_chart(stage, {train_loss, log_loss});
  losses.y_title = has_figures(log_loss) ? "loss" : "training loss";
  losses.y_from_zero = true;
  losses.description = {"Loss by epoch", concat("Training loss ", course(train_loss), ".")};
  const bool in_phases = losses.stretches.size() > 1;
  out.figure(std::move(losses), concat("Loss over the epochs", in_phases ? ", phase by phase." : "."));
  const LineSeries accuracy = series_of(stage, "accuracy", 0, &EpochReport::validation_accuracy);
  if (!has_figures(accuracy)) return;
  LineChart scores =
      epochs_chart(stage, {accuracy, series_of(stage, "macro F1", 1, &EpochReport::validation_macro_f1)});
  scores.y_title = "on validation texts";
  scores.y_style = NumberStyle::percent;
  scores.y_limits = {0, 1};
  scores.description = {"Validation scores by epoch", concat("Accuracy ", course(accuracy), ".")};
  out.figure(std::move(scores),
             concat("Scores on ", epochs_measured_on(stage),
                    training.best_epoch ? concat("; best epoch: ", *training.best_epoch,
                                                 *training.best_epoch > 0 ? "."
                                                 : training.probed_first  ? ", the solved head untuned."
                                                                          : ", before any training.")
                                        : "."));
}

void add_epochs(Blocks& out, const StageReport& stage) {
  if (stage.training.per_epoch.empty()) return;
  Rows rows;
  for (const EpochReport& epoch : stage.training.per_epoch) {
    rows.push_back({std::to_string(epoch.phase), std::to_string(epoch.epoch), fixed(epoch.train_loss, 4),
                    percent(epoch.validation_accuracy), fixed(epoch.validation_macro_f1, 3),
                    fixed(epoch.validation_log_loss, 3), significant(epoch.learning_rate), duration(epoch.seconds),
                    fixed(epoch.examples_per_second, 0)});
  }
  Blocks table;
  table.table("Epoch by epoch",
              {{"Phase"},
               {"Epoch"},
               {"Training loss"},
               {"Validation accuracy"},
               {"macro F1"},
               {"log loss"},
               {"Learning rate"},
               {"Time"},
               {"Texts/s"}},
              rows);
  out.paragraph(concat(epochs_shown(stage), ":"));
  out.fold("Epochs as a table", table);
}

void add_strengths(Blocks& out, const TrainingReport& training) {
  if (training.candidates_C.empty()) return;
  std::vector<CandidateC> candidates = training.candidates_C;
  std::sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) { return a.C < b.C; });
  LineChart chart;
  LineSeries series;
  // What training::HeadScore has in place of the accuracy where a text may have several labels.
  const std::string figure = training.objective.type == "binary_cross_entropy" ? "micro F1" : "accuracy";
  series.name = figure;
  std::vector<double> places;
  Rows rows;
  for (const CandidateC& candidate : candidates) {
    const double x = std::log10(std::max(candidate.C, 1e-300));
    LinePoint point;
    point.x = x;
    point.y = candidate.score;
    point.tooltip = concat("C = ", shortest(candidate.C), ": ", fixed(candidate.score, 4));
    series.points.push_back(std::move(point));
    places.push_back(x);
    chart.x_ticks.push_back({x, shortest(candidate.C)});
    const Inline value = shortest(candidate.C);
    rows.push_back({training.C == candidate.C ? strong(value) : value, fixed(candidate.score, 4)});
  }
  chart.series = {series};
  chart.x_range = range_of(places);
  chart.x_title = "C, inverse L2 strength";
  chart.y_title = figure + " on held-out texts";
  chart.y_style = NumberStyle::percent;
  chart.y_limits = {0, 1};
  chart.height = 200;
  const std::string chosen = training.C ? shortest(*training.C) : "";
  chart.description = {
      "Score by strength of the head's regularisation",
      concat(candidates.size(), " values of C were tried", training.C ? concat("; chosen: ", chosen) : "", ".")};
  out.figure(chart,
             training.C ? concat("The solved head's strength was chosen by these scores: C = ", chosen, ".") : "");
  Blocks table;
  table.table("Strengths tried", {{"C"}, {figure + " on held-out texts"}}, rows);
  out.fold("Scores as a table", table);
}

void add_label_texts(Blocks& out, const TrainingReport& training) {
  if (!training.label_texts) return;
  const LabelTextsReport& texts = *training.label_texts;
  out.paragraph(concat("The labels' ", texts.described ? "descriptions" : "names",
                       texts.used ? " count as texts of theirs. " : " are not learnt from. ", texts.reason));
}

void add_language_neutral(Blocks& out, const TrainingReport& training) {
  if (!training.language_neutral) return;
  const LanguageNeutralReport& neutral = *training.language_neutral;
  out.paragraph(concat(
      neutral.used ? concat("The head lies outside of the ", counted(neutral.directions, "direction", "directions"),
                            " in which the features of languages differ, so that it answers one as it does another. ")
                   : "The head takes languages as their features are. ",
      neutral.untrained.empty() ? "" : concat("Unlabelled texts alone are of: ", join(neutral.untrained, ", "), ". "),
      neutral.reason));
}

void add_self_training(Blocks& out, const TrainingReport& training) {
  if (!training.self_training) return;
  const SelfTrainingReport& pool = *training.self_training;
  const std::string texts = counted(pool.texts, "text", "texts") + " without labels ";
  const bool used = !std::isnan(pool.balance);
  out.paragraph(
      concat(texts,
             used ? concat("are learnt from, labelled by the head itself in ", counted(pool.rounds, "round", "rounds"),
                           ": balance ", shortest(pool.balance), ", temperature ", shortest(pool.temperature),
                           ", weight ", shortest(pool.weight), ", C = ", shortest(pool.C), ". ")
                  : "are not learnt from. ",
             pool.reason));
  if (pool.candidates.empty()) return;
  Rows rows;
  for (const BalanceCandidate& candidate : pool.candidates) {
    const bool without = std::isnan(candidate.balance);
    const bool chosen = without ? !used : candidate.balance == pool.balance;
    const Inline name = without ? "without them" : shortest(candidate.balance);
    rows.push_back({chosen ? strong(name) : name, percent(candidate.accuracy), fixed(candidate.log_loss, 3)});
  }
  out.table(concat("How far the labels' shares of the unlabelled texts are drawn to the labelled ones', on texts held "
                   "out; tried in ",
                   duration(pool.seconds)),
            {{"Balance"}, {"accuracy"}, {"log loss"}}, rows);
}

void add_choice(Blocks& out, const TrainingReport& training) {
  if (!training.choice) return;
  const PolicyChoiceReport& choice = *training.choice;
  out.paragraph("The policy auto took " + strong(choice.chosen) + concat(". ", choice.reason));
  if (choice.held_out == 0) return;
  const auto row = [&](const char* policy, double accuracy, double log_loss) {
    const Inline name = policy;
    return std::vector<Cell>{choice.chosen == policy ? strong(name) : name, percent(accuracy), fixed(log_loss, 3)};
  };
  out.table(concat("Both on the ", counted(choice.held_out, "text", "texts"), " held out; tuning took ",
                   duration(choice.seconds), " for it"),
            {{"Policy"}, {"accuracy"}, {"log loss"}},
            {row("frozen", choice.frozen_accuracy, choice.frozen_log_loss),
             row("full", choice.tuned_accuracy, choice.tuned_log_loss)});
}

void add_phases(Blocks& out, const PolicyReport& policy) {
  if (policy.phases.empty()) return;
  Rows rows;
  for (const PhaseReport& phase : policy.phases) {
    std::vector<Inline> rates;
    for (const GroupReport& group : phase.groups) {
      rates.emplace_back(
          concat(group.name, ": ", std::isnan(group.learning_rate) ? "solved" : significant(group.learning_rate)));
    }
    rows.push_back({std::to_string(rows.size() + 1), grouped(phase.epochs), join(phase.train, ", "),
                    grouped(phase.trainable_parameters), joined(rates, "; ")});
  }
  out.table(
      "What each phase trains",
      {{"Phase"}, {"Epochs"}, {"Trains", Align::left}, {"Trainable parameters"}, {"Peak learning rate", Align::left}},
      rows);
}

}  // namespace

Blocks training_section(const StageReport& stage) {
  const PolicyReport& policy = stage.policy;
  Blocks out;
  out.paragraph("Policy " + strong(policy.name) +
                concat(": ", grouped(policy.trainable_parameters), " of ", grouped(policy.total_parameters),
                       " parameters train. ", how_it_was_fitted(stage.training)));
  add_choice(out, stage.training);
  add_curves(out, stage);
  add_epochs(out, stage);
  add_strengths(out, stage.training);
  add_label_texts(out, stage.training);
  add_language_neutral(out, stage.training);
  add_self_training(out, stage.training);
  add_phases(out, policy);
  return out;
}

}  // namespace tt::report
