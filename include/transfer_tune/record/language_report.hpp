#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "transfer_tune/evaluation/bootstrap.hpp"
#include "transfer_tune/evaluation/metrics.hpp"

// How well texts are answered in each of their languages: a block of the figures on one file.

namespace tt::report {

/// Figures of the texts in one language.
struct LanguageReport {
  std::string language;
  std::int64_t texts = 0;
  std::optional<std::int64_t> trained_texts;  ///< labelled texts of it that were trained on; absent: not known
  std::optional<std::int64_t>
      unlabelled_texts;  ///< texts of it without labels that were learnt from; absent: not known
  double accuracy = evaluation::kUndefined;
  evaluation::Interval accuracy_ci95;  ///< Wilson's
  double micro_f1 = evaluation::kUndefined;
  double macro_f1 = evaluation::kUndefined;
  double ece = evaluation::kUndefined;
  double kept = evaluation::kUndefined;        ///< share that the threshold does not reject; undefined: there is none
  double difference = evaluation::kUndefined;  ///< accuracy less that of all other texts; undefined: there are none
  double p = evaluation::kUndefined;           ///< Fisher's exact test of that
  double p_holm = evaluation::kUndefined;      ///< by Holm's correction over the languages
  bool weak = false;                           ///< see `is_weak`
};

/// Whether a language is answered worse than the other texts: by a point or more, and beyond chance.
[[nodiscard]] bool is_weak(const LanguageReport& language);

/// A mean over languages, each counting the same.
struct LanguageMeanReport {
  std::int64_t languages = 0;
  std::int64_t texts = 0;
  double accuracy = evaluation::kUndefined;
  evaluation::Interval accuracy_ci95;
  double macro_f1 = evaluation::kUndefined;
};

struct LanguagesReport {
  std::string column;
  LanguageMeanReport mean;
  std::optional<LanguageMeanReport> trained;    ///< over languages of the training texts; absent: none, or not known
  std::optional<LanguageMeanReport> zero_shot;  ///< over the others; likewise
  std::vector<LanguageReport> by_language;      ///< sorted by language
};

/// What is known of the languages of texts.
struct LanguageContext {
  std::string column;                                               ///< that says them; empty: none does
  std::optional<std::map<std::string, std::int64_t>> trained{};     ///< labelled texts trained on; absent: not known
  std::optional<std::map<std::string, std::int64_t>> unlabelled{};  ///< texts without labels learnt from; likewise
};

/// What was measured on the texts of one language.
struct LanguageFigures {
  std::size_t texts = 0;
  std::size_t right = 0;
  double micro_f1 = evaluation::kUndefined;
  double macro_f1 = evaluation::kUndefined;
  double ece = evaluation::kUndefined;
};

/// From the figures of each language.
[[nodiscard]] LanguagesReport make_languages_report(const std::map<std::string, LanguageFigures>& figures,
                                                    const LanguageContext& context);

}  // namespace tt::report
