#include "checkpoint/labels.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <nlohmann/json.hpp>
#include <set>

namespace tt::checkpoint {

using nlohmann::json;

std::vector<std::string> read_labels(const json& config, const std::filesystem::path& file) {
  const auto fail = [&](const std::string& what) -> void {
    throw CheckpointError(concat(file.string(), ": \"id2label\": ", what));
  };
  const auto map = config.find("id2label");
  if (map == config.end() || map->is_null()) return {};
  if (!map->is_object()) fail(concat("expected an object, found ", map->type_name()));
  std::vector<std::string> labels;
  std::set<std::string> seen;
  for (std::size_t id = 0; id < map->size(); ++id) {
    const auto found = map->find(std::to_string(id));
    if (found == map->end()) fail(concat("id ", id, " is missing; expected ids 0 to ", map->size() - 1));
    if (!found->is_string()) fail(concat("id ", id, " is ", quote(found->dump()), "; expected a string"));
    labels.push_back(found->get<std::string>());
    if (!seen.insert(labels.back()).second) fail(concat("two ids are called ", quote(labels.back())));
  }
  return labels;
}

std::vector<std::string> default_labels(const json& config) {
  constexpr std::size_t maximal = 1'000'000;
  const json count = config.value("num_labels", json(2U));
  std::vector<std::string> labels;
  const std::size_t size = count.is_number_unsigned() && count <= maximal ? count.get<std::size_t>() : 2;
  for (std::size_t id = 0; id < size; ++id) labels.push_back(concat("LABEL_", id));
  return labels;
}

void set_labels(json& config, const std::vector<std::string>& labels) {
  json id2label = json::object();
  json label2id = json::object();
  for (std::size_t id = 0; id < labels.size(); ++id) {
    id2label[std::to_string(id)] = labels[id];
    label2id[labels[id]] = id;
  }
  config["id2label"] = std::move(id2label);
  config["label2id"] = std::move(label2id);
  config.erase("num_labels");
  config.erase("_num_labels");
}

bool states_multi_label(const json& config) {
  const auto stated = config.find("problem_type");
  return stated != config.end() && *stated == kMultiLabel;
}

}  // namespace tt::checkpoint
