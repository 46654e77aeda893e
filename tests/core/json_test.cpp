#include "transfer_tune/core/json.hpp"
#include "support/messages.hpp"

#include "support/temporary_directory.hpp"
#include "transfer_tune/core/files.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace tt;
using nlohmann::json;
using nlohmann::ordered_json;
using tests::holds;

std::optional<JsonError> error_of(std::string_view text, const JsonOptions& options = {}) {
  try {
    (void)parse_json<json>(text, options);
  } catch (const JsonError& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return std::nullopt;
}

JsonDocument document_of(const char* text) { return {json::parse(text), "F", ErrorKind::data}; }

TEST(ParseJson, GivesTheValueInEitherOrderOfKeys) {
  const std::string text = R"( {"b": [1, -2, 0.5, 1e30, "é\n", null, true], "a": {}} )";
  EXPECT_EQ(parse_json<json>(text), json::parse(text));
  EXPECT_EQ(parse_json<ordered_json>(text).dump(), R"({"b":[1,-2,0.5,1e+30,"é\n",null,true],"a":{}})");
  EXPECT_EQ(parse_json<json>("3"), json(3));
}

TEST(ParseJson, RefusesWhatIsNoJsonAndSaysWhere) {
  using namespace std::string_literals;
  for (const auto& [text, offset] : std::vector<std::pair<std::string, std::size_t>>{{"{\"a\": 1,\n \"b\" 2}", 14},
                                                                                     {"{} {}", 3},
                                                                                     {"{}\0"s, 2},
                                                                                     {"[1\0]"s, 2},
                                                                                     {"[NaN]", 1},
                                                                                     {"[\"\xff\"]", 2},
                                                                                     {"[\"\xed\xa0\x80\"]", 3}}) {
    const auto error = error_of(text);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->why, JsonError::Reason::syntax);
    EXPECT_EQ(error->offset, offset) << text;
    EXPECT_EQ(std::string(error->what()).find("not valid JSON: "), 0U) << error->what();
    EXPECT_FALSE(holds(std::string(error->what()).substr(0, error->without_found), "last read"));
  }
  EXPECT_LT(std::string(error_of("[\"" + std::string(100000, 'x'))->what()).size(), 400U) << "nonsense is not repeated";
}

TEST(ParseJson, RefusesKeysThatStandTwiceAndNamesThem) {
  const auto error = error_of(R"({"a": [{}, {"x/y": 1, "z": 2, "x/y": 1}]})");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->why, JsonError::Reason::repeated_key);
  EXPECT_EQ(error->pointer, "/a/1/x~1y");
  EXPECT_EQ(error->key, "x/y");
  EXPECT_NO_THROW((void)parse_json<json>(R"([{"a": 1}, {"a": 1, "b": {"a": 1}}])"));
}

TEST(ParseJson, OrGathersThemWithTheLastValueCounting) {
  std::vector<std::string> repeated;
  const auto value =
      parse_json<ordered_json>(R"({"a": 1, "b": {"c": 1, "c": [2]}, "a": 3})", {.repeated_keys = &repeated});
  EXPECT_EQ(value.dump(), R"({"a":3,"b":{"c":[2]}})");
  EXPECT_EQ(repeated, (std::vector<std::string>{"/b/c", "/a"}));
}

TEST(ParseJson, LimitsTheDepth) {
  EXPECT_NO_THROW((void)parse_json<json>(std::string(64, '[') + std::string(64, ']')));
  const auto error = error_of(std::string(100000, '['));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->why, JsonError::Reason::depth);
  EXPECT_TRUE(holds(error->what(), "nested deeper than 64 levels"));
}

TEST(ParseJson, PutsATableBesideTheTree) {
  JsonTable table{"/model/vocab", "an id"};
  const auto value = parse_json<json>(
      R"({"vocab": {"x": 0}, "model": {"vocab": {"b": 1, "a": -2}, "x": {"vocab": {}}}})", {.table = &table});
  EXPECT_EQ(value, json::parse(R"({"vocab": {"x": 0}, "model": {"vocab": {}, "x": {"vocab": {}}}})"));
  EXPECT_EQ(table.entries, (std::vector<std::pair<std::string, std::int64_t>>{{"b", 1}, {"a", -2}}));
  for (const char* entry : {"\"1\"", "1.5", "null", "[1]", "{}", "2147483648"}) {
    const auto error = error_of(R"({"model": {"vocab": {"a": )" + std::string(entry) + "}}}", {.table = &table});
    ASSERT_TRUE(error);
    EXPECT_EQ(error->pointer, "/model/vocab/a");
    EXPECT_STREQ(error->what(), "expected an id");
  }
}

