#include "transfer_tune/core/text.hpp"

#include "data_support.hpp"

#include <string>

namespace tt::tests {
namespace {

using data::ReadOptions;

using ReadJsonl = DataTest;
using ReadClinc = DataTest;
using ReadRecords = DataTest;
using ReadDataset = DataTest;

TEST_F(ReadJsonl, TakesWeightsAndNamesTheFaultyOnes) {
  const data::ReadOptions options{.weight_column = "w"};
  const auto dataset = read("a.jsonl", R"({"text": "a", "label": "x", "w": 2}
{"text": "b", "label": "x", "w": "0.25"})",
                            options);
  EXPECT_EQ(dataset.examples[0].weight, 2.0F);
  EXPECT_EQ(dataset.examples[1].weight, 0.25F);
  const std::string message = error_of("b.jsonl", R"({"text": "a", "label": "x", "w": null}
{"text": "b", "label": "x", "w": true}
{"text": "c", "label": "x"})",
                                       options);
  EXPECT_EQ(message,
            "b.jsonl:1: column \"w\" (weight_column): found nothing, expected a number from 0 to 1e6\n"
            "b.jsonl:2: column \"w\" (weight_column): found \"true\", expected a number from 0 to 1e6\n"
            "b.jsonl:3: no key \"w\" (weight_column); found: \"label\", \"text\"");
  EXPECT_TRUE(holds(error_of("c.txt", "__label__x a\n", options), "column \"w\""));
}

TEST_F(ReadJsonl, TakesScalarsAsTheirJsonText) {
  const ReadOptions options{.id_column = "id", .extra_columns = {"score", "language"}};
  const auto dataset = read("a.jsonl",
                            "\xEF\xBB\xBF{\"text\": \"na\\u00efve\\n\", \"label\": \"a\", \"id\": 12, \"score\": 0.5, "
                            "\"language\": null}\r\n\r\n"
                            "{\"id\": \"x\", \"label\": true, \"text\": \"two\", \"score\": -3, \"language\": \"en\"}",
                            options);
  ASSERT_EQ(dataset.examples.size(), 2U);
  EXPECT_EQ(dataset.examples[0].text, "na\xC3\xAFve\n");
  EXPECT_EQ(dataset.examples[0].id, "12");
  EXPECT_EQ(dataset.examples[1].id, "\"x\"");
  EXPECT_EQ(dataset.examples[0].columns, (std::vector<std::string>{"0.5", ""}));
  EXPECT_EQ(dataset.examples[1].label, "true");
  EXPECT_EQ(dataset.examples[1].line, 3U);
  EXPECT_EQ(dataset.examples[1].columns, (std::vector<std::string>{"-3", "en"}));
}

TEST_F(ReadJsonl, NdjsonIsTheSame) {
  EXPECT_EQ(read("a.ndjson", "{\"text\":\"t\",\"label\":3}\n").examples[0].label, "3");
}

TEST_F(ReadJsonl, WithoutLabelsTheKeyMayBeAbsentOrNull) {
  const ReadOptions unlabelled{.labelled = false};
  const auto dataset = read(
      "a.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\",\"label\":null}\n{\"text\":\"c\",\"label\":\"x\"}", unlabelled);
  EXPECT_EQ(dataset.examples[0].label, "");
  EXPECT_EQ(dataset.examples[1].label, "");
  EXPECT_EQ(dataset.examples[2].label, "x");
}

TEST_F(ReadJsonl, NamesEveryFaultyLine) {
  const std::string message = error_of("a.jsonl",
                                       "{\"text\": \"fine\", \"label\": \"a\"}\n"
                                       "{\"text\": \"cut\n"
                                       "[1, 2]\n"
                                       "{\"txet\": \"x\", \"label\": \"a\"}\n"
                                       "{\"text\": 5, \"label\": \"a\"}\n"
                                       "{\"text\": \"x\", \"label\": 1.5}\n"
                                       "{\"text\": \"x\", \"label\": \"a\", \"label\": \"b\"}\n"
                                       "{\"text\": \" \", \"label\": \"a\"}\n"
                                       "{\"text\": \"x\", \"label\": {\"label\": 1}}\n"
                                       "{\"text\": \"x\", \"label\": null}\n");
  EXPECT_FALSE(holds(message, "a.jsonl:1:"));
  EXPECT_TRUE(holds(message, "a.jsonl:2: not valid JSON: syntax error"));
  EXPECT_TRUE(holds(message, "a.jsonl:3: expected a JSON object, found array"));
  EXPECT_TRUE(
      holds(message, "a.jsonl:4: no key \"text\" (text_column); found: \"label\", \"txet\"; did you mean \"txet\"?"));
  EXPECT_TRUE(holds(message, "a.jsonl:5: key \"text\": expected a string, found number"));
  EXPECT_TRUE(holds(message, "a.jsonl:6: key \"label\": expected a string, an integer or a boolean, found 1.5"));
  EXPECT_TRUE(holds(message, "a.jsonl:7: key \"label\" occurs more than once"));
  EXPECT_TRUE(holds(message, "a.jsonl:8: the text is empty"));
  EXPECT_TRUE(holds(message, "a.jsonl:9: key \"label\": expected a string, an integer or a boolean, found object"));
  EXPECT_TRUE(holds(message, "a.jsonl:10: the label is null; fill it in or delete the record"));
}

