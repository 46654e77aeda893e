#include "runs/languages.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/data/checks.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

namespace tt::runs {
namespace {

/// Values of a column beyond which it hardly holds languages.
constexpr std::size_t kManyLanguages = 200;
constexpr std::size_t kShownLanguages = 20;

void check(const data::Dataset& texts, const std::vector<std::string>& wanted) {
  std::set<std::string> known;
  for (const data::Example& example : texts.examples) known.insert(example.language);
  const std::vector<std::string> names(known.begin(), known.end());
  std::vector<std::string> problems;
  for (const std::string& language : wanted) {
    if (known.contains(language)) continue;
    std::vector<std::string> shown;
    for (const std::string& name : std::span(names).first(std::min(names.size(), kShownLanguages))) {
      shown.push_back(quote(name));
    }
    if (shown.size() < names.size()) shown.push_back(concat("and ", names.size() - shown.size(), " more"));
    const auto hint = nearest_name(language, names);
    problems.push_back(concat(texts.path.string(), ": no text is of the language ", quote(language),
                              " (target.languages); found: ", join(shown, ", "),
                              hint ? concat("; did you mean ", quote(*hint), "?") : std::string()));
  }
  if (!problems.empty()) throw DataError(join(problems, "\n"));
}

/// Takes the texts of other languages than `wanted` out of `examples`; where they stood goes into `positions`.
std::vector<data::Example> take_others(std::vector<data::Example>& examples, const std::vector<std::string>& wanted,
                                       std::vector<std::size_t>& positions) {
  std::vector<data::Example> kept;
  std::vector<data::Example> others;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const bool is_wanted = std::ranges::find(wanted, examples[i].language) != wanted.end();
    if (!is_wanted) positions.push_back(i);
    (is_wanted ? kept : others).push_back(std::move(examples[i]));
  }
  examples = std::move(kept);
  return others;
}

std::string unknown_warning(const data::Dataset& dataset, const std::string& column) {
  const auto unknown = std::ranges::count(dataset.examples, data::kUnknownLanguage, &data::Example::language);
  if (unknown == 0) return "";
  return concat(dataset.path.string(), ": ", unknown, " of ", dataset.examples.size(),
                " texts have nothing in the column ", quote(column), " (language_column): they count as one language, ",
                quote(data::kUnknownLanguage));
}

std::vector<std::string> warnings_about(const std::vector<report::LanguageCountReport>& counts,
                                        const std::string& column) {
  std::vector<std::string> warnings;
  if (counts.size() > kManyLanguages) {
    warnings.push_back(concat("the column ", quote(column), " (language_column) has ", counts.size(),
                              " values: is it the column of languages?"));
  }
  std::map<std::string, std::vector<std::string>> spellings;
  for (const report::LanguageCountReport& count : counts) {
    spellings[data::fold_text(count.language)].push_back(quote(count.language));
  }
  for (const auto& [folded, names] : spellings) {
    if (names.size() < 2) continue;
    warnings.push_back(concat("languages that differ in spelling alone count as different: ", join(names, ", ")));
  }
  return warnings;
}

}  // namespace

std::int64_t keep_languages(StageData& stage, const config::DataConfig& config) {
  if (!config.languages) return 0;
  data::Dataset& texts = stage.train_texts;
  check(texts, *config.languages);
  std::vector<std::size_t> positions;
  std::vector<data::Example> others = take_others(texts.examples, *config.languages, positions);
  std::vector<std::size_t> out_of_scope_positions;
  std::vector<data::Example> out_of_scope = take_others(texts.out_of_scope, *config.languages, out_of_scope_positions);
  const auto count = static_cast<std::int64_t>(others.size());
  if (config.test) return count;
  if (others.empty()) return count;
  data::Dataset& test = stage.test_texts.emplace();
  test.path = texts.path;
  test.sha256 = texts.sha256;
  test.encoding = texts.encoding;
  test.delimiter = texts.delimiter;
  test.examples = std::move(others);
  test.out_of_scope = std::move(out_of_scope);
  stage.test_positions = std::move(positions);
  stage.report.warnings.push_back(concat("no test file was given: the figures are of the ", test.examples.size(),
                                         " texts of the training file in other languages than those trained on (",
                                         join(*config.languages, ", "), "), of which they say nothing"));
  return count;
}

std::vector<std::string> language_names(const StageData& stage) {
  std::set<std::string> names;
  for (const data::Dataset* file : {&stage.train_texts, stage.validation_texts ? &*stage.validation_texts : nullptr,
                                    stage.test_texts ? &*stage.test_texts : nullptr}) {
    if (file == nullptr) continue;
    for (const data::Example& example : file->examples) names.insert(example.language);
  }
  names.erase("");
  return {names.begin(), names.end()};
}

std::vector<std::int32_t> language_ids(const data::Dataset& dataset, const std::vector<std::string>& names) {
  std::vector<std::int32_t> ids;
  if (names.empty()) return ids;
  ids.reserve(dataset.examples.size());
  for (const data::Example& example : dataset.examples) {
    const auto found = std::ranges::lower_bound(names, example.language);
    const bool is_there = found != names.end() && *found == example.language;
    ids.push_back(is_there ? static_cast<std::int32_t>(found - names.begin()) : -1);
  }
  return ids;
}

std::vector<std::string> languages_of(const data::Dataset& dataset) {
  std::vector<std::string> languages;
  for (const data::Example& example : dataset.examples) languages.push_back(example.language);
  if (std::ranges::all_of(languages, [](const std::string& language) { return language.empty(); })) return {};
  return languages;
}

void describe_languages(StageData& stage, const config::DataConfig& config, const data::Dataset* pool,
                        std::int64_t left_out) {
  if (!config.language_column) return;
  std::map<std::string, report::LanguageCountReport> counts;
  const auto count = [&](const data::Dataset* file, std::int64_t report::LanguageCountReport::*member) {
    if (file == nullptr) return;
    for (const data::Example& example : file->examples) {
      if (!example.language.empty()) ++(counts[example.language].*member);
    }
    if (const std::string warning = unknown_warning(*file, *config.language_column); !warning.empty()) {
      stage.report.warnings.push_back(warning);
    }
  };
  using Count = report::LanguageCountReport;
  count(&stage.train_texts, &Count::train);
  count(stage.validation_texts ? &*stage.validation_texts : nullptr, &Count::validation);
  count(stage.test_texts ? &*stage.test_texts : nullptr, &Count::test);
  count(pool, &Count::unlabelled);
  report::DataLanguagesReport& report = stage.report.languages.emplace();
  report.column = *config.language_column;
  report.trained_on = config.languages.value_or(std::vector<std::string>{});
  report.left_out = left_out;
  for (auto& [language, numbers] : counts) {
    numbers.language = language;
    report.counts.push_back(numbers);
  }
  for (std::string& warning : warnings_about(report.counts, report.column)) {
    stage.report.warnings.push_back(std::move(warning));
  }
}

report::LanguageContext language_context(const report::DataReport& data) {
  report::LanguageContext out;
  if (!data.languages) return out;
  out.column = data.languages->column;
  auto& trained = out.trained.emplace();
  auto& unlabelled = out.unlabelled.emplace();
  for (const report::LanguageCountReport& count : data.languages->counts) {
    trained[count.language] = count.train;
    unlabelled[count.language] = count.unlabelled;
  }
  return out;
}

}  // namespace tt::runs