TEST(ReadJson, NamesTheFileAndThePlace) {
  const tests::TemporaryDirectory directory;
  const auto file = directory.path() / "a.json";
  const auto message = [&](std::string_view text) {
    write_file(file, text);
    const std::string said = tests::message_of<DataError>([&] { (void)read_json_object(file, ErrorKind::data); });
    EXPECT_EQ(said.find(file.string() + ": "), 0U) << said;
    return said.substr(std::min(said.size(), file.string().size() + 2));
  };
  EXPECT_EQ(message(""), "the file is empty, expected JSON");
  EXPECT_EQ(message("[]"), "expected a JSON object, found array");
  EXPECT_EQ(message("{\n\"a\" 1}").find("line 2, column 5: not valid JSON: "), 0U);
  EXPECT_EQ(message(R"({"a": 1, "a": 1})"), "/a: the key \"a\" stands twice in one object");
}

TEST(JsonView, ComplainsWithFileAndPointer) {
  const JsonDocument document = document_of(R"({"a/b": [1, {"c": "x", "d": -7, "e": 1.5, "n": null}]})");
  const JsonView root = document.root();
  const JsonView inner = root.at("a/b").at(1);
  const auto expect = [](const std::function<void()>& action, const char* message) {
    EXPECT_EQ(tests::message_of<DataError>(action), message);
  };
  expect([&] { (void)root.at("x"); }, "F: /: has no \"x\"");
  expect([&] { (void)root.at(0); }, "F: /: found an object, expected an array");
  expect([&] { (void)root.at("a/b").at(2); }, "F: /a~1b: has 2 items, expected at least 3");
  expect([&] { (void)root.at("a/b").at(0).string(); }, "F: /a~1b/0: found 1, expected a string");
  expect([&] { (void)root.at("a/b").object(); }, "F: /a~1b: found an array, expected an object");
  expect([&] { (void)inner.at("c").integer(); },
         "F: /a~1b/1/c: found \"x\", expected a whole number from 0 to 2147483647");
  expect([&] { (void)inner.at("d").integer(-5, 5); }, "F: /a~1b/1/d: found -7, expected a whole number from -5 to 5");
  expect([&] { (void)inner.at("e").integer(); },
         "F: /a~1b/1/e: found 1.5, expected a whole number from 0 to 2147483647");
  expect([&] { (void)inner.at("c").number(); }, "F: /a~1b/1/c: found \"x\", expected a number");
  expect([&] { (void)inner.at("n").boolean(); }, "F: /a~1b/1/n: found null, expected true or false");
  expect([&] { inner.at("n").fail("is odd"); }, "F: /a~1b/1/n: is odd");
}

TEST(JsonView, GivesWhatIsThere) {
  const JsonDocument document = document_of(R"({"s": "x", "i": 3, "f": 0.5, "b": true, "n": null, "a": [1, 2]})");
  const JsonView root = document.root();
  EXPECT_EQ(root.at("s").string(), "x");
  EXPECT_EQ(root.at("i").integer(), 3);
  EXPECT_EQ(root.at("f").number(), 0.5);
  EXPECT_EQ(root.at("i").number(), 3.0);
  EXPECT_TRUE(root.boolean_or("b", false));
  EXPECT_TRUE(root.boolean_or("n", true)) << "null counts as absent";
  EXPECT_EQ(root.string_or("n", "y"), "y");
  EXPECT_FALSE(root.has("n"));
  EXPECT_TRUE(root.at("n").is_null());
  EXPECT_EQ(root.at("a").items().size(), 2U);
  EXPECT_EQ(root.members().size(), 6U);
  EXPECT_FALSE(root.at("s").has("x")) << "nor in what is no object";
}

TEST(JsonView, AWholeNumberBeyondSixtyThreeBitsFitsNowhere) {
  const JsonDocument document = document_of("[9223372036854775808, 1e30]");
  for (const std::size_t index : {0U, 1U}) {
    EXPECT_THROW((void)document.root().at(index).integer(INT64_MIN, INT64_MAX), DataError);
  }
}

}  // namespace