TEST_F(ReadJsonl, AWholeNumberIsALabelHoweverItIsWritten) {
  const auto dataset = read("a.jsonl",
                            "{\"text\": \"x\", \"label\": 1.0}\n{\"text\": \"y\", \"label\": 1}\n"
                            "{\"text\": \"z\", \"label\": -2e2}\n{\"text\": \"z\", \"label\": \"1.0\"}\n");
  std::vector<std::string> labels;
  for (const auto& example : dataset.examples) labels.push_back(example.label);
  EXPECT_EQ(labels, (std::vector<std::string>{"1", "1", "-200", "1.0"}));
  ASSERT_EQ(dataset.notes.size(), 1U);
  EXPECT_TRUE(dataset.notes[0].starts_with("2 labels are written as a number such as 1.0")) << dataset.notes[0];
  EXPECT_TRUE(holds(error_of("b.jsonl", "{\"text\": \"x\", \"label\": 2.5e300}"), "found 2.5e+300"));
}

TEST_F(ReadJsonl, KeepsIdsAsTheyAreWritten) {
  for (const char* id : {"1e23", "18446744073709551616", "-0", "1.10", "\"\\u00e9 \\/\"", "true"}) {
    const std::string line =
        concat("{\"o\": {\"id\": 2}, \"text\": \"}\\\"\", \"i\\u0064\" :  ", id, " , \"label\": \"a\"}");
    EXPECT_EQ(read("a.jsonl", line, {.id_column = "id"}).examples[0].id, id) << line;
  }
  EXPECT_EQ(read("a.jsonl", R"({"text": "x", "label": "a", "id": null})", {.id_column = "id"}).examples[0].id, "");
  EXPECT_TRUE(
      holds(error_of("a.jsonl", R"({"text": "x", "label": "a", "id": [1]})", {.id_column = "id"}), "found array"));
}

TEST_F(ReadJsonl, RefusesLoneSurrogatesAndNumbersOutOfRange) {
  EXPECT_TRUE(error_of("a.jsonl", R"({"text": "\ud800", "label": "a"})").starts_with("a.jsonl:1: not valid JSON"));
  EXPECT_TRUE(error_of("b.jsonl", R"({"text": "x", "label": 1e999})").starts_with("b.jsonl:1: not valid JSON"));
}

TEST_F(ReadJsonl, DeepNestingIsAnErrorNotACrash) {
  const std::string message = error_of("a.jsonl", std::string(300000, '['));
  EXPECT_TRUE(message.starts_with("a.jsonl:1: not valid JSON")) << message.substr(0, 200);
  EXPECT_TRUE(error_of("b.jsonl", std::string(300000, '[') + std::string(300000, ']'))
                  .starts_with("b.jsonl:1: not valid JSON: nested deeper than 64 levels"));
}

constexpr std::string_view kSplits =
    R"({"train": [["pay it", "pay"], ["stop it", "stop"]], "val": [["pay", "pay"]], "oos_train": [["weather", "oos"]]})";

TEST_F(ReadClinc, PicksTheSplitAndKeepsOutOfScopeTextsApart) {
  const auto train = read("a.json", kSplits, {.split = "train"});
  ASSERT_EQ(train.examples.size(), 2U);
  EXPECT_EQ(train.examples[1].text, "stop it");
  EXPECT_EQ(train.examples[1].label, "stop");
  EXPECT_EQ(train.examples[1].line, 2U);
  ASSERT_EQ(train.out_of_scope.size(), 1U);
  EXPECT_EQ(train.out_of_scope[0].text, "weather");
  EXPECT_TRUE(train.keeps_scope_apart);
  const auto validation = read("a.json", kSplits, {.split = "val"});
  EXPECT_EQ(validation.examples.size(), 1U);
  EXPECT_TRUE(validation.out_of_scope.empty());
}

