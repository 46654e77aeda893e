#include "config/objective_settings.hpp"

#include "config/checks.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace tt::config {
namespace {

constexpr std::int64_t kMostOfAnEpisode = 1000;

std::vector<std::string> names_of(const std::vector<ObjectiveType>& types) {
  std::vector<std::string> out;
  out.reserve(types.size());
  for (const ObjectiveType type : types) out.push_back(to_string(type));
  return out;
}

/// A parameter that some types of objective take.
struct Parameter {
  std::vector<ObjectiveType> types;
  Row<ObjectiveConfig> row;
};

template <class T>
Parameter parameter(std::vector<ObjectiveType> types, const std::string& name, const Json& check, const Json& fallback,
                    T ObjectiveConfig::*field, const std::string& description) {
  Row<ObjectiveConfig> out =
      row(name, check, fallback, field, concat(join(names_of(types), ", "), " only: ", description));
  out.get = [types, get = out.get](const ObjectiveConfig& objective) {
    return std::ranges::count(types, objective.type) > 0 ? get(objective) : Json();
  };
  return {std::move(types), std::move(out)};
}

std::vector<Parameter> parameters() {
  using O = ObjectiveConfig;
  using enum ObjectiveType;
  return {
      parameter({focal}, "gamma", at_least(0), 2.0, &O::gamma, "power of 1 - p that each term is multiplied by"),
      parameter({supervised_contrastive, prototypical}, "temperature", optional(positive(100)), nullptr,
                &O::temperature, "that cosines of features are divided by; absent: 0.3, with prototypical 0.1"),
      parameter({supervised_contrastive}, "weight", from_0_below_1(), 0.9, &O::weight,
                "share of the contrast in the loss; the rest is the cross-entropy's"),
      parameter({r_drop}, "alpha", at_least(0), 1.0, &O::alpha, "factor on the divergence of the two passes"),
      parameter({prototypical}, "ways", integer(2, kMostOfAnEpisode), 20, &O::ways, "labels an episode"),
      parameter({prototypical}, "support", integer(1, kMostOfAnEpisode), 1, &O::support,
                "texts of each label whose mean is its prototype"),
      parameter({prototypical}, "query", integer(1, kMostOfAnEpisode), 1, &O::query,
                "texts of each label that the prototypes answer"),
      parameter({prototypical}, "isotropy", at_least(0), 0.0, &O::isotropy,
                "factor on the distance of the features' correlations from none"),
  };
}

}  // namespace

std::string to_string(ObjectiveType type) { return write(type); }

void fill_defaults(ObjectiveConfig& objective) {
  if (objective.temperature == 0) objective.temperature = objective.type == ObjectiveType::prototypical ? 0.1 : 0.3;
}

Row<TrainingConfig> objective_block() {
  Rows<ObjectiveConfig> rows{
      row("type", choice<ObjectiveType>(), "cross_entropy", &ObjectiveConfig::type,
          "cross_entropy; focal: less of what texts that are answered well add to it; supervised_contrastive: also "
          "draws the features of one label together; r_drop: also draws two passes under dropout together; "
          "prototypical, of the source alone: tells labels of few texts apart, in place of the source's own")};
  Json constraints = Json::array();
  for (Parameter& parameter : parameters()) {
    Json owned = {{"anyOf", Json::array()}};
    for (const std::string& owner : names_of(parameter.types)) owned["anyOf"].push_back(is("type", owner.c_str()));
    const bool one = parameter.types.size() == 1;
    constraints.push_back(constraint(concat("found ", parameter.row.name, ", which goes with the type",
                                            one ? " " : "s ", join(names_of(parameter.types), " and "), " alone")
                                         .c_str(),
                                     {{"if", given(parameter.row.name.c_str())}, {"then", std::move(owned)}}));
    rows.push_back(std::move(parameter.row));
  }
  Row<TrainingConfig> out = block("objective", rows, &TrainingConfig::objective, "what training minimises");
  out.check["allOf"] = std::move(constraints);
  return out;
}

}  // namespace tt::config
