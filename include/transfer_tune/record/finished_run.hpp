#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "transfer_tune/evaluation/metrics.hpp"
#include "transfer_tune/record/language_report.hpp"
#include "transfer_tune/record/latency_report.hpp"

// What a comparison takes from the files that a finished run left.

namespace tt::report {

/// From report.json. The figures are those on the test file, or out of fold where there is none.
struct RunSummary {
  std::string policy;
  std::uint64_t seed = 0;
  std::string data_sha256;  ///< of the file that it was measured on
  std::int64_t texts = 0;   ///< at least 1
  bool cross_validated = false;
  double accuracy = evaluation::kUndefined;
  double macro_f1 = evaluation::kUndefined;
  std::optional<double> micro_f1{};               ///< absent: texts have one label each
  double train_seconds = evaluation::kUndefined;  ///< source stage and reused activations included
  double total_seconds = evaluation::kUndefined;
  std::int64_t peak_rss_bytes = 0;
  std::int64_t trainable_parameters = 0;
  std::string encoder_sha256;
  std::string train_sha256;  ///< of the training file
  std::int64_t train_texts = 0;
  std::optional<std::int64_t> shots{};              ///< training texts kept per label; absent: all
  double texts_per_label = evaluation::kUndefined;  ///< training texts after sampling, the mean over labels
  bool random_weights = false;                      ///< the encoder was not pretrained
  std::optional<LatencyReport> latency{};
  std::optional<LanguagesReport> languages{};  ///< absent: no column says them
  std::string machine;  ///< device, precision, threads and instruction set, for whether times can be compared
};

/// Throws `DataError`, with a JSON pointer but without the file's name, for a document that is not such a report or
/// that holds no figures.
[[nodiscard]] RunSummary read_run_summary(std::string_view json);

/// From config.resolved.json: what tells whether two runs differ by their source stage alone.
struct RunSettings {
  std::string source_name;
  std::string source;  ///< its settings, as JSON; empty: none
  std::string others;  ///< those that shape the training beside seed and source, as JSON
};

/// Throws `DataError` for a document that is not such a config.
[[nodiscard]] RunSettings read_run_settings(std::string_view json);

/// From predictions.jsonl: one entry a text, in the order of the file.
struct Answers {
  std::string data_sha256;               ///< of the file that holds the texts
  std::vector<std::uint64_t> indexes;    ///< places in it
  std::vector<std::string> labels;       ///< true ones
  std::vector<std::uint8_t> correct;     ///< 1 right, 0 wrong
  std::vector<std::string> languages{};  ///< empty: the lines do not say
};

/// Throws `DataError` with the line's number, but without the file's name.
[[nodiscard]] Answers read_answers(std::string_view jsonl);

}  // namespace tt::report
