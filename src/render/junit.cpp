#include <string>
#include <string_view>

#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/gate_report.hpp"
#include "transfer_tune/render/reports.hpp"

namespace tt::report {
namespace {

/// True for the characters that XML 1.0 has no way to write, not even as a reference: controls, U+FFFE and U+FFFF.
bool is_forbidden(std::string_view rest) {
  const auto first = static_cast<unsigned char>(rest.front());
  return (first < 0x20 && first != '\t' && first != '\n' && first != '\r') || rest.starts_with("\xEF\xBF\xBE") ||
         rest.starts_with("\xEF\xBF\xBF");
}

/// Fit for text and for attributes; white space as references, since a parser would turn it into blanks.
std::string escaped(std::string_view text) {
  const std::string valid = valid_utf8(text);
  std::string out;
  for (std::size_t i = 0; i < valid.size(); ++i) {
    const char c = valid[i];
    if (is_forbidden(std::string_view(valid).substr(i))) {
      out += "\xEF\xBF\xBD";
      if (static_cast<unsigned char>(c) >= 0x80) i += 2;
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\t' || c == '\n' || c == '\r') {
      out += concat("&#", static_cast<int>(c), ";");
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string junit_xml(const std::vector<GateReport>& gates, std::string_view suite) {
  std::string out =
      concat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"", escaped(suite),
             "\" tests=\"", gates.size(), "\" failures=\"", failed_count(gates), "\" errors=\"0\" skipped=\"0\">\n");
  for (const GateReport& gate : gates) {
    out += concat("    <testcase classname=\"", escaped(suite), "\" name=\"", escaped(gate.gate), "\">\n");
    if (gate.passed) {
      out += concat("      <system-out>", escaped(gate_line(gate)), "</system-out>\n");
    } else {
      out += concat("      <failure type=\"gate\" message=\"", escaped(gate.found), "\">", escaped(gate_line(gate)),
                    "</failure>\n");
    }
    out += "    </testcase>\n";
  }
  return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace tt::report
