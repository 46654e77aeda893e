#include "data/delimited.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace {

using namespace tt;
using namespace tt::data;

using Records = std::vector<std::pair<std::size_t, std::vector<std::string>>>;

/// Lines and fields of all records; nothing where the text is malformed.
std::optional<Records> parse(const std::string& text, char separator) {
  DelimitedParser parser(text, separator, "test.csv");
  Records records;
  Record record;
  try {
    while (parser.next(record)) {
      auto& [line, fields] = records.emplace_back(record.line, std::vector<std::string>{});
      for (const Field& field : record.fields) fields.push_back(field.value());
    }
  } catch (const DataError&) {
    return std::nullopt;
  }
  return records;
}

TEST(DelimitedParser, AgreesWithPythonsCsvModule) {
  const auto cases = nlohmann::json::parse(read_file(TT_SOURCE_DIR "/tests/data/goldens/csv.json", ErrorKind::data));
  ASSERT_EQ(cases.size(), 300U);
  for (const auto& each : cases) {
    const auto records = parse(each.at("text"), each.at("separator").get<std::string>()[0]);
    ASSERT_EQ(records.has_value(), !each.contains("error")) << each;
    if (!records) continue;
    Records expected;
    for (const auto& record : each.at("records")) expected.emplace_back(record.at("line"), record.at("fields"));
    EXPECT_EQ(*records, expected) << each;
  }
}

TEST(DelimitedParser, KeepsWhatQuotesEnclose) {
  EXPECT_EQ(parse("\"a,\"\"b\"\"\r\nc\",\"\"\r\n", ','), (Records{{1, {"a,\"b\"\r\nc", ""}}}));
}

TEST(DelimitedParser, NulBytesAreText) {
  const std::string text("a\0b,c", 5);
  EXPECT_EQ(parse(text, ','), (Records{{1, {std::string("a\0b", 3), "c"}}}));
}

TEST(DelimitedParser, EmptyTextHasNoRecords) {
  EXPECT_EQ(parse("", ','), Records{});
  EXPECT_EQ(parse("\n\r\n\r\r", ','), Records{});
}

}  // namespace
