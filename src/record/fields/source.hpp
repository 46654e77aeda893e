#pragma once

#include <optional>

#include "record/fields/training.hpp"

namespace tt::report {

void fields(auto& visit, Like<KeepCandidate> auto& r) {
  visit("share", r.share, "of the source-tuned weights; the rest is pretrained");
  visit("score", r.score, "cross-validated probe accuracy on the target's training texts");
}

void fields(auto& visit, Like<KeepReport> auto& r) {
  visit("automatic", r.automatic, "chosen by score; else given");
  visit("chosen", r.chosen, "share of the source-tuned weights that the target starts from");
  visit("candidates", r.candidates, "shares tried; 0 is the pretrained encoder");
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

/// One part of an optional stage.
template <class Part>
std::optional<Part> part_of(const std::optional<StageReport>& stage, Part StageReport::*part) {
  return stage ? std::optional<Part>(*stage.*part) : std::nullopt;
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
  visit("transferability", r.transferability, "how near the source is, before the target trains; null: not scored",
        Since{2});
}

}  // namespace tt::report
