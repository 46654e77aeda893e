#include "model/families/albert.hpp"
#include "model/families/bert.hpp"
#include "model/families/deberta_v2.hpp"
#include "model/families/distilbert.hpp"
#include "model/families/electra.hpp"
#include "model/families/modernbert.hpp"
#include "model/families/mpnet.hpp"
#include "model/families/nomic_bert.hpp"
#include "model/families/roberta.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/model/family.hpp"

#include <algorithm>

namespace tt::model {

const std::vector<Family>& families() {
  static const std::vector<Family> all = {
      bert_family(),      distilbert_family(), roberta_family(),    xlm_roberta_family(),
      camembert_family(), mpnet_family(),      electra_family(),    modernbert_family(),
      albert_family(),    nomic_bert_family(), deberta_v2_family(),
  };
  return all;
}

const Family& find_family(std::string_view model_type, const std::filesystem::path& config_file) {
  const auto found = std::find_if(families().begin(), families().end(),
                                  [&](const Family& family) { return family.model_type == model_type; });
  if (found != families().end()) return *found;
  std::vector<std::string> supported;
  for (const Family& family : families()) supported.push_back(family.model_type);
  throw CheckpointError(concat(config_file.string(), ": \"model_type\" is ", quote(model_type),
                               ", which is not supported; supported: ", join(supported, ", ")));
}

}  // namespace tt::model
