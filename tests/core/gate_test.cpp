#include "transfer_tune/core/gate.hpp"
#include "support/messages.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace tt {
namespace {

using tests::holds;

std::string error_of(std::string_view text) {
  return tests::message_of<UsageError>([&] { (void)parse_gate(text); });
}

TEST(Gate, ReadsAFigureAnOperatorAndANumber) {
  const Gate gate = parse_gate("test.accuracy>=0.9");
  ASSERT_EQ(gate.path.size(), 2U);
  EXPECT_EQ(gate.path[0].name, "test");
  EXPECT_EQ(gate.path[1].name, "accuracy");
  EXPECT_FALSE(gate.not_worse);
  EXPECT_EQ(gate.comparison, GateOperator::at_least);
  EXPECT_EQ(gate.bound, 0.9);
  EXPECT_EQ(gate.text, "test.accuracy >= 0.9");
  EXPECT_EQ(parse_gate("  timing.total_seconds <\t6e2 ").text, "timing.total_seconds < 6e2");
  EXPECT_EQ(parse_gate("a==-.5").bound, -0.5);
}

TEST(Gate, ReadsEveryOperator) {
  EXPECT_EQ(parse_gate("a>1").comparison, GateOperator::above);
  EXPECT_EQ(parse_gate("a<=1").comparison, GateOperator::at_most);
  EXPECT_EQ(parse_gate("a<1").comparison, GateOperator::below);
  EXPECT_EQ(parse_gate("a==1").comparison, GateOperator::equal);
}

TEST(Gate, ReadsEntriesByNamePlaceAndAll) {
  const Gate named = parse_gate(R"(test.per_class["card \"arrival\" \\ [x]"].recall > 0)");
  ASSERT_EQ(named.path.size(), 4U);
  EXPECT_EQ(named.path[2].kind, GateStep::Kind::entry);
  EXPECT_EQ(named.path[2].name, R"(card "arrival" \ [x])");
  EXPECT_EQ(parse_gate("a['it\\'s \"x\"'] > 0").path[1].name, R"(it's "x")");
  const Gate placed = parse_gate("test.accuracy_ci95[0]>=0.8");
  EXPECT_EQ(placed.path[2].kind, GateStep::Kind::index);
  EXPECT_EQ(placed.path[2].index, 0U);
  const Gate all = parse_gate("test.per_class[*].recall>=0.3");
  EXPECT_EQ(all.path[2].kind, GateStep::Kind::every);
  EXPECT_EQ(all.text, "test.per_class[*].recall >= 0.3");
}

TEST(Gate, ReadsTheComparisonWithABaseline) {
  const Gate gate = parse_gate(" not_worse ( test.accuracy ) ");
  EXPECT_TRUE(gate.not_worse);
  EXPECT_EQ(gate.text, "not_worse(test.accuracy)");
  // Only before a parenthesis is it more than a name.
  EXPECT_FALSE(parse_gate("not_worse.accuracy>=1").not_worse);
}

