#include "transfer_tune/training/objective.hpp"

#include "transfer_tune/core/random.hpp"

namespace tt::training {

std::vector<std::size_t> Objective::order(const Texts& texts, std::uint64_t seed, std::int64_t epoch) const {
  std::vector<std::size_t> order = texts.indices;
  RandomStream stream(random_key(seed, RandomPurpose::shuffle, static_cast<std::uint64_t>(epoch)));
  shuffle(std::span(order), stream);
  return order;
}

Answers Objective::answers(const Outputs& outputs, const Texts& texts, std::uint64_t /*seed*/) const {
  return {outputs.logits, texts.labels()};
}

}  // namespace tt::training
