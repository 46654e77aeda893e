#include <nlohmann/json.hpp>
#include <string>

#include "report/json_reader.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::report {

StageReport read_stage_report(std::string_view json) {
  const nlohmann::json document = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  try {
    if (document.is_discarded()) throw Misfit{"", "text that is not JSON", "a JSON object"};
    StageReport report;
    read(document, "", report);
    return report;
  } catch (const Misfit& misfit) {
    throw CheckpointError(concat("stage report: ", misfit.message(), "; remove it to have the stage trained again"));
  }
}

}  // namespace tt::report
