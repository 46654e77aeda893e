#include "transfer_tune/record/finished_run.hpp"
#include "support/messages.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "report/sample_report.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/predictions.hpp"

namespace tt::report {
namespace {

using Json = nlohmann::json;

TEST(RunSummary, ReadsWhatAReportHolds) {
  const RunSummary run = read_run_summary(to_json(tests::sample_run()));
  EXPECT_EQ("top_layers", run.policy);
  EXPECT_EQ(18446744073709551615U, run.seed);
  EXPECT_EQ("5e55", run.data_sha256);
  EXPECT_EQ(4, run.texts);
  EXPECT_FALSE(run.cross_validated);
  EXPECT_DOUBLE_EQ(0.75, run.accuracy);
  EXPECT_DOUBLE_EQ(tests::sample_evaluation().macro.f1, run.macro_f1);
  EXPECT_DOUBLE_EQ(2 * 12.25, run.train_seconds) << "of both stages";
  EXPECT_DOUBLE_EQ(130, run.total_seconds);
  EXPECT_EQ(512LL * 1024 * 1024, run.peak_rss_bytes);
  EXPECT_EQ(3550466, run.trainable_parameters);
  EXPECT_EQ("c0ffee", run.encoder_sha256);
  EXPECT_EQ("ab12", run.train_sha256);
  EXPECT_EQ(20, run.train_texts);
  EXPECT_EQ("cpu, fp32, 2 threads, AVX512", run.machine);
  EXPECT_EQ(10, run.shots);
  EXPECT_DOUBLE_EQ(10, run.texts_per_label);
  EXPECT_FALSE(run.random_weights);
  EXPECT_FALSE(run.latency.has_value());
}

TEST(RunSummary, HasMicroF1WhereTextsHaveSeveralLabels) {
  RunReport report = tests::sample_run();
  EXPECT_FALSE(read_run_summary(to_json(report)).micro_f1.has_value());
  report.target.test->multi_label.emplace();
  report.target.test->micro.f1 = 0.625;
  EXPECT_EQ(0.625, read_run_summary(to_json(report)).micro_f1);
}

TEST(RunSummary, CountsWhatReusedActivationsTook) {
  RunReport report = tests::sample_run();
  report.source->stage.reset();
  report.target.training.reused_seconds = 30;
  EXPECT_DOUBLE_EQ(42.25, read_run_summary(to_json(report)).train_seconds);
}

/// `report` without what joined after the layout `version`, by what the schema says of each field.
void make_older(Json& report, const Json& schema, std::int64_t version) {
  if (report.is_array()) {
    for (Json& item : report) make_older(item, schema.at("items"), version);
  }
  if (!report.is_object()) return;
  for (const auto& [name, field] : schema.at("properties").items()) {
    if (!report.contains(name)) continue;
    const std::string since = field.value("$comment", "since schema_version 1");
    if (std::stoll(since.substr(since.rfind(' '))) > version) {
      report.erase(name);
    } else {
      make_older(report[name], field, version);
    }
  }
}

TEST(RunSummary, ReadsAReportOfEveryOlderLayout) {
  RunReport report = tests::sample_run();
  report.encoder.random_weights = true;
  report.target.training.reused_seconds = 30;
  const Json schema = Json::parse(report_schema_json());
  const auto made_older = [&](std::int64_t version) {
    Json older = Json::parse(to_json(report));
    make_older(older, schema, version);
    older["schema_version"] = version;
    EXPECT_FALSE(older.contains("/environment/kernels"_json_pointer));
    return older;
  };
  EXPECT_TRUE(read_run_summary(made_older(2).dump()).random_weights);
  const Json older = made_older(1);
  for (const char* gone : {"/training/reused_seconds", "/encoder/random_weights", "/timing/latency"}) {
    EXPECT_FALSE(older.contains(Json::json_pointer(gone))) << gone;
  }
  const RunSummary run = read_run_summary(older.dump());
  EXPECT_DOUBLE_EQ(2 * 12.25, run.train_seconds);
  EXPECT_FALSE(run.random_weights);
  EXPECT_FALSE(run.latency.has_value());
  EXPECT_EQ("ab12", run.train_sha256);
}

TEST(RunSummary, NamesAFieldThatItsLayoutShouldHold) {
  const auto without = [](const char* block, const char* name, int version) -> std::string {
    Json json = Json::parse(to_json(tests::sample_run()));
    json["schema_version"] = version;
    json[Json::json_pointer(block)].erase(name);
    return tt::tests::message_of<DataError>([&] { (void)read_run_summary(json.dump()); });
  };
  EXPECT_EQ("", without("/training", "reused_seconds", 1));
  EXPECT_EQ("", without("/encoder", "random_weights", 1));
  EXPECT_EQ("", without("/environment", "kernels", 2));
  EXPECT_EQ("/training/reused_seconds: found nothing, expected a value", without("/training", "reused_seconds", 2));
  EXPECT_EQ("/source/training/reused_seconds: found nothing, expected a value",
            without("/source/training", "reused_seconds", 2));
  EXPECT_EQ("/encoder/random_weights: found nothing, expected a value", without("/encoder", "random_weights", 2));
  EXPECT_EQ("/encoder/weights_sha256: found nothing, expected a value", without("/encoder", "weights_sha256", 1));
}

TEST(RunSummary, ReadsLatencyAndRandomWeights) {
  RunReport report = tests::sample_run();
  report.encoder.random_weights = true;
  report.timing.latency = {.texts = 200, .median_seconds = 0.007, .p95_seconds = 0.009, .texts_per_second = 800};
  const RunSummary run = read_run_summary(to_json(report));
  EXPECT_TRUE(run.random_weights);
  ASSERT_TRUE(run.latency.has_value());
  EXPECT_EQ(0.009, run.latency->p95_seconds);
}

TEST(RunSettings, TellTheSourceFromTheRest) {
  const auto settings = [](const Json& source, int seed, const char* policy) {
    Json json{{"encoder", {{"path", "/e"}}},
              {"target", {{"train", "/t"}, {"shots", 5}}},
              {"transfer", {{"policy", policy}}},
              {"training", {{"seed", seed}, {"epochs", 3}}},
              {"output", {{"dir", concat("/runs/", seed)}}}};
    if (!source.is_null()) json["source"] = source;
    return read_run_settings(json.dump());
  };
  const RunSettings with = settings({{"name", "retail"}, {"train", "/r"}}, 1, "full");
  const RunSettings without = settings(nullptr, 2, "full");
  EXPECT_EQ("retail", with.source_name);
  EXPECT_NE("", with.source);
  EXPECT_EQ("", without.source);
  EXPECT_EQ(with.others, without.others);
  EXPECT_NE(with.others, settings(nullptr, 2, "frozen").others);
  for (const char* text : {"", "3", "{}", R"({"encoder": {}, "target": {}, "training": 3})"}) {
    EXPECT_THROW((void)read_run_settings(text), DataError) << text;
  }
}

TEST(RunSummary, FallsBackOnCrossValidatedFigures) {
  RunReport report = tests::sample_run();
  report.cross_validation = std::move(report.target.test);
  report.target.test.reset();
  EXPECT_TRUE(read_run_summary(to_json(report)).cross_validated);
  report.cross_validation.reset();
  EXPECT_EQ("it holds no figures: the run had no test file and too few texts to cross-validate",
            tt::tests::message_of<DataError>([&] { (void)read_run_summary(to_json(report)); }));
}

/// The message that a report with `value` at `pointer` is refused with.
std::string refusal(const char* pointer, const Json& value) {
  Json json = Json::parse(to_json(tests::sample_run()));
  json[Json::json_pointer(pointer)] = value;
  return tt::tests::message_of<DataError>([&] { (void)read_run_summary(json.dump()); });
}

TEST(RunSummary, RefusesWhatIsNoReport) {
  for (const char* text : {"", "{", "[]", "3", "null", "{}"}) {
    EXPECT_THROW((void)read_run_summary(text), DataError) << text;
  }
  EXPECT_EQ("/test/accuracy: found 1.5, expected a share from 0 to 1", refusal("/test/accuracy", 1.5));
  EXPECT_TRUE(refusal("/test/accuracy", nullptr).starts_with("/test/accuracy: found "));
  EXPECT_EQ("/test/examples: found 0, expected 1 or more", refusal("/test/examples", 0));
  EXPECT_EQ("/environment/seed: found a negative number, expected 0 or more", refusal("/environment/seed", -1));
  EXPECT_EQ("/policy/name: found nothing, expected a value", refusal("/policy", Json::object()));
  EXPECT_EQ("/policy/name: found number, expected a string", refusal("/policy/name", 3));
  EXPECT_TRUE(refusal("/schema_version", 9).starts_with("/schema_version: found 9, expected 1 to 8, the layouts"));
  EXPECT_TRUE(refusal("/schema_version", 0).starts_with("/schema_version: found 0, expected 1 to 8, the layouts"));
  EXPECT_EQ("", refusal("/data/train", nullptr));
}

std::string line(std::size_t index, const std::string& label, const std::string& sha256 = "5e55") {
  const std::vector<double> probabilities{0.25, 0.75};
  return prediction_line({.index = index,
                          .id = {},
                          .text = "a\ntext",
                          .label = label,
                          .probabilities = probabilities,
                          .logits = {},
                          .data_sha256 = sha256},
                         {"card_lost", "top_up"});
}

TEST(FinishedRun, IsNotReadWhereItIsNestedWithoutEnd) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  const std::string inside = R"({"encoder": {}, "target": {}, "training": {"a": )" + deep + "}}";
  for (const std::string& text : {deep, inside}) {
    for (const std::string& message : {tt::tests::message_of<DataError>([&] { (void)read_run_summary(text); }),
                                       tt::tests::message_of<DataError>([&] { (void)read_run_settings(text); }),
                                       tt::tests::message_of<DataError>([&] { (void)read_answers(text); })}) {
      EXPECT_TRUE(tt::tests::holds(message, "nested deeper than 64 levels"));
    }
  }
}

TEST(Answers, AreReadBackFromPredictions) {
  const Answers answers = read_answers(line(3, "top_up") + line(5, "card_lost") + line(6, "<b>|\x1b"));
  EXPECT_EQ("5e55", answers.data_sha256);
  EXPECT_EQ((std::vector<std::uint64_t>{3, 5, 6}), answers.indexes);
  EXPECT_EQ((std::vector<std::string>{"top_up", "card_lost", "<b>|\x1b"}), answers.labels);
  EXPECT_EQ((std::vector<std::uint8_t>{1, 0, 0}), answers.correct);
  EXPECT_TRUE(read_answers("").correct.empty());
}

TEST(Answers, NameTheLineThatIsNotOne) {
  const auto message = [](const std::string& second) {
    return tt::tests::message_of<DataError>([&] { (void)read_answers(line(0, "top_up") + second); });
  };
  EXPECT_EQ("line 2: the document: found text that is not JSON, expected a JSON object", message("{\"index\": "));
  EXPECT_EQ("line 2: the document: found text that is not JSON, expected a JSON object", message("\n"));
  EXPECT_EQ("line 2: /index: found nothing, expected a value", message("[]"));
  EXPECT_EQ("line 2: /index: found a negative number, expected 0 or more", message(R"({"index": -1})"));
  EXPECT_EQ("line 2: /correct: found string, expected true or false",
            message(R"({"index": 1, "label": "a", "correct": "yes"})"));
  EXPECT_EQ("line 2: /data_sha256: found \"other\", expected that of the lines before",
            message(line(1, "top_up", "other")));
}

}  // namespace
}  // namespace tt::report
