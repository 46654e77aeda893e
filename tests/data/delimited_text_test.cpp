#include "transfer_tune/data/delimited_text.hpp"

#include "data_support.hpp"

#include <string>
#include <vector>

namespace tt::tests {
namespace {

using DelimitedText = DataTest;

TEST_F(DelimitedText, IsQuotedWhereItMustBe) {
  EXPECT_EQ(data::delimited_text({{"text", "label"}, {"plain text", ""}, {"a, b", "say \"x\""}}, "auto"),
            "text,label\nplain text,\n\"a, b\",\"say \"\"x\"\"\"\n");
  EXPECT_EQ(data::delimited_text({{"a b", "c"}}, "tab"), "a b\tc\n");
  EXPECT_EQ(data::delimited_text({{"a#b", "c"}}, "#"), "\"a#b\"#c\n");
}

TEST_F(DelimitedText, IsReadBackAsItWas) {
  const std::vector<std::string> texts{"plain",      " spaces ", "a,b;c|d\te", "two\nlines\r\n",
                                       "\"quoted\"", "=1+1",     "ü €"};
  for (const char* delimiter : {"auto", ";", "tab", "|", "#"}) {
    std::vector<std::vector<std::string>> records{{"the text", "a;b", "why"}};
    for (const std::string& text : texts) records.push_back({text, "label " + text, "typical"});
    const data::ReadOptions options{.text_column = "the text", .label_column = "a;b", .delimiter = delimiter};
    const data::Dataset dataset = read("a.csv", data::delimited_text(records, delimiter), options);
    ASSERT_EQ(dataset.examples.size(), texts.size()) << delimiter;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      EXPECT_EQ(dataset.examples[i].text, texts[i]) << delimiter;
      EXPECT_EQ(dataset.examples[i].label, "label " + texts[i]) << delimiter;
    }
  }
}

}  // namespace
}  // namespace tt::tests
