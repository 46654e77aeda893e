#include "support/messages.hpp"

#include "cli/workplace.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace {

using namespace tt;
using namespace tt::tests;
using Json = Workplace::Json;

/// A workplace with texts that nobody has labelled.
class SuggestCommand : public ::testing::Test {
 protected:
  SuggestCommand() {
    write_file(place_.path() / "pool.csv",
               "text\nmy card is lost the card\nwhat is the money\nsend a friend to my card\n");
  }
  [[nodiscard]] Outcome suggest(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{"suggest", "--config", "run.json", "--count", "2"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return place_.run(arguments);
  }

  Workplace place_;
};

TEST_F(SuggestCommand, PrintsACsv) {
  const Outcome outcome = suggest({"--pool", "pool.csv", "--quiet"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(outcome.out.starts_with("text,intent,suggested_label,margin,stands_for\n")) << outcome.out;
  EXPECT_EQ(std::ranges::count(outcome.out, '\n'), 3) << outcome.out;
  EXPECT_EQ(outcome.err, "");
}

TEST_F(SuggestCommand, WritesAFileAndNeverOverOne) {
  const std::vector<std::string> arguments{"--pool", "pool.csv", "--out", "next.csv"};
  const Outcome outcome = suggest(arguments);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "next.csv: 2 texts to label\n");
  const std::string written = place_.read("next.csv");
  EXPECT_TRUE(written.starts_with("text,intent,suggested_label")) << written;

  // Somebody may have filled it in.
  const Outcome again = suggest(arguments);
  EXPECT_EQ(again.code, 5);
  EXPECT_TRUE(holds(again.err, "--out: next.csv exists and is not replaced; choose another file")) << again.err;
  EXPECT_EQ(place_.read("next.csv"), written);
  for (const char* name : {"run.json", "train.csv", "encoder"}) {
    EXPECT_NE(suggest({"--pool", "pool.csv", "--out", name}).code, 0) << name;
  }
  const Outcome ending = suggest({"--pool", "pool.csv", "--out", "next.json"});
  EXPECT_EQ(ending.code, 2);
  EXPECT_TRUE(holds(ending.err, "expected a name that ends in .csv")) << ending.err;
}

TEST_F(SuggestCommand, PrintsJsonBesideTheFile) {
  const Outcome outcome = suggest({"--set", "target.unlabelled=pool.csv", "--json", "--out", "next.csv"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const Json list = Json::parse(outcome.out);
  ASSERT_EQ(list.size(), 2U);
  EXPECT_TRUE(list[0]["text"].is_string());
  EXPECT_TRUE(list[0]["suggested_label"].is_string());
  EXPECT_TRUE(std::filesystem::exists(place_.path() / "next.csv"));
}

TEST_F(SuggestCommand, LogsNoTextWhereTextsStayHidden) {
  write_file(place_.path() / "pool.csv", "text\nzanzibar card\nzanzibar \"money\nthe zanzibar\n");
  const Outcome outcome = suggest({"--pool", "pool.csv", "--set", "output.texts=false", "--out", "next.csv"});
  EXPECT_FALSE(holds(outcome.err + outcome.out, "zanzibar")) << outcome.err;
  EXPECT_TRUE(holds(place_.read("next.csv"), "zanzibar"));
}

TEST_F(SuggestCommand, NeedsTextsToChooseFrom) {
  const Outcome outcome = suggest({});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_TRUE(holds(outcome.err, "name a file with --pool, or in the config as target.unlabelled")) << outcome.err;
  EXPECT_EQ(suggest({"--pool", "absent.csv"}).code, 3);
}

}  // namespace
