#include "runs/workshop.hpp"
#include "transfer_tune/core/log.hpp"

#include <gtest/gtest.h>

namespace {

namespace fs = std::filesystem;
using namespace tt;
using tests::error_of;
using tests::holds;
using tests::Json;
using tests::Workshop;

/// In every text, and in nothing else.
const std::string kMarker = "zanzibar";

/// `csv` with the marker in every text.
std::string marked(const std::string& csv) {
  std::string out;
  for (std::size_t begin = 0; begin < csv.size();) {
    const std::size_t end = csv.find('\n', begin);
    if (begin > 0) out += concat(kMarker, ' ');
    out.append(csv, begin, end + 1 - begin);
    begin = end + 1;
  }
  return out;
}

/// Files with duplicates, contradictions, leaks, a slip of the pen and texts out of scope: something for every section.
void write_marked(const Workshop& shop) {
  const std::string train = Workshop::csv(tests::kBanking, 8, "please");
  const std::string test = Workshop::csv(tests::kBanking, 6, "now");
  const std::string shared = "my card is lost,card_lost,s1,app\nMy card is lost!,balance,s2,web\n";
  shop.write("train.csv", marked(train + shared + "what is my account balance,card_lost,s3,app\n"));
  shop.write("test.csv", marked(test + shared + "where is my order,elsewhere,s4,app\n"));
  shop.write("retail.csv", marked(Workshop::csv(tests::kRetail, 8, "thanks")));
  shop.write("retail_test.csv", marked(Workshop::csv(tests::kRetail, 2, "now")));
  shop.write("others.csv", marked("text\nwhere is my order\npayment not working\nhow are you\n"));
}

Json hidden_config() {
  Json config = Workshop::source_config();
  config["source"]["test"] = "retail_test.csv";
  config["target"]["id_column"] = "id";
  config["transfer"]["policy"] = "frozen";
  config["training"]["tensorboard"] = true;
  config["evaluation"] = {{"data_checks", true},
                          {"latency", true},
                          {"slice_by", {"channel"}},
                          {"gates", {"test.accuracy>=0"}},
                          {"out_of_scope", {{"test", "others.csv"}, {"validation", "others.csv"}}}};
  config["output"]["texts"] = false;
  return config;
}

/// The files below `directory` that hold the marker.
std::vector<std::string> files_with_marker(const fs::path& directory) {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file() && holds(read_file(entry.path(), ErrorKind::internal), kMarker)) {
      found.push_back(fs::relative(entry.path(), directory).string());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// Log lines while it lives.
class Log {
 public:
  Log() : observer_(add_log_observer([this](LogLevel, std::string_view line) { text_ += concat(line, '\n'); })) {}
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log() { remove_log_observer(observer_); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
  int observer_;
};

TEST(HiddenTexts, NoFileOfARunHoldsATextButTheReportSaysSo) {
  const Workshop shop;
  write_marked(shop);
  const Log log;
  const Json report = shop.adapt(hidden_config());
  EXPECT_EQ(files_with_marker(shop.path() / "out"), std::vector<std::string>{});
  EXPECT_EQ(files_with_marker(shop.path() / "cache"), std::vector<std::string>{});
  EXPECT_FALSE(holds(log.text(), kMarker));
  EXPECT_EQ(report["texts_left_out"], true);
  for (const char* page : {"out/report.md", "out/report.html"})
    EXPECT_TRUE(holds(shop.read(page), "Texts of the data were left out"));
  EXPECT_EQ(report["data"]["duplicates"]["train_test_texts"][0], "train.csv:26 (id \"s1\")");
  EXPECT_GT(report["timing"]["latency"]["texts"], 0);
  ASSERT_FALSE(report["data_checks"]["conflicts"].empty());
  ASSERT_FALSE(report["out_of_scope"].is_null());
}

TEST(HiddenTexts, AreNamedByTheirPlaceInThePredictions) {
  const Workshop shop;
  write_marked(shop);
  (void)shop.adapt(hidden_config());
  const Json answer = shop.predictions().at(3);
  EXPECT_FALSE(answer.contains("text"));
  EXPECT_EQ(answer["line"], 5);
  EXPECT_EQ(answer["id"], "t3");
}

TEST(HiddenTexts, TheSameRunWithTextsShowsThem) {
  const Workshop shop;
  write_marked(shop);
  Json config = hidden_config();
  config["output"]["texts"] = true;
  const Json report = shop.adapt(config);
  EXPECT_EQ(report["texts_left_out"], false);
  EXPECT_TRUE(holds(shop.read("out/suspects.jsonl"), kMarker));
  // The cached source stage has a report of its own: one with texts is not taken where they are hidden.
  EXPECT_EQ(shop.adapt(hidden_config())["source"]["cache_hit"], false);
  EXPECT_EQ(files_with_marker(shop.path() / "out"), std::vector<std::string>{});
}

TEST(HiddenTexts, CrossValidatedRunsAndComparisonsHoldNoneEither) {
  const Workshop shop;
  write_marked(shop);
  runs::CompareOptions compare;
  for (const char* policy : {"frozen", "full"}) {
    Json config = hidden_config();
    config.erase("source");
    config["target"].erase("test");
    config["transfer"]["policy"] = policy;
    config["evaluation"] = {{"data_checks", true}};
    config["output"]["dir"] = policy;
    (void)runs::adapt(shop.load(config), {});
    compare.arms.push_back({"", {shop.path() / policy}});
    EXPECT_EQ(files_with_marker(shop.path() / policy), std::vector<std::string>{});
  }
  compare.out = shop.path() / "compared";
  (void)runs::compare(compare);
  EXPECT_EQ(files_with_marker(compare.out), std::vector<std::string>{});
  // The answers pair up by their index alone.
  EXPECT_FALSE(Json::parse(shop.read("compared/compare.json"))["pairs"].empty());
}

TEST(HiddenTexts, EvaluateCanLeaveThemOut) {
  const Workshop shop;
  write_marked(shop);
  (void)shop.adapt(Workshop::config());
  runs::EvaluateOptions options;
  options.model.checkpoint = shop.path() / "out";
  options.data = shop.path() / "test.csv";
  options.label_column = "intent";
  const runs::Evaluation shown = runs::evaluate(options);
  options.texts = false;
  const runs::Evaluation hidden = runs::evaluate(options);
  ASSERT_TRUE(holds(shown.json, kMarker)) << "nothing was confused";
  for (const std::string* text : {&hidden.json, &hidden.markdown, &hidden.html, &hidden.summary})
    EXPECT_FALSE(holds(*text, kMarker));
  EXPECT_TRUE(holds(hidden.markdown, "Texts of the data were left out"));
  EXPECT_TRUE(holds(hidden.html, "Texts of the data were left out"));
  EXPECT_TRUE(holds(hidden.json, "test.csv:"));
}

TEST(HiddenTexts, ErrorsDoNotQuoteThem) {
  const Workshop shop;
  for (const auto& [name, content] : std::vector<std::pair<std::string, std::string>>{
           {"a.csv", concat("text,intent\n\"", kMarker, "\" more ", kMarker, ",a\n")},
           {"b.csv", concat("text,intent\n\"", kMarker, ",a\n")},
           {"c.csv", concat(kMarker, " is my card,a\n")},
           {"d.jsonl", concat("{\"text\": \"", kMarker, "\n")},
           {"e.json", concat("{\"train\": [[\"", kMarker, "\n")},
           {"f.json", concat("[{\"text\": \"", kMarker, "\", \"intent\": \"a\"}] ", kMarker)}}) {
    shop.write(name, content);
    Json config = Workshop::config();
    config["target"]["train"] = name;
    EXPECT_TRUE(holds(error_of([&] { (void)runs::validate(shop.load(config)); }), kMarker)) << name;
    config["output"]["texts"] = false;
    const std::string error = error_of([&] { (void)runs::validate(shop.load(config)); });
    EXPECT_TRUE(error.starts_with("3: ")) << error;
    EXPECT_FALSE(holds(error, kMarker));
  }
}

}  // namespace
