#pragma once

#include "evaluation/scores_golden.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

// What scripts/goldens/decision_goldens.py wrote.

namespace tt::tests {

using Json = nlohmann::json;

inline Json decision_goldens(const char* part) { return evaluation_golden("decision").at(part); }

/// Values that are stored in sixty-fourths.
template <class T>
std::vector<T> values_of(const Json& golden, const char* name) {
  std::vector<T> values;
  for (const Json& value : golden.at(name)) values.push_back(static_cast<T>(value.get<double>() / 64));
  return values;
}

inline void expect_near(const Json& expected, const std::vector<double>& actual, double tolerance,
                        const std::string& what) {
  ASSERT_EQ(expected.size(), actual.size()) << what;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double value = expected[i].get<double>();
    EXPECT_NEAR(value, actual[i], tolerance * std::max(1.0, std::abs(value))) << what << " " << i;
  }
}

}  // namespace tt::tests
