#include "config/objective_settings.hpp"

#include "config/checks.hpp"
#include "transfer_tune/core/text.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace tt::config {
namespace {

/// A parameter that one type of objective takes.
Row<ObjectiveConfig> parameter(ObjectiveType type, const std::string& name, const Json& check, double fallback,
                               double ObjectiveConfig::*field, const std::string& description) {
  const std::string owner = to_string(type);
  Row<ObjectiveConfig> out = row(name, check, fallback, field, concat(owner, " only: ", description));
  out.get = [type, get = out.get](const ObjectiveConfig& objective) {
    return objective.type == type ? get(objective) : Json();
  };
  return out;
}

}  // namespace

std::string to_string(ObjectiveType type) { return write(type); }

Row<TrainingConfig> objective_block() {
  using O = ObjectiveConfig;
  using enum ObjectiveType;
  const Rows<O> rows{
      row("type", choice<ObjectiveType>(), "cross_entropy", &O::type,
          "cross_entropy; focal: less of what texts that are answered well add to it; supervised_contrastive: also "
          "draws the features of one label together; r_drop: also draws two passes under dropout together"),
      parameter(focal, "gamma", at_least(0), 2.0, &O::gamma, "power of 1 - p that each term is multiplied by"),
      parameter(supervised_contrastive, "temperature", positive(100), 0.3, &O::temperature,
                "that cosines of features are divided by"),
      parameter(supervised_contrastive, "weight", from_0_below_1(), 0.9, &O::weight,
                "share of the contrast in the loss; the rest is the cross-entropy's"),
      parameter(r_drop, "alpha", at_least(0), 1.0, &O::alpha, "factor on the divergence of the two passes"),
  };
  Row<TrainingConfig> out = block("objective", rows, &TrainingConfig::objective, "what training minimises");
  out.check["allOf"] = Json::array();
  for (const auto& [name, type] : {std::pair{"gamma", focal}, std::pair{"temperature", supervised_contrastive},
                                   std::pair{"weight", supervised_contrastive}, std::pair{"alpha", r_drop}}) {
    const std::string owner = to_string(type);
    out.check["allOf"].push_back(
        constraint(concat("found ", name, ", which goes with the type ", owner, " alone").c_str(),
                   {{"if", given(name)}, {"then", is("type", owner.c_str())}}));
  }
  return out;
}

}  // namespace tt::config
