#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "render/html/html.hpp"
#include "render/html/page.hpp"
#include "render/html/style.hpp"
#include "support/messages.hpp"
#include "transfer_tune/core/files.hpp"

namespace tt::report::html {
namespace {

using tt::tests::holds;

TEST(Html, ShowsHostileTextAsItIs) {
  EXPECT_EQ("&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp;",
            Html("</script><script>alert(1)</script> &amp;").markup());
  EXPECT_EQ("&quot;&gt;&lt;img onerror=&#39;x&#39;&gt;", Html("\"><img onerror='x'>").markup());
  EXPECT_EQ("größe 日本 🙂 שלום", Html("größe 日本 🙂 שלום").markup());
  EXPECT_EQ("two lines and a tab", Html("two\nlines\rand\ta tab").markup());
}

TEST(Html, NamesWhatCannotBeSeenOrIsNotXml) {
  EXPECT_EQ("[U+001B][31m[U+0000]", Html(std::string("\x1b[31m") + '\0').markup());
  EXPECT_EQ("a[U+202E]b[U+2069]", Html("a\u202Eb\u2069").markup());
  EXPECT_EQ("[U+FFFE][U+FFFF]!", Html("\uFFFE\uFFFF!").markup());
  EXPECT_EQ("bad \xEF\xBF\xBD byte", Html("bad \xFF byte").markup());
}

TEST(Html, EscapesAttributesToo) {
  const Html made = element("p", {{"title", "\" onclick=\"x\n"}, {"width", 1.5}}, "<b>");
  EXPECT_EQ("<p title=\"&quot; onclick=&quot;x \" width=\"1.5\">&lt;b&gt;</p>", made.markup());
  EXPECT_EQ("<a href=\"#a&quot;b\">&lt;</a>", link_within("a\"b", "<").markup());
  EXPECT_EQ("<rect x=\"0\"/>", empty_element("rect", {{"x", -0.001}}).markup());
}

TEST(Html, WritesCoordinatesShortlyAndAlwaysAsNumbers) {
  EXPECT_EQ("12.35", number(12.3456));
  EXPECT_EQ("-3", number(-3));
  EXPECT_EQ("100000", number(100000));
  EXPECT_EQ("0", number(0.0 / 0.0));
  EXPECT_EQ("0", number(1.0 / 0.0));
}

TEST(Html, LetsLongNamesBreak) {
  EXPECT_EQ(isolated("card_<arrival>/a").markup(), "<bdi>card_<wbr/>&lt;arrival&gt;/<wbr/>a</bdi>");
  EXPECT_EQ(isolated("").markup(), "<bdi></bdi>");
}

TEST(Html, KeepsLinesOfPreformattedText) {
  EXPECT_EQ("<pre tabindex=\"0\">a\n&lt;/pre&gt; [U+001B]\n</pre>", preformatted("a\n</pre> \x1b\n").markup());
}

TEST(Html, BuildsTables) {
  const std::string markup = table("Caption <1>", {{"Name", false}, {"n"}}, {{"<i>", "1"}}).markup();
  EXPECT_TRUE(holds(markup, "aria-label=\"Caption &lt;1&gt;\""));
  EXPECT_TRUE(holds(markup, "<caption>Caption &lt;1&gt;</caption>"));
  EXPECT_TRUE(holds(markup, "<th scope=\"col\">Name</th><th scope=\"col\" class=\"n\">n</th>"));
  EXPECT_TRUE(holds(markup, "<th scope=\"row\">&lt;i&gt;</th><td class=\"n\">1</td>"));
  EXPECT_EQ("", list({}).markup());
}

TEST(Page, AllowsItsOwnStyleAloneAndNoScript) {
  Page page;
  page.title = "</title><script>";
  page.header = element("h1", "A");
  page.sections = {{"one", "One", paragraph("text")}, {"none", "Nothing to say", {}}};
  const std::string text = document(page);
  EXPECT_TRUE(holds(text, "<title>&lt;/title&gt;&lt;script&gt;</title>"));
  EXPECT_FALSE(holds(text, "<script"));
  EXPECT_TRUE(holds(text, "content=\"default-src 'none'; style-src 'sha256-"));
  EXPECT_TRUE(holds(text, "<style>" + style_sheet() + "</style>"));
  EXPECT_TRUE(holds(text, "<section id=\"one\"><h2>One</h2><p>text</p></section>"));
  EXPECT_FALSE(holds(text, "Nothing to say"));
  // SHA-256 in base 64 has 43 digits and one "=".
  const std::size_t begin = text.find("sha256-") + 7;
  const std::string digest = text.substr(begin, text.find('\'', begin) - begin);
  EXPECT_EQ(44U, digest.size());
  EXPECT_EQ('=', digest.back());
}

}  // namespace
}  // namespace tt::report::html
