#include "transfer_tune/core/json_text.hpp"

#include "transfer_tune/core/json.hpp"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

using tt::json_value_text;
using tt::JsonItems;

constexpr const char* kText =
    R"( { "a" : [1, {"x": "]}\"\\"}, -1.50e+2 ] , "b\\":{"c": {}, "d": null}, "e": {"f": tru} } )";

TEST(JsonText, FindsValuesAsTheyAreWritten) {
  EXPECT_EQ(json_value_text(kText, "/a"), R"([1, {"x": "]}\"\\"}, -1.50e+2 ])");
  EXPECT_EQ(json_value_text(kText, "/e/f"), "tru");
  EXPECT_EQ(json_value_text(kText, "/e/g"), "");
  EXPECT_EQ(json_value_text(kText, "/a/b"), "");
  EXPECT_EQ(json_value_text("{}", "/a"), "");
}

TEST(JsonText, GoesThroughItemsAndMembers) {
  JsonItems items(json_value_text(kText, "/a"));
  EXPECT_EQ(items.next(), "1");
  EXPECT_EQ(items.next(), R"({"x": "]}\"\\"})");
  EXPECT_EQ(items.next(), "-1.50e+2");
  EXPECT_EQ(items.next(), "");
  JsonItems members(R"({ "k" :"v", "l":[ ]})");
  EXPECT_EQ(members.next(), "\"v\"");
  EXPECT_EQ(members.key(), "k");
  EXPECT_EQ(members.next(), "[ ]");
  EXPECT_EQ(members.key(), "l");
  EXPECT_EQ(members.next(), "");
}

TEST(JsonText, EndsOnAnyText) {
  const std::string text = kText;
  for (std::size_t length = 0; length <= text.size(); ++length) {
    for (std::size_t changed = 0; changed < length; ++changed) {
      std::string bad = text.substr(0, length);
      bad[changed] = "\"\\{}[],: x"[changed % 10];
      EXPECT_LE(json_value_text(bad, "/a").size(), bad.size());
      JsonItems items(json_value_text(bad, "/a"));
      for (int i = 0; !items.next().empty(); ++i) ASSERT_LT(i, 200);
    }
  }
}

}  // namespace
