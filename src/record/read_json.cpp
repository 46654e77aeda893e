#include <nlohmann/json.hpp>
#include <string>

#include "record/fields/run.hpp"
#include "record/json_reader.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::report {

namespace {

/// `what` names the report in messages, with what to do where it is none.
template <class Report>
Report read_kept(std::string_view json, const char* what, const char* remedy) {
  try {
    const nlohmann::json document = parsed(json);
    Report report;
    std::int64_t version = 1;  // which did not say so
    if (document.is_object() && document.contains("schema_version")) {
      read(document["schema_version"], {"/schema_version"}, version);
    }
    read(document, {"", version}, report);
    return report;
  } catch (const Misfit& misfit) {
    throw CheckpointError(concat(what, ": ", misfit.message(), "; ", remedy));
  }
}

}  // namespace

StageReport read_stage_report(std::string_view json) {
  return read_kept<StageReport>(json, "stage report", "remove it to have the stage trained again");
}

SearchTrialReport read_search_trial(std::string_view json) {
  return read_kept<SearchTrialReport>(json, "trial's report", "remove it to have it tried again");
}

}  // namespace tt::report