TEST(Gate, SaysWhereWhatIsWrong) {
  EXPECT_EQ(error_of(""), "column 1: found the end, expected a gate such as test.accuracy>=0.9");
  EXPECT_EQ(error_of(">=0.9"), "column 1: found \">=\", expected a gate such as test.accuracy>=0.9");
  EXPECT_EQ(error_of("test.accuracy"), "column 14: found the end, expected >=, >, <=, < or ==");
  EXPECT_EQ(error_of("test..accuracy>1"), "column 6: found \".\", expected a field's name");
  EXPECT_EQ(error_of("test.accuracy=0.9"),
            "column 14: found \"=\", expected >=, >, <=, < or == (did you mean \"==\"?)");
  EXPECT_EQ(error_of("test.accuracy => 0.9"),
            "column 15: found \"=>\", expected >=, >, <=, < or == (did you mean \">=\"?)");
  EXPECT_EQ(error_of("a!=1"), "column 2: found \"!=\", expected >=, >, <=, < or ==");
  EXPECT_EQ(error_of("test.per_class.card arrival.recall>=0.5"),
            "column 21: found \"arrival\", expected >=, >, <=, < or == (an entry's name goes into brackets: "
            "[\"card arrival\"])");
  EXPECT_EQ(error_of("test.accuracy>=high"), "column 16: found \"high\", expected a number");
  EXPECT_EQ(error_of("a>=inf"), "column 4: found \"inf\", expected a number");
  EXPECT_EQ(error_of("a>=--1"), "column 4: found \"-\", expected a number");
  EXPECT_EQ(error_of("a>=1e999"), "column 4: found \"1e999\", expected a number within a double's range");
  EXPECT_EQ(error_of("a>=90%"), "column 6: found \"%\", expected nothing more (write 90% as 0.9)");
  EXPECT_EQ(error_of("a>=0,9"), "column 5: found \",\", expected nothing more");
  EXPECT_EQ(error_of("a[1.5]>0"), "column 4: found \".\", expected \"]\"");
  EXPECT_EQ(error_of("a[x]>0"), "column 3: found \"x\", expected an index, * for every entry, or a name in quotes");
  EXPECT_EQ(error_of("a[99999999999999999999]>0"),
            "column 3: found \"99999999999999999999\", expected an index, from 0");
  EXPECT_EQ(error_of("a[\"b]>0"), "column 8: found the end, expected the closing \" of the name");
  EXPECT_EQ(error_of("a[\"b\\"), "column 6: found the end, expected the closing \" of the name");
  EXPECT_EQ(error_of("a['']>0"), "column 3: found \"'\", expected a name that is not empty");
}

TEST(Gate, HintsAtTheFunctionThatWasMeant) {
  EXPECT_EQ(error_of("not_worst(test.accuracy)"),
            "column 1: found \"not_worst\", expected a figure, or not_worse(FIGURE) (did you mean \"not_worse\"?)");
  EXPECT_EQ(
      error_of("min(test.per_class.recall)>=0.3"),
      "column 1: found \"min\", expected a figure, or not_worse(FIGURE) (test.per_class[*].recall>=0.3 holds when "
      "it does for every entry)");
  EXPECT_EQ(error_of("not_worse(test.accuracy"), "column 24: found the end, expected \")\"");
  EXPECT_EQ(error_of("not_worse(test.accuracy)>=1"), "column 25: found \">=\", expected nothing more");
}

TEST(Gate, CountsColumnsInCharacters) {
  EXPECT_EQ(error_of("a[\"gr\u00f6\u00dfe\"]=1"),
            "column 11: found \"=\", expected >=, >, <=, < or == (did you mean \"==\"?)");
  EXPECT_EQ(error_of("a[\"\xff\"]>1"), "column 4: found \"\\xff\", expected UTF-8");
  EXPECT_EQ(error_of("\u2265 1"), "column 1: found \"\u2265\", expected a gate such as test.accuracy>=0.9");
}

TEST(Gate, SurvivesEveryCutOfAGate) {
  const std::string whole = R"(test.per_class["card \" arrival"][*][12].recall >= -0.5e-3)";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::string error = error_of(whole.substr(0, length));
    EXPECT_TRUE(error.empty() || error.starts_with("column ")) << error;
  }
}

TEST(Gate, HoldsOnTheRightSideOfItsBound) {
  const auto at = [](const char* text, double value) { return holds(parse_gate(text), value); };
  EXPECT_TRUE(at("a>=0.5", 0.5));
  EXPECT_FALSE(at("a>=0.5", 0.4999));
  EXPECT_FALSE(at("a>0.5", 0.5));
  EXPECT_TRUE(at("a>0.5", 0.5001));
  EXPECT_TRUE(at("a<=0.5", 0.5));
  EXPECT_FALSE(at("a<=0.5", 0.5001));
  EXPECT_FALSE(at("a<0.5", 0.5));
  EXPECT_TRUE(at("a<0.5", 0.4999));
  EXPECT_TRUE(at("a==0.5", 0.5));
  EXPECT_FALSE(at("a==0.5", 0.5001));
  for (const char* text : {"a>=0.5", "a>0.5", "a<=0.5", "a<0.5", "a==0.5"}) {
    EXPECT_FALSE(at(text, std::numeric_limits<double>::quiet_NaN())) << text;
  }
}

}  // namespace
}  // namespace tt
