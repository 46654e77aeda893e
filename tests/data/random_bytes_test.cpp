#include "transfer_tune/core/random.hpp"
#include "transfer_tune/core/text.hpp"

#include "data_support.hpp"

#include <array>
#include <string>

namespace tt::tests {
namespace {

/// A readable file of each format, for random changes to break.
struct Format {
  std::string extension;
  std::string valid;
};

void PrintTo(const Format& format, std::ostream* out) { *out << format.extension; }

/// Pieces that the formats are made of, with raw bytes between them now and then.
std::string random_piece(RandomStream& stream) {
  constexpr std::array<std::string_view, 26> pieces{
      "text",    "label",        ",",        "\t",         "\n",        "\r\n", "\r", "\"",        "\"\"",       "a",
      " ",       "\xEF\xBB\xBF", "{",        "}",          "[",         "]",    ":",  "\"text\":", "\"label\":", "1",
      "\"oos\"", "\\u",          "\xC3\xA9", "\"train\":", "__label__", ";"};
  if (stream.below(6) == 0) return {static_cast<char>(stream.below(256))};
  return std::string(pieces.at(static_cast<std::size_t>(stream.below(pieces.size()))));
}

std::string random_content(RandomStream& stream) {
  std::string content;
  for (std::uint64_t left = stream.below(40); left > 0; --left) content += random_piece(stream);
  return content;
}

/// `content` with up to three stretches cut out, replaced or inserted.
std::string mutate(std::string content, RandomStream& stream) {
  for (std::uint64_t left = stream.below(4); left > 0; --left) {
    const auto at = static_cast<std::size_t>(stream.below(content.size() + 1));
    content.replace(at, static_cast<std::size_t>(stream.below(4)), stream.below(3) == 0 ? "" : random_piece(stream));
  }
  return content;
}

class RandomBytes : public DataTest, public ::testing::WithParamInterface<Format> {};

TEST_P(RandomBytes, AreReadOrRefused) {
  RandomStream stream(random_key(1, RandomPurpose::shuffle));
  std::size_t readable = 0;
  std::size_t refused = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::string content = round % 2 == 0 ? random_content(stream) : mutate(GetParam().valid, stream);
    try {
      const auto dataset = read("file" + GetParam().extension, content, {.split = "train"});
      ++readable;
      ASSERT_FALSE(dataset.examples.empty()) << content;
      for (const auto& example : dataset.examples) {
        ASSERT_FALSE(example.text.empty()) << content;
        ASSERT_FALSE(example.label.empty()) << content;
        ASSERT_GE(example.line, 1U) << content;
      }
    } catch (const DataError& error) {
      ++refused;
      ASSERT_TRUE(holds(error.what(), "file" + GetParam().extension));
    }
  }
  EXPECT_GT(readable, 100U);
  EXPECT_GT(refused, 1000U);
}

INSTANTIATE_TEST_SUITE_P(
    Readers, RandomBytes,
    ::testing::Values(Format{".csv", "\xEF\xBB\xBFtext,label\r\n\"a, \"\"b\"\"\nc\",x\r\ncaf\xC3\xA9,y\r\n"},
                      Format{".tsv", "text\tlabel\n\"a\tb\"\tx\ncaf\xC3\xA9\ty"},
                      Format{".jsonl", "{\"text\": \"a\\u00e9\", \"label\": 1}\n\n{\"label\":true,\"text\":\"b\"}\n"},
                      Format{".json", R"({"train": [["a", "x"], ["b", "y"]], "oos_train": [["c", "oos"]]})"},
                      Format{".txt", "__label__x a b\n\n__label__y c\n"},
                      Format{".json", R"([{"text": "a", "label": 1.0}, {"label": true, "text": "b"}])"}),
    [](const auto& each) { return concat(each.index, "_", each.param.extension.substr(1)); });

}  // namespace
}  // namespace tt::tests
