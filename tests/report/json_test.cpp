#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "report/sample_report.hpp"
#include "support/messages.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/run_report.hpp"

namespace tt::report {
namespace {

using Json = nlohmann::json;
using tt::tests::holds;

TEST(ReportJson, HoldsEveryFigureToTheLastBit) {
  const RunReport report = tests::sample_run();
  const Json json = Json::parse(to_json(report));
  EXPECT_EQ(kSchemaVersion, json.at("schema_version"));
  EXPECT_EQ(0.1 + 0.2, json.at("/training/per_epoch/0/train_loss"_json_pointer).get<double>());
  EXPECT_EQ(18446744073709551615U, json.at("/environment/seed"_json_pointer).get<std::uint64_t>());
  EXPECT_EQ(report.target.test->log_loss, json.at("/test/log_loss"_json_pointer).get<double>());
  EXPECT_EQ(report.target.test->macro.f1, json.at("/test/macro_f1"_json_pointer).get<double>());
  EXPECT_EQ(report.target.test->accuracy_ci95.high, json.at("/test/accuracy_ci95/1"_json_pointer).get<double>());
  EXPECT_EQ("cross_validation", json.at("/data/validation_strategy"_json_pointer));
  EXPECT_EQ("retail", json.at("/source/data/name"_json_pointer));
  EXPECT_EQ(3550466, json.at("/policy/trainable_parameters"_json_pointer));
  EXPECT_EQ(0.5, json.at("/baselines/majority/accuracy"_json_pointer));
}

TEST(ReportJson, SaysNullForWhatIsUndefinedOrAbsent) {
  RunReport report = tests::sample_run();
  report.source->stage.reset();
  report.target.test.reset();
  const Json json = Json::parse(to_json(report));
  EXPECT_TRUE(json.at("/training/per_epoch/0/validation_log_loss"_json_pointer).is_null());
  EXPECT_TRUE(json.at("/source/training"_json_pointer).is_null());
  EXPECT_TRUE(json.at("test").is_null());
  EXPECT_TRUE(json.at("/data/validation"_json_pointer).is_null());
  EXPECT_TRUE(Json::parse(to_json(EvaluationReport{})).at("accuracy").is_null());
}

TEST(ReportJson, KeepsItsKeysInOrderAndRowsOnALine) {
  const std::string json = to_json(tests::sample_evaluation());
  EXPECT_TRUE(json.starts_with("{\n  \"data_path\": \"/data/test.csv\",\n  \"data_sha256\": \"5e55\",\n")) << json;
  EXPECT_TRUE(holds(json, "\"confusion\": [\n    [1, 1],\n    [0, 2]\n  ]"));
  EXPECT_EQ(json, to_json(tests::sample_evaluation()));
}

TEST(ReportJson, ReplacesBytesThatAreNotUtf8) {
  RunReport report = tests::sample_run();
  report.output_dir = "/runs/\xFF";
  EXPECT_EQ("/runs/\xEF\xBF\xBD", Json::parse(to_json(report)).at("output_dir"));
}

/// Checks `value` against `schema` as far as the report's schema goes: types, required and additional properties.
void expect_fits(const Json& schema, const Json& value, const std::string& where) {
  const Json types = schema.at("type").is_array() ? schema.at("type") : Json::array({schema.at("type")});
  const std::string actual = value.is_number_integer() ? "integer" : value.type_name();
  std::set<std::string> allowed = types.get<std::set<std::string>>();
  if (allowed.contains("number")) allowed.insert("integer");
  EXPECT_TRUE(allowed.contains(actual)) << where << " is " << actual << ", the schema says " << types;
  if (value.is_object()) {
    for (const auto& [key, item] : value.items()) {
      ASSERT_TRUE(schema.at("properties").contains(key)) << where << "/" << key << " is not in the schema";
      expect_fits(schema.at("properties").at(key), item, concat(where, "/", key));
    }
    for (const Json& key : schema.at("required")) EXPECT_TRUE(value.contains(key)) << where << " lacks " << key;
    EXPECT_EQ(false, schema.at("additionalProperties"));
  }
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) expect_fits(schema.at("items"), value[i], concat(where, "/", i));
  }
}

