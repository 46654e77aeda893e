#include "transfer_tune/render/model_card.hpp"
#include "support/messages.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "report/sample_report.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::report {
namespace {

using namespace std::string_literals;
using tt::tests::holds;

/// The YAML between the first two lines of dashes, without them.
std::string metadata_of(const std::string& card) {
  EXPECT_TRUE(card.starts_with("---\n"));
  const std::size_t end = card.find("\n---\n");
  EXPECT_NE(std::string::npos, end);
  return card.substr(4, end - 3);
}

TEST(YamlString, CannotBeLeft) {
  EXPECT_EQ(R"("plain: text #1")", yaml_string("plain: text #1"));
  EXPECT_EQ(R"("a \"b\" \\ c")", yaml_string(R"(a "b" \ c)"));
  EXPECT_EQ(R"("a[U+000A]---[U+000A]b[U+0000][U+202E][U+0085][U+FEFF]")",
            yaml_string("a\n---\nb\0\u202E\u0085\uFEFF"s));
  EXPECT_EQ("\"größe 🙂 \uFFFD \\uFFFD\"", yaml_string("größe 🙂 \xFF \uFFFF"));
  EXPECT_EQ("\"null\"", yaml_string("null"));
}

TEST(HubName, IsThatOfAHubCache) {
  EXPECT_EQ("org/model", hub_name("/home/x/.cache/huggingface/hub/models--org--model/snapshots/abc"));
  EXPECT_EQ("bert-base-uncased", hub_name("/hub/models--bert-base-uncased/snapshots/abc/"));
  EXPECT_FALSE(hub_name(".deps/encoders/all-MiniLM-L6-v2"));
  EXPECT_FALSE(hub_name("/models--org--model/elsewhere"));
  EXPECT_FALSE(hub_name("/models--a--b--c/snapshots/abc"));
  EXPECT_FALSE(hub_name(""));
}

TEST(ModelCard, BeginsWithMetadata) {
  const std::string yaml = metadata_of(model_card(tests::sample_run()));
  EXPECT_TRUE(yaml.starts_with("library_name: sentence-transformers\npipeline_tag: text-classification\n")) << yaml;
  EXPECT_TRUE(holds(yaml, "- name: \"MiniLM-banking\"\n"));
  EXPECT_TRUE(holds(yaml, "    - type: accuracy\n      name: \"Accuracy\"\n      value: 0.750000\n"));
  EXPECT_FALSE(holds(yaml, "base_model"));
}

TEST(ModelCard, SaysHowToLoadEitherHead) {
  RunReport report = tests::sample_run();
  EXPECT_TRUE(holds(model_card(report), "from sentence_transformers import"));
  report.head.type = "native";
  const std::string card = model_card(report);
  EXPECT_TRUE(holds(metadata_of(card), "library_name: transformers\n"));
  EXPECT_TRUE(holds(card, "from transformers import pipeline"));
}

TEST(ModelCard, TellsFiguresAndLimits) {
  RunReport report = tests::sample_run();
  report.gates = {{.gate = "test.accuracy>=0.9", .passed = false, .value = 0.75, .found = "0.750"}};
  const std::string card = model_card(report);
  for (const char* part : {"75.0%", "nearest label name, no training", "2025-01-01T00:00:00Z", "cut to 128 tokens",
                           "1 test text occurs in the training data", "FAIL", "| card\\_lost | 1.000 | 0.500 |",
                           "source domain retail", "50.0% of its change"}) {
    EXPECT_TRUE(holds(card, part));
  }
}

TEST(ModelCard, WithoutFiguresHasNoModelIndex) {
  RunReport report = tests::sample_run();
  report.target.test.reset();
  const std::string card = model_card(report);
  EXPECT_FALSE(holds(card, "model-index"));
  EXPECT_TRUE(holds(card, "It was not tested"));
  EXPECT_TRUE(holds(card, "| top\\_up |"));
  report.cross_validation = tests::sample_evaluation();
  EXPECT_TRUE(holds(metadata_of(model_card(report)), "Accuracy (cross-validated)"));
}

TEST(ModelCard, ShowsHostileNamesAsTheyAre) {
  const std::string hostile = "\"\n---\n<script>|\u202E\x1b";
  RunReport report = tests::sample_run();
  report.target.data.name = hostile;
  report.encoder.path = "/e/" + hostile;
  report.target.data.labels = {hostile, "b"};
  report.target.test->per_class[0].label = hostile;
  report.source->stage->data.name = hostile;
  const std::string card = model_card(report);
  EXPECT_FALSE(holds(card.substr(4 + metadata_of(card).size()), "<script"));
  EXPECT_FALSE(holds(card, "\u202E"));
  EXPECT_FALSE(holds(card, "\x1b"));
  EXPECT_TRUE(holds(metadata_of(card), "model-index")) << card;
}

TEST(ModelCard, ListsFiveHundredLabels) {
  RunReport report;
  for (int i = 0; i < 500; ++i) report.target.data.labels.push_back(concat("intent ", i));
  EXPECT_TRUE(holds(model_card(report), "| intent 499 |"));
}

}  // namespace
}  // namespace tt::report
