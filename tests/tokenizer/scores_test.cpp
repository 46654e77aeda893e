#include "tokenizer/scores.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using tt::tokenizer::read_score;

TEST(Scores, AreWhatTheReferencesReaderMakesOfTheirText) {
  EXPECT_EQ(read_score("0"), 0);
  EXPECT_EQ(read_score("-3"), -3);
  EXPECT_EQ(read_score("-2.5e-1"), -0.25);
  EXPECT_EQ(read_score("1E+2"), 100);
  // As found with tokenizers 0.23.3: not the nearest numbers, but their neighbours.
  EXPECT_EQ(read_score("-12.148759925705207"), -12.148759925705209);
  EXPECT_EQ(read_score("-14.067641772076719"), -14.06764177207672);
  EXPECT_EQ(read_score("936.4405867994596520"), 936.4405867994598);
}

TEST(Scores, TakeAsManyDigitsAsSixtyFourBitsHold) {
  EXPECT_EQ(read_score("5781759.052991842851042747"), 5781759.052991844);
  EXPECT_EQ(read_score("414607665543178169860104228116.3670536e140"), 4.146076655431782e+169);
  EXPECT_EQ(read_score("45319217693860.128567585869483e-306"), 4.5319217693860123e-293);
}

TEST(Scores, EndAtWhatNumbersCanBe) {
  EXPECT_EQ(read_score("1e-400"), 0);
  EXPECT_EQ(read_score("1" + std::string(100, '0') + "e-99999999999999999999"), 0);
  EXPECT_EQ(read_score("0e99999999999999999999"), 0);
  EXPECT_GT(read_score("1e309"), 1e308);
}

}  // namespace
