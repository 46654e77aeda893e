#include "transfer_tune/core/error.hpp"
#include "transfer_tune/data/dataset.hpp"

#include <gtest/gtest.h>

namespace {

using namespace tt;
using namespace tt::data;

std::vector<Example> labelled(const std::vector<std::string>& labels) {
  std::vector<Example> examples;
  for (const auto& label : labels) examples.push_back({.text = "t", .label = label});
  return examples;
}

TEST(LabelMap, SortsDistinctLabelsByBytes) {
  const auto map = LabelMap::from_examples(labelled({"b", "\xC3\xA9", "B", "a", "b", "a b"}));
  EXPECT_EQ(map.names(), (std::vector<std::string>{"B", "a", "a b", "b", "\xC3\xA9"}));
  EXPECT_EQ(map.find("b"), 3);
  EXPECT_EQ(map.name(3), "b");
  EXPECT_FALSE(map.find("c"));
  EXPECT_EQ(LabelMap::from_examples({}).size(), 0U);
}

TEST(LabelMap, KeepsTheGivenOrder) {
  const LabelMap map({"z", "a", "m"});
  EXPECT_EQ(map.find("z"), 0);
  EXPECT_EQ(map.find("m"), 2);
  EXPECT_FALSE(map.find("?"));
}

TEST(LabelMap, RefusesRepeatedAndEmptyNames) {
  try {
    const LabelMap map({"a", "b", "a"});
    FAIL() << "a repeated name was taken";
  } catch (const DataError& error) {
    EXPECT_STREQ(error.what(), "label list, position 3: \"a\" is listed already at position 1; list each label once");
  }
  EXPECT_THROW(LabelMap({"a", ""}), DataError);
}

}  // namespace
