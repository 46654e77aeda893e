#include "runs/workshop.hpp"

#include <gtest/gtest.h>

namespace {

using namespace tt;
using tests::error_of;
using tests::holds;
using tests::Json;
using tests::Workshop;

/// Workshop's texts of banking, as an export from a European Excel, with a byte that is not UTF-8 in the first text.
std::string western_semicolons(int copies, const std::string& ending) {
  std::string csv = Workshop::csv(tests::kBanking, copies, ending);
  std::replace(csv.begin(), csv.end(), ',', ';');
  csv.insert(csv.find('\n') + 1, "caf\xE9 ");
  return csv;
}

TEST(Formats, ARunSaysHowItUnderstoodItsFiles) {
  const Workshop shop;
  shop.write("train.csv", western_semicolons(8, "please"));
  const Json report = shop.adapt(Workshop::config());
  EXPECT_EQ(report["data"]["train"]["encoding"], "windows-1252");
  EXPECT_EQ(report["data"]["train"]["delimiter"], ";");
  EXPECT_EQ(report["data"]["test"]["encoding"], "utf-8");
  EXPECT_EQ(report["data"]["test"]["delimiter"], ",");
  EXPECT_TRUE(holds(report["data"]["warnings"].dump(), "is not UTF-8: it was read as windows-1252")) << report["data"];
  const std::string log = shop.read("out/log.jsonl");
  EXPECT_TRUE(holds(log, "train.csv: read as windows-1252; fields parted by"));
  EXPECT_FALSE(holds(log, "test.csv: read as"));
}

TEST(Formats, SettingsRuleForTargetAndSource) {
  const Workshop shop;
  shop.write("retail.csv", western_semicolons(8, "thanks"));
  Json config = Workshop::source_config();
  config["source"]["encoding"] = "iso-8859-9";
  config["source"]["delimiter"] = ";";
  config["source"]["keep"] = 1;
  const Json report = shop.adapt(config);
  EXPECT_EQ(report["source"]["data"]["train"]["encoding"], "iso-8859-9");
  EXPECT_FALSE(holds(report["source"]["data"]["warnings"].dump(), "UTF-8"));
  config["target"]["delimiter"] = ";";
  EXPECT_TRUE(
      holds(error_of([&] { (void)runs::validate(shop.load(config), true); }), "train.csv:1: no column \"text\""));
  config["target"]["delimiter"] = "comma";
  EXPECT_TRUE(holds(error_of([&] { (void)shop.load(config); }), "/target/delimiter: found \"comma\""));
  config = Workshop::config();
  config["target"]["encoding"] = "klingon";
  EXPECT_TRUE(error_of([&] { (void)runs::validate(shop.load(config), true); }).starts_with("2: "));
}

TEST(Formats, FastTextAndRecordsTrainAndTest) {
  const Workshop shop;
  const auto converted = [](const std::string& csv, const auto& write) {
    std::vector<std::string> out;
    for (std::size_t begin = csv.find('\n') + 1; begin < csv.size();) {
      const std::size_t comma = csv.find(',', begin);
      const std::size_t second = csv.find(',', comma + 1);
      out.push_back(write(csv.substr(begin, comma - begin), csv.substr(comma + 1, second - comma - 1)));
      begin = csv.find('\n', second) + 1;
    }
    return out;
  };
  const auto lines = converted(shop.read("train.csv"), [](const std::string& text, const std::string& label) {
    return concat("__label__", label, ' ', text, '\n');
  });
  shop.write("train.txt", join(lines, ""));
  const auto records = converted(shop.read("test.csv"), [](const std::string& text, const std::string& label) {
    return Json{{"text", text}, {"intent", label}}.dump();
  });
  shop.write("test.json", concat("[", join(records, ",\n"), "]\n"));
  const double accuracy = shop.adapt(Workshop::config())["test"]["accuracy"];
  Json config = Workshop::config();
  config["target"]["train"] = "train.txt";
  config["target"]["test"] = "test.json";
  EXPECT_EQ(shop.adapt(config)["test"]["accuracy"], accuracy);
}

TEST(Formats, OutOfScopeTextsMayComeInAnyOfThem) {
  const Workshop shop;
  shop.write("a.json", R"([{"text": "where is my order"}, {"text": "how are you"}])");
  shop.write("b.txt", "where is my order\n__label__oos how are you\n");
  shop.write(
      "c.json",
      R"({"train": [["a", "b"]], "test": [["a", "b"]], "oos_test": [["how are you", "oos"], ["where is it", "oos"]]})");
  for (const char* file : {"a.json", "b.txt", "c.json"}) {
    Json config = Workshop::config();
    config["transfer"]["policy"] = "frozen";
    config["evaluation"] = {{"out_of_scope", {{"test", file}}}};
    EXPECT_EQ(shop.adapt(config)["out_of_scope"]["test_out_of_scope"], 2) << file;
  }
}

}  // namespace
