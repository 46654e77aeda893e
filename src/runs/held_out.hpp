#pragma once

#include "runs/decision.hpp"
#include "runs/stage_data.hpp"
#include "runs/train_stage.hpp"
#include "transfer_tune/config/run_config.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/model/classifier.hpp"
#include "transfer_tune/record/decision_report.hpp"
#include "transfer_tune/record/multi_label_report.hpp"
#include "transfer_tune/training/activation_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What the classifier answers on texts that it has not seen, and what is decided by that.

namespace tt::runs {

/// Texts out of scope, from files of their own and from among the target's.
struct OutOfScopeTexts {
  training::EncodedSet validation;            ///< to choose on
  training::EncodedSet test;                  ///< to measure on
  std::vector<std::string> test_texts;        ///< to show: with output.texts false, where they stand
  std::vector<std::string> test_languages{};  ///< of each; empty: no column says them
  std::vector<report::ScopeFileReport> files;

  [[nodiscard]] bool empty() const noexcept { return validation.size() == 0 && test.size() == 0; }
};

/// Throws `DataError`.
[[nodiscard]] OutOfScopeTexts load_out_of_scope(const config::RunConfig& config, const StageData& data,
                                                const tokenizer::Tokenizer& tokenizer, std::int64_t threads);

/// What texts are given by one classifier or by those of several folds.
struct TextAnswers {
  std::vector<std::int32_t> labels;
  std::vector<float> logits;        ///< [texts, classes]
  std::vector<float> targets;       ///< likewise, of 0 and 1, where texts have several labels
  std::vector<double> mahalanobis;  ///< one per text; empty: not computed
  std::vector<double> knn;
  std::vector<std::int32_t> languages{};  ///< by their places in `StageData::languages`; empty: not known
};

/// Encodes and answers texts with a stage's classifier as it is at the moment.
struct Answering {
  const model::Classifier& classifier;
  training::ActivationStore& store;
  std::int32_t pad_id;
  const ProgressCallback& progress;

  /// As the head sees them: [texts, hidden]; through the store where the encoder is the one that it holds.
  [[nodiscard]] at::Tensor features(const training::Texts& texts, bool encoder_trained) const;
  /// Of some of the training texts at `trained`: at most fifty a label, drawn by `seed`.
  [[nodiscard]] ScopeReference reference(const StageData& data, const std::vector<std::size_t>& trained,
                                         bool encoder_trained, std::uint64_t seed) const;
  /// Puts the answers on texts with these features behind `out`; scores that compare features only with a reference.
  void add(TextAnswers& out, const at::Tensor& features, const training::Texts& texts,
           const ScopeReference* reference) const;
};

/// Gathers answers while a stage trains, as its `HeldOutCallback`.
class HeldOutAnswers {
 public:
  /// `out_of_scope` may be empty; then scores that compare features are not computed.
  /// What a tuned encoder answers is taken from `state` where it knows.
  HeldOutAnswers(Answering answering, const StageData& data, const OutOfScopeTexts& out_of_scope, std::uint64_t seed,
                 RunState& state)
      : answering_(answering), data_(data), out_of_scope_(out_of_scope), seed_(seed), state_(state) {}

  void add(const HeldOut& held_out);

  /// Each by the classifier of one fold, which had not seen it.
  [[nodiscard]] bool are_out_of_fold() const noexcept { return out_of_fold_; }
  [[nodiscard]] const TextAnswers& in_scope() const noexcept { return in_scope_; }
  [[nodiscard]] const TextAnswers& out_of_scope() const noexcept { return out_of_scope_answers_; }

 private:
  /// Behind those that are there.
  void answer(const HeldOut& held_out, TextAnswers& in_scope, TextAnswers& out_of_scope) const;

  Answering answering_;
  const StageData& data_;
  const OutOfScopeTexts& out_of_scope_;
  std::uint64_t seed_;
  RunState& state_;
  bool out_of_fold_ = false;
  TextAnswers in_scope_;
  TextAnswers out_of_scope_answers_;
};

/// Temperature, score and threshold as the report tells of them.
struct Decided {
  report::CalibrationReport calibration;
  std::optional<report::ThresholdsReport> thresholds;    ///< absent: one label a text
  std::optional<report::OutOfScopeReport> out_of_scope;  ///< absent: no texts were held out and none are out of scope
};

/// By label id; empty: one label a text.
[[nodiscard]] std::vector<double> thresholds_of(const Decided& decided);

/// By what was held out while a stage of `data` trained; `refitted` as in its report. `keep` as in the config.
[[nodiscard]] Decided decide(const HeldOutAnswers& held_out, const StageData& data, const OutOfScopeTexts& out_of_scope,
                             bool refitted, double keep);

/// As the checkpoint keeps it. `languages`: of the training texts.
[[nodiscard]] report::Decision for_checkpoint(const Decided& decided, const ScopeReference& reference,
                                              const report::LanguageContext& languages);

/// Test texts and what they are answered with.
struct ScopeTest {
  const TextAnswers& in_scope;
  std::vector<std::string> languages;  ///< of those in scope; empty: not known
  const TextAnswers& out_of_scope;
  const OutOfScopeTexts& texts;
};

/// Fills in what is measured on test texts; `decision` as the checkpoint keeps it. Returns of each in scope whether it
/// is kept; nothing where no threshold was chosen.
std::vector<std::uint8_t> measure_out_of_scope(Decided& decided, const report::Decision& decision,
                                               const ScopeTest& test, const data::LabelMap& labels);

}  // namespace tt::runs
