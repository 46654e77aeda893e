#include "render/html/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

// Small parts that several sections share.

namespace tt::report::html {
namespace {

constexpr std::size_t kTextLimit = 200;

}  // namespace

Html tiles(const std::vector<Tile>& tiles) {
  Html content;
  for (const Tile& tile : tiles) {
    Html figure = tile.figure;
    if (!tile.detail.empty()) figure += element("small", tile.detail);
    content += element("div", element("dt", tile.name) + element("dd", figure));
  }
  return element("dl", {{"class", "tiles"}}, content);
}

std::vector<Tile> figure_tiles(const EvaluationReport& figures) {
  return {{"Accuracy", percent(figures.accuracy), concat("95% interval ", interval_words(figures.accuracy_ci95))},
          {"Macro F1", fixed(figures.macro.f1, 3), "each intent counts the same"},
          {"Among the first three", percent(figures.top3_accuracy), "right intent in the top 3"},
          {"Texts", grouped(figures.examples), "that the figures are about"}};
}

std::string interval_words(const evaluation::Interval& interval) {
  const std::string low = percent(interval.low);
  return low == "–" ? low : concat(low, " to ", percent(interval.high));
}

Html quotation(const std::string& text) { return isolated(concat("“", excerpt(text, kTextLimit), "”")); }

Html quotations(const std::vector<std::string>& texts) {
  std::vector<Html> items;
  items.reserve(texts.size());
  for (const std::string& text : texts) items.push_back(quotation(text));
  return element("div", {{"class", "texts"}}, list(items));
}

Html note(const Html& content) { return element("p", {{"class", "note"}}, content); }

}  // namespace tt::report::html