TEST_F(ReadClinc, NamesTheSplitsThereAre) {
  EXPECT_EQ(error_of("a.json", kSplits, {.split = "vall"}),
            "a.json: no split \"vall\"; found: \"train\", \"val\"; did you mean \"val\"?");
}

TEST_F(ReadClinc, RefusesColumnsItCannotHave) {
  const std::string message = error_of("a.json", kSplits, {.id_column = "id", .split = "val"});
  EXPECT_EQ(message,
            "a.json: column \"id\": CLINC150's JSON holds only texts and labels; convert it to .csv to add columns");
}

TEST_F(ReadClinc, NamesFaultyEntriesByPointer) {
  EXPECT_EQ(error_of("a.json", R"({"train": [["a", "b"], ["a"], ["", "b"], "x"], "oos_train": [[1, "oos"]]})",
                     {.split = "train"}),
            "a.json: /train/1: expected a list of two strings, the text and its label\n"
            "a.json: /train/2: the text is empty; fill it in or delete the record\n"
            "a.json: /train/3: expected a list of two strings, the text and its label\n"
            "a.json: /oos_train/0: expected a list of two strings, the text and its label");
}

TEST_F(ReadClinc, RefusesOtherJson) {
  const ReadOptions options{.split = "train"};
  EXPECT_TRUE(error_of("a.json", "5", options)
                  .starts_with("a.json: expected an array of records or CLINC150's object of splits, found number"));
  EXPECT_TRUE(error_of("b.json", "{\"train\": {}}", options).starts_with("b.json: /train: expected a list"));
  EXPECT_TRUE(error_of("c.json", "{\n\"train\": [\n", options).starts_with("c.json:3: not valid JSON: syntax error"));
  EXPECT_TRUE(error_of("d.json", "{\"train\": []}", options).starts_with("d.json: no examples"));
  const std::string by_column = error_of("e.json", R"({"text": {"0": "a"}, "label": {"0": "b"}})", options);
  EXPECT_TRUE(holds(by_column, "no split \"train\"; found: \"label\", \"text\""));
  EXPECT_TRUE(holds(by_column, "orient=\"records\""));
}

TEST_F(ReadRecords, AnArrayIsReadLikeLines) {
  const auto dataset = read("a.json",
                            "\xEF\xBB\xBF [\n  {\"text\": \"one ]}\\\"\", \"label\": 1.0, \"id\": 1e23},\n"
                            "  {\"label\": \"b\", \"text\": \"two\", \"id\": \"x\", \"deep\": [{\"a\": [1]}]}\n]\n",
                            {.id_column = "id"});
  ASSERT_EQ(dataset.examples.size(), 2U);
  EXPECT_EQ(dataset.examples[0].text, "one ]}\"");
  EXPECT_EQ(dataset.examples[0].label, "1");
  EXPECT_EQ(dataset.examples[0].id, "1e23");
  EXPECT_EQ(dataset.examples[1].line, 2U);
  EXPECT_FALSE(dataset.keeps_scope_apart);
}

TEST_F(ReadRecords, ErrorsNameLineAndPlace) {
  EXPECT_EQ(error_of("a.json",
                     "[\n {\"text\": \"x\", \"label\": \"a\"},\n {\"text\": \"x\", \"label\": null}, {\"text\": \"\", "
                     "\"label\": \"a\"},\n{\"text\": \"x\", \"text\": \"y\", \"label\": \"a\"},\n 7]"),
            "a.json:3: /1: the label is null; fill it in or delete the record\n"
            "a.json:3: /2: the text is empty; fill it in or delete the record\n"
            "a.json:4: /3: key \"text\" occurs more than once\n"
            "a.json:5: /4: expected a JSON object, found number");
}

