#pragma once

#include "runs/encoder_loader.hpp"
#include "runs/fingerprints.hpp"
#include "runs/gates.hpp"
#include "runs/held_out.hpp"
#include "runs/session.hpp"
#include "runs/stage_data.hpp"
#include "runs/train_stage.hpp"
#include "transfer_tune/evaluation/metrics.hpp"
#include "transfer_tune/evaluation/multi_label.hpp"
#include "transfer_tune/model/classifier.hpp"
#include "transfer_tune/record/run_report.hpp"
#include "transfer_tune/training/forward.hpp"

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <optional>
#include <vector>

// An adaptation as values: load → train → measure → write, each from what those before it returned.

namespace tt::runs {

/// What the run starts from.
struct Loaded {
  LoadedEncoder encoder;
  StageData data{};
  OutOfScopeTexts out_of_scope{};
  std::optional<StageData> source_data{};        ///< absent: no source, or a finished checkpoint
  StageSettings settings{};                      ///< of the target's training
  std::optional<report::SearchReport> search{};  ///< how settings were chosen; absent: as the config gives them
  KnownHashes hashes{};                          ///< of what was read, as it was read
  /// Where there is no test file: positions of the training texts that are cross-validated, and those texts.
  std::vector<std::size_t> cross_validated{};
  training::EncodedSet held_out{};
  std::optional<data::Dataset> held_out_texts{};

  /// The texts that the figures are about.
  [[nodiscard]] const training::EncodedSet& measured() const { return data.test ? *data.test : held_out; }
  [[nodiscard]] const data::Dataset& measured_texts() const {
    return data.test ? *data.test_texts : held_out_texts.value();
  }
  [[nodiscard]] std::int32_t pad_id() const { return encoder.tokenizer.pad_id(); }
};

/// Throws whatever is wrong with the inputs.
[[nodiscard]] Loaded load(Session& session);
/// The pretrained encoder under a new head. Throws `UsageError` for a rule of any phase that matches nothing.
[[nodiscard]] model::Classifier make_classifier(Session& session, const Loaded& loaded);

/// What the pretrained encoder makes of the measured texts, and how far one comes with that alone.
struct Untuned {
  training::PrefixCache features;
  report::BaselinesReport floors;
  std::optional<report::EarlierClassifierReport> earlier;  ///< of the labels known so far; absent: there are none
};
[[nodiscard]] Untuned measure_floors(Session& session, const Loaded& loaded, const model::Classifier& pretrained);

/// What looks wrong with the target's data to the pretrained encoder: what was tuned on a wrong label believes it.
/// `encodes`: training encodes all texts with the pretrained encoder, so that it is not for this alone. Absent:
/// switched off.
[[nodiscard]] std::optional<report::DataChecksReport> check_data(Session& session, const Loaded& loaded,
                                                                 const Untuned& untuned,
                                                                 const model::Classifier& pretrained, bool encodes);

struct Trained {
  model::Classifier classifier;
  std::optional<report::SourceReport> source{};
  report::StageReport target{};                ///< without figures
  Decided decided{};                           ///< without figures
  ScopeReference reference{};                  ///< of the classifier; empty without out-of-scope texts
  at::Tensor out_of_fold{};                    ///< logits of the training texts; undefined where there is a test file
  std::optional<model::Classifier> adapted{};  ///< with its adapters beside the frozen weights; absent: it had none
  bool encoder_changed = true;
};
/// The source stage, where there is one, then the target's.
[[nodiscard]] Trained train(Session& session, const Loaded& loaded, model::Classifier classifier);

struct Figures {
  Decided decided;
  report::Decision decision;                         ///< the same as the checkpoint keeps it
  evaluation::Scores scores;                         ///< of the measured texts; empty: there are none
  evaluation::MultiLabelScores sets;                 ///< in their place with several labels a text
  std::optional<report::EvaluationReport> measured;  ///< absent: there are none
  std::vector<std::uint8_t> kept{};  ///< of each measured text whether the threshold keeps it; empty: there is none
  std::optional<report::EarlierClassifierReport> earlier;
  std::optional<report::FeatureMapReport> map;
  std::optional<report::LatencyReport> latency;
};
[[nodiscard]] Figures measure(Session& session, const Loaded& loaded, const Untuned& untuned, const Trained& trained);

/// Writes every file of the run to the session's directory and returns its report.
[[nodiscard]] report::RunReport write(Session& session, const Loaded& loaded, const Untuned& untuned,
                                      const std::optional<report::DataChecksReport>& checks, Trained trained,
                                      Figures figures, const Gates& gates);

}  // namespace tt::runs
