#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "render/backends.hpp"
#include "report/sample_report.hpp"
#include "support/messages.hpp"
#include "transfer_tune/record/format.hpp"
#include "transfer_tune/render/reports.hpp"

namespace tt::report {
namespace {

using tt::tests::holds;

/// What `text` is in a list's entry.
std::string markup(const Inline& text) {
  Blocks blocks;
  blocks.list({text});
  const std::string list = markdown_of(blocks);
  return list.substr(2, list.size() - 3);
}

TEST(MarkdownText, ShowsHostileTextAsItIs) {
  EXPECT_EQ(R"(a\|b \`c\` \*\*d\*\* \_e\_ \[f\](g) \\)", markup("a|b `c` **d** _e_ [f](g) \\"));
  EXPECT_EQ("&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp;", markup("<script>alert(1)</script> &amp;"));
  EXPECT_EQ("two lines and a tab", markup("two\nlines\r"
                                          "and\ta tab"));
  EXPECT_EQ("https&#58;//evil.example and &#119;ww.evil.example", markup("https://evil.example and www.evil.example"));
  EXPECT_EQ("größe 日本 🙂", markup("größe 日本 🙂"));
}

TEST(MarkdownText, NamesWhatCannotBeSeen) {
  EXPECT_EQ("\\[U+001B\\]\\[31m", markup("\x1b[31m"));
  EXPECT_EQ("\\[U+0000\\]", markup(std::string(1, '\0')));
  EXPECT_EQ("a\\[U+202E\\]b\\[U+2069\\]", markup("a\u202Eb\u2069"));
  EXPECT_EQ("\\[U+0085\\]\\[U+2028\\]\\[U+FEFF\\]", markup("\u0085\u2028\uFEFF"));
  EXPECT_EQ("bad \xEF\xBF\xBD byte", markup("bad \xFF byte"));
}

TEST(MarkdownText, AddsMarkupOnlyWhereAsked) {
  EXPECT_EQ(R"(**a\*** b)", markup(strong("a*") + " b"));
  EXPECT_EQ("**a (b)** c", markup(strong("a (" + name("b") + ")") + " c")) << "one pair of asterisks";
  EXPECT_EQ(R"(x\|y)", markup(joined({"x", "y"}, "|")));
  EXPECT_EQ("https&#58;//x", markup(name("https") + "://x")) << "of two parts";
}

TEST(Markdown, BuildsBlocks) {
  Blocks out;
  out.heading(2, "A #1");
  out.table("Caption", {{"Name", Align::left}, {"0 – 1", Align::drawn}, {"n"}},
            {{"a|b", Cell(0.5, {0.25, 0.75}), stacked({"1", "<br>"})}});
  out.list({"one", "two"});
  out.list({});
  EXPECT_EQ("## A \\#1\n\n| Name | n |\n|---|---:|\n| a\\|b | 1<br>&lt;br&gt; |\n\n- one\n- two\n", markdown_of(out));
}

TEST(Markdown, KeepsACodeBlockClosed) {
  Blocks out;
  out.code("echo '```' \x1b\n<b>");
  EXPECT_EQ("````\necho '```' [U+001B]\n<b>\n````\n", markdown_of(out));
}

TEST(Format, WritesNumbersForPeople) {
  const double undefined = evaluation::kUndefined;
  EXPECT_EQ("0.873", fixed(0.8734, 3));
  EXPECT_EQ("–", fixed(undefined, 3));
  EXPECT_EQ("0.0", fixed(-0.04, 1));
  EXPECT_EQ("-0.1", fixed(-0.06, 1));
  EXPECT_EQ("87.3%", percent(0.8734));
  EXPECT_EQ("–", percent(undefined));
  EXPECT_EQ("0.6 points", points(-0.006));
  EXPECT_EQ("3e-05", shortest(3e-5));
  EXPECT_EQ("0", grouped(0));
  EXPECT_EQ("999", grouped(999));
  EXPECT_EQ("-1,000", grouped(-1000));
  EXPECT_EQ("22,713,216", grouped(22713216));
  EXPECT_EQ("0.84 s", duration(0.84));
  EXPECT_EQ("12.3 s", duration(12.34));
  EXPECT_EQ("4 min 05 s", duration(244.7));
  EXPECT_EQ("– s", duration(undefined));
  EXPECT_EQ("1 text", counted(1, "text", "texts"));
  EXPECT_EQ("1,200 texts", counted(1200, "text", "texts"));
  EXPECT_EQ("日本…", excerpt("日本語", 2));
  EXPECT_EQ("日本語", excerpt("日本語", 3));
  EXPECT_EQ("/a/b.json", shell_word("/a/b.json"));
  EXPECT_EQ("'it'\\''s $HOME'", shell_word("it's $HOME"));
  EXPECT_EQ("''", shell_word(""));
}

TEST(RunMarkdown, StartsWithTheResult) {
  const std::string text = to_markdown(tests::sample_run());
  EXPECT_TRUE(text.starts_with("# banking: 75.0% accuracy\n\nMiniLM learned 2 labels")) << text;
  EXPECT_TRUE(holds(text, "## Result\n\n|  | Accuracy | 95% interval | Macro F1 |\n"));
  EXPECT_TRUE(holds(text, "| **adapted, policy top\\_layers** | **75.0%** | "));
  EXPECT_TRUE(holds(text, "| most frequent label | 50.0% |  | 0.333 |"));
  EXPECT_TRUE(holds(text, "MiniLM learned 2 labels from 20 texts in 12.2 s and answers 75.0% of 4 texts rightly."));
  EXPECT_TRUE(holds(text, "25.0 points above always answering the most frequent label (a floor inside the interval)"));
  EXPECT_TRUE(holds(text, "**Source stage (retail).** 50.0% of its change to the weights was kept"));
  EXPECT_TRUE(holds(text, "score 87.5% with it and 86.2% without, 1.2 points more"));
  EXPECT_TRUE(
      holds(text, "- label \"fees\" has no test text\n- 1 text was cut to the length limit in /data/train.csv."));
  EXPECT_TRUE(holds(text, "| card\\_lost | top\\_up | 1 | 50.0% | “where did my card go” |"));
  EXPECT_TRUE(holds(text, "transfer-tune --config '/runs/retail to banking/config.resolved.json' --overwrite"));
  EXPECT_TRUE(holds(text, "CPU capability AVX512, own kernels avx512, matrix products by mkl\n"));
  EXPECT_LT(text.find("| card\\_lost | 0.667 |"), text.find("| top\\_up | 0.800 |")) << "weakest first";
}

TEST(RunMarkdown, IsHonestAboutAFailure) {
  RunReport report = tests::sample_run();
  report.baselines.nearest_label_name = evaluation::Baseline{.accuracy = 0.8, .macro_f1 = 0.8};
  report.source->keep.chosen = 0;
  const std::string text = to_markdown(report);
  EXPECT_TRUE(holds(text, "That is no better than answering with the nearest label name, untrained, (80.0%)"));
  EXPECT_TRUE(holds(text, "It did not help: no share of its weights scored above the pretrained encoder (86.2%)"));

  report.source->keep = {.automatic = false, .chosen = 0.25, .candidates = {}};
  EXPECT_TRUE(holds(to_markdown(report),
                    "25.0% of its change to the weights was kept, as configured; its effect on the "
                    "target was not measured."));
}

TEST(RunMarkdown, SaysWhenNothingWasTested) {
  RunReport report = tests::sample_run();
  report.cross_validation = report.target.test;
  report.target.test.reset();
  EXPECT_TRUE(holds(to_markdown(report), "**There is no test file.** These figures are cross-validated"));
  report.cross_validation.reset();
  EXPECT_TRUE(to_markdown(report).starts_with("# banking: adapted, not tested\n"));
}

TEST(RunMarkdown, SaysThatNoEpochWasKept) {
  RunReport report = tests::sample_run();
  report.target.training.epochs = 0;
  report.target.training.best_epoch = 0;
  const std::string text = to_markdown(report);
  EXPECT_TRUE(holds(text,
                    "Final fit on 20 texts, validation texts joined back, no epoch of tuning kept, head solved "
                    "with C = 0.1; 12.2 s in all"));
}

TEST(RunMarkdown, SaysOnWhatEachEpochAndStrengthWasMeasured) {
  RunReport report = tests::sample_run();
  report.target.training.selection_metric = "macro_f1";  // chooses epochs; strengths are compared by accuracy
  const std::string text = to_markdown(report);
  EXPECT_TRUE(holds(text, "Every epoch, as the mean over 5 folds; the final fit is not among them:"));
  EXPECT_TRUE(holds(text, "| C | accuracy on held-out texts |"));
  report.target.data.validation_strategy = Validation::split;
  report.target.data.validation_examples = report.target.training.held_out = 1200;
  EXPECT_TRUE(holds(to_markdown(report), "Settings were chosen on the 1,200 texts held out of the training file."));
  EXPECT_TRUE(holds(to_markdown(report), "Every epoch of the fit without the held-out texts; the final fit is not"));
  report.target.training.refitted = false;
  EXPECT_TRUE(holds(to_markdown(report), "Every epoch of the final fit:"));
  report.target.data.validation_strategy = Validation::given;
  EXPECT_TRUE(holds(to_markdown(report), "Settings were chosen on the 1,200 texts of the validation file."));
}

TEST(RunMarkdown, EscapesEverythingFromData) {
  const std::string hostile = "<script>|`\u202E\x1b[0m\n# h";
  RunReport report = tests::sample_run();
  report.target.data.name = hostile;
  report.target.data.train->path = hostile;
  report.target.data.warnings = {hostile};
  report.target.data.validation_reason = hostile;
  report.target.policy.phases[0].train = {hostile};
  report.source->reused_labels = {hostile};
  report.output_dir = hostile;
  report.warnings = {hostile};
  EvaluationReport& test = *report.target.test;
  test.per_class[0].label = hostile;
  test.confused_pairs[0].texts = {hostile};
  test.confused_pairs[0].label = hostile;
  test.slices[0].column = hostile;
  test.slices[0].values[0].value = hostile;
  test.languages->column = hostile;
  test.languages->by_language[0].language = hostile;
  report.target.data.languages->column = hostile;
  report.target.data.languages->counts[0].language = hostile;
  report.calibration->languages[0].language = hostile;
  report.out_of_scope->languages[0].language = hostile;
  test.data_path = hostile;
  for (const std::string& text : {to_markdown(report), to_markdown(test)}) {
    const std::string prose = text.substr(0, text.find("## How to run it again"));
    EXPECT_FALSE(holds(prose, "<script"));
    EXPECT_FALSE(holds(text, "\u202E"));
    EXPECT_FALSE(holds(text, "\x1b"));
    EXPECT_FALSE(holds(prose, "\n# h"));
    EXPECT_TRUE(holds(prose, "&lt;script&gt;\\|\\`\\[U+202E\\]\\[U+001B\\]\\[0m \\# h"));
  }
}

TEST(EvaluationMarkdown, StartsWithTheResult) {
  const std::string text = to_markdown(tests::sample_evaluation());
  EXPECT_TRUE(text.starts_with("# Evaluation: 75.0% accuracy\n\n3 of 4 texts right; 95% interval ")) << text;
  EXPECT_TRUE(holds(text, "### By language"));
  EXPECT_TRUE(to_markdown(EvaluationReport{}).starts_with("# Evaluation: no texts\n"));
}

}  // namespace
}  // namespace tt::report
