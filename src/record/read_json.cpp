#include <nlohmann/json.hpp>
#include <string>

#include "record/fields/training.hpp"
#include "record/json_reader.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::report {

StageReport read_stage_report(std::string_view json) {
  const nlohmann::json document = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  try {
    if (document.is_discarded()) throw Misfit{"", "text that is not JSON", "a JSON object"};
    StageReport report;
    std::int64_t version = 1;  // which did not say so
    if (document.is_object() && document.contains("schema_version")) {
      read(document["schema_version"], {"/schema_version"}, version);
    }
    read(document, {"", version}, report);
    return report;
  } catch (const Misfit& misfit) {
    throw CheckpointError(concat("stage report: ", misfit.message(), "; remove it to have the stage trained again"));
  }
}

}  // namespace tt::report
