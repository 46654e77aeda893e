#include "data_support.hpp"

#include "transfer_tune/core/random.hpp"

#include <array>
#include <string>

namespace tt::tests {
namespace {

/// Files of random pieces that the formats are made of, with raw bytes between them now and then.
std::string random_content(RandomStream& stream, bool any_byte) {
  constexpr std::array<std::string_view, 24> pieces{
      "text", "label", ",", "\t", "\n", "\r\n",      "\r",         "\"", "\"\"",    "a",   " ",        "\xEF\xBB\xBF",
      "{",    "}",     "[", "]",  ":",  "\"text\":", "\"label\":", "1",  "\"oos\"", "\\u", "\xC3\xA9", "\"train\":"};
  std::string content;
  const std::uint64_t length = stream.below(40);
  for (std::uint64_t i = 0; i < length; ++i) {
    if (any_byte && stream.below(8) == 0) {
      content += static_cast<char>(stream.below(256));
    } else {
      content += pieces.at(static_cast<std::size_t>(stream.below(pieces.size())));
    }
  }
  return content;
}

class RandomBytes : public DataTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(RandomBytes, AreReadOrRefused) {
  RandomStream stream(random_key(1, RandomPurpose::shuffle));
  const std::array<std::string, 4> starts{"", "text,label\n", "text\tlabel\n", "{\"train\":[[\"a\",\"b\"],"};
  std::size_t readable = 0;
  for (int round = 0; round < 3000; ++round) {
    const auto& start = starts.at(static_cast<std::size_t>(stream.below(starts.size())));
    const std::string content = start + random_content(stream, round % 2 == 0);
    try {
      const auto dataset = read(std::string("file") + GetParam(), content, {.split = "train"});
      ++readable;
      for (const auto& example : dataset.examples) {
        ASSERT_FALSE(example.text.empty()) << content;
        ASSERT_FALSE(example.label.empty()) << content;
        ASSERT_GE(example.line, 1U);
      }
    } catch (const DataError& error) {
      ASSERT_NE(std::string(error.what()).find("file"), std::string::npos) << error.what();
    }
  }
  RecordProperty("readable", static_cast<int>(readable));
}

INSTANTIATE_TEST_SUITE_P(Readers, RandomBytes, ::testing::Values(".csv", ".tsv", ".jsonl", ".json"),
                         [](const auto& each) { return std::string(each.param).substr(1); });

}  // namespace
}  // namespace tt::tests