TEST(ReportSchema, FitsTheReport) {
  const Json schema = Json::parse(report_schema_json());
  EXPECT_EQ("https://json-schema.org/draft/2020-12/schema", schema.at("$schema"));
  EXPECT_EQ(kSchemaVersion, schema.at("/properties/schema_version/const"_json_pointer));
  expect_fits(schema, Json::parse(to_json(tests::sample_run())), "");
  expect_fits(schema, Json::parse(to_json(RunReport{})), "");
  RunReport gated = tests::sample_run();
  gated.gates = {{.gate = "test.accuracy >= 1", .passed = false, .value = 0.75, .found = "0.750"}, GateReport{}};
  expect_fits(schema, Json::parse(to_json(gated)), "");
  RunReport checked = tests::sample_run();
  checked.data_checks = tests::sample_checks("text", "label");
  expect_fits(schema, Json::parse(to_json(checked)), "");
  RunReport untested = tests::sample_run();
  untested.cross_validation = std::move(untested.target.test);
  untested.target.test.reset();
  expect_fits(schema, Json::parse(to_json(untested)), "");
}

TEST(StageReport, SurvivesItsWayThroughTheCache) {
  StageReport stage = tests::sample_stage();
  EXPECT_EQ(to_json(stage), to_json(read_stage_report(to_json(stage))));
  stage.test = tests::sample_evaluation();
  EXPECT_EQ(to_json(stage), to_json(read_stage_report(to_json(stage))));
  EXPECT_EQ(to_json(StageReport{}), to_json(read_stage_report(to_json(StageReport{}))));
}

TEST(StageReport, IsReadFromTheFirstLayout) {
  Json older = Json::parse(to_json(tests::sample_stage()));
  older.erase("schema_version");
  for (const char* name : {"reused_seconds", "held_out"}) older["training"].erase(name);
  EXPECT_EQ(to_json(tests::sample_stage()), to_json(read_stage_report(older.dump())));
}

/// The message that `json` is refused with.
std::string refusal(const Json& json) {
  return tt::tests::message_of<CheckpointError>([&] { (void)read_stage_report(json.dump()); });
}

TEST(StageReport, RefusesWhatIsNotOne) {
  EXPECT_THROW((void)read_stage_report("{\"data\": "), CheckpointError);
  EXPECT_THROW((void)read_stage_report(""), CheckpointError);
  EXPECT_TRUE(holds(refusal(Json::array()), "the document: found array, expected an object"));
  const Json good = Json::parse(to_json(tests::sample_stage()));
  const auto with = [&](const char* pointer, const Json& value) {
    Json bad = good;
    bad[Json::json_pointer(pointer)] = value;
    return refusal(bad);
  };
  EXPECT_TRUE(holds(with("/data/labels/1", 3), "/data/labels/1: found number, expected a string"));
  EXPECT_TRUE(holds(with("/training/epochs", 1.5), "/training/epochs: found number, expected an integer"));
  EXPECT_TRUE(holds(with("/training/seconds", "long"), "/training/seconds: found string"));
  EXPECT_TRUE(holds(with("/data/validation_strategy", "guess"), "expected one of given, split"));
  EXPECT_TRUE(holds(with("/training/refitted", 1), "expected true or false"));
  EXPECT_TRUE(holds(with("/policy/phases", Json::object()), "expected an array"));
  Json tested = good;
  tested["test"] = Json::parse(to_json(tests::sample_evaluation()));
  EXPECT_EQ("", refusal(tested));
  tested["test"]["accuracy_ci95"] = Json::array({0.5});
  EXPECT_TRUE(holds(refusal(tested), "/test/accuracy_ci95: found array, expected an array of two"));
  Json lacking = good;
  lacking["policy"].erase("name");
  EXPECT_TRUE(holds(refusal(lacking), "/policy/name: found nothing"));
}

}  // namespace
}  // namespace tt::report
