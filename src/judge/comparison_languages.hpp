#pragma once

#include <optional>
#include <string>
#include <vector>

#include "transfer_tune/evaluation/difference.hpp"
#include "transfer_tune/judge/comparison.hpp"

// Arms in the languages that they were trained in, and in those that they were not.

namespace tt::report {

/// The means over languages of an arm's runs; nothing where some run does not say them.
[[nodiscard]] std::optional<ArmLanguagesReport> arm_languages(const std::vector<const FinishedRun*>& runs);

/// Two arms that answered the same texts, with the texts' languages.
struct LanguageArms {
  const ArmReport& a;
  const ArmReport& b;
  const evaluation::Outcomes& of_a;
  const evaluation::Outcomes& of_b;
  const std::vector<std::string>& languages;
};

/// Each pair on the languages that both were trained in, and on those that one of them was not, as means over
/// languages; tested as other pairs are, with Holm's correction over all that this returns.
[[nodiscard]] std::vector<LanguagePairReport> compare_languages(const std::vector<LanguageArms>& pairs,
                                                                const ComparisonOptions& options);

}  // namespace tt::report