TEST_F(ReadRecords, RefusesWhatIsNoArray) {
  const std::string record = R"({"text": "x", "label": "a"})";
  EXPECT_TRUE(error_of("a.json", "[]").starts_with("a.json: no examples"));
  EXPECT_TRUE(error_of("b.json", "[" + record + ",\n]").starts_with("b.json:2: /1: not valid JSON"));
  EXPECT_EQ(error_of("c.json", "[" + record), "c.json:1: the file ends inside the array: expected a \"]\"");
  EXPECT_EQ(error_of("d.json", "[" + record + "]\n" + record + "]").substr(0, 47),
            "d.json:2: expected the end of the file, found \"");
  EXPECT_TRUE(error_of("e.json", "[" + record + " " + record + "]").starts_with("e.json:1: /0: not valid JSON"));
  EXPECT_TRUE(
      error_of("f.json", "[" + record + ",\n{\"text\": \"x\",\n\"label\" 5}]").starts_with("f.json:3: /1: not valid"));
  EXPECT_TRUE(error_of("g.json", "[" + record + "}").starts_with("g.json:1: expected a comma or"));
  EXPECT_TRUE(error_of("h.json", std::string(300000, '[')).starts_with("h.json:1: /0: not valid JSON"));
}

TEST_F(ReadRecords, LinesInAJsonFileAreReadAsSuch) {
  const auto dataset = read("a.json", "{\"text\": \"x\", \"label\": \"a\"}\n{\"text\": \"y\", \"label\": \"b\"}\n");
  ASSERT_EQ(dataset.examples.size(), 2U);
  EXPECT_EQ(dataset.examples[1].line, 2U);
  ASSERT_EQ(dataset.notes.size(), 1U);
}

TEST_F(ReadDataset, ExtensionsAreMatchedInAnyCase) {
  EXPECT_EQ(read("a.CSV", "text,label\nhello,a\n").examples.size(), 1U);
}

TEST_F(ReadDataset, UnsupportedExtensionsListTheSupportedOnes) {
  EXPECT_EQ(error_of("a.yml", "x"),
            "a.yml: unsupported extension \".yml\"; supported: .csv, .tsv, .txt, .jsonl, .ndjson, .json");
  EXPECT_TRUE(error_of("plain", "x").starts_with("plain: no file name extension; supported: .csv"));
}

TEST_F(ReadDataset, SaysWhatToDoWithFilesOfOtherPrograms) {
  EXPECT_EQ(error_of("a.xlsx", "PK"),
            "a.xlsx: .xlsx files are not read; save the sheet as \"CSV UTF-8\" in the spreadsheet program");
  EXPECT_TRUE(holds(error_of("a.parquet", "PAR1"), "to_csv"));
  EXPECT_EQ(error_of("a.csv.gz", "\x1f\x8b"), "a.csv.gz: .gz files are not read; unpack it first");
  EXPECT_TRUE(error_of("a.csv", "PK\x03\x04rest").starts_with("a.csv: found an Excel workbook"));
  EXPECT_TRUE(error_of("b.csv", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n")
                  .starts_with("b.csv: a Git LFS pointer"));
}

TEST_F(ReadDataset, MissingFilesAndDirectoriesAreDataErrors) {
  EXPECT_EQ(error_of(directory() / "no.csv"), "no.csv: cannot open: No such file or directory");
  std::filesystem::create_directory(directory() / "d.csv");
  EXPECT_EQ(error_of(directory() / "d.csv"), "d.csv: expected a file, found a directory");
}

TEST(SharedData, ReadsTheRealFiles) {
  if (!std::filesystem::exists(kShared)) GTEST_SKIP() << kShared << " is absent";
  const auto banking = data::read_dataset(kShared / "banking77/train.csv", {.label_column = "category"});
  EXPECT_EQ(banking.examples.size(), 10003U);
  EXPECT_EQ(data::LabelMap::from_examples(banking.examples).size(), 77U);
  const auto retail =
      data::read_dataset(kShared / "bitext_retail/train.csv",
                         {.text_column = "utterance", .label_column = "intent", .extra_columns = {"tags"}});
  EXPECT_EQ(retail.examples[0].text, "how can I cancel purchase 113542617735902?");
  EXPECT_EQ(retail.examples[0].columns[0], "BIL");
  const auto clinc = data::read_dataset(kShared / "clinc150/data_full.json", {.split = "test"});
  EXPECT_EQ(clinc.examples.size(), 4500U);
  EXPECT_EQ(clinc.out_of_scope.size(), 1000U);
  EXPECT_EQ(data::LabelMap::from_examples(clinc.examples).size(), 150U);
}

}  // namespace
}  // namespace tt::tests
