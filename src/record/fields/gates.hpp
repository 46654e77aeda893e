#pragma once

#include "record/fields/field.hpp"
#include "transfer_tune/record/gate_report.hpp"

namespace tt::report {

void fields(auto& visit, Like<GateReport> auto& r) {
  visit("gate", r.gate, "as it was asked");
  visit("passed", r.passed, "whether it holds");
  visit("value", r.value, "the figure it was judged by; null: there was none");
  visit("found", r.found, "that figure and what belongs to it, or why there is none");
}

}  // namespace tt::report
