#pragma once

#include "transfer_tune/core/error.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tt::tests {

/// Whether `text` holds `part`; a check that fails says what was looked for and what was there.
inline testing::AssertionResult holds(std::string_view text, std::string_view part) {
  const bool found = text.find(part) != std::string_view::npos;
  return (found ? testing::AssertionSuccess() : testing::AssertionFailure())
         << "\"" << part << "\" is " << (found ? "" : "not ") << "in:\n"
         << text;
}

/// Whether one of `sentences` holds `part`. A template, so that JSON does not turn into a list.
template <std::same_as<std::string> Sentence>
testing::AssertionResult holds(const std::vector<Sentence>& sentences, std::string_view part) {
  std::string text;
  for (const std::string& sentence : sentences) {
    if (sentence.find(part) != std::string::npos) return holds(sentence, part);
    text += sentence + "\n";
  }
  return testing::AssertionFailure() << "\"" << part << "\" is in none of:\n" << text;
}

/// What the `E` that `act` throws says; empty when it throws nothing.
template <class E = Error, class Act>
std::string message_of(const Act& act) {
  try {
    act();
  } catch (const E& error) {
    return error.what();
  }
  return {};
}

/// `text` with `by` for every `part`.
inline std::string replaced(std::string text, std::string_view part, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += by.size()) {
    text.replace(at, part.size(), by);
  }
  return text;
}

}  // namespace tt::tests
