#pragma once

#include "transfer_tune/evaluation/metrics.hpp"

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

namespace tt::tests {

/// tests/evaluation/goldens/NAME.json
inline nlohmann::json evaluation_golden(const std::string& name) {
  std::ifstream file(TT_SOURCE_DIR "/tests/evaluation/goldens/" + name + ".json");
  return nlohmann::json::parse(file);
}

/// The golden's labels, and its rows of weights made probabilities.
inline evaluation::Scores scores_of(const nlohmann::json& golden) {
  evaluation::Scores scores;
  scores.num_classes = golden.at("num_classes").get<std::size_t>();
  scores.labels = golden.at("labels").get<std::vector<std::int32_t>>();
  for (const auto& row : golden.at("weights").get<std::vector<std::vector<double>>>()) {
    const double sum = std::accumulate(row.begin(), row.end(), 0.0);
    for (const double weight : row) scores.probabilities.push_back(weight / sum);
  }
  return scores;
}

}  // namespace tt::tests
