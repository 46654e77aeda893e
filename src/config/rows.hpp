#pragma once

#include "config/document.hpp"
#include "config/policies.hpp"
#include "transfer_tune/config/run_config.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// What the settings table is made of: a row ties a setting's JSON to a field, rows make a block, a block is a row.

namespace tt::config {

// ---------------------------------------------------------------------------------------------------------------------
// Values and the fields they go to.

template <class E>
using Names = std::vector<std::pair<E, const char*>>;

// Overloads on a value that is never used, so that `names(E{})` finds the list of an enumeration.
inline const Names<EncoderWeights>& names(EncoderWeights /*tag*/) {
  static const Names<EncoderWeights> kNames{{EncoderWeights::pretrained, "pretrained"},
                                            {EncoderWeights::random, "random"}};
  return kNames;
}
inline const Names<HeadType>& names(HeadType /*tag*/) {
  static const Names<HeadType> kNames{
      {HeadType::automatic, "auto"}, {HeadType::mean, "mean"}, {HeadType::cls, "cls"}, {HeadType::native, "native"}};
  return kNames;
}
inline const Names<SourceHead>& names(SourceHead /*tag*/) {
  static const Names<SourceHead> kNames{{SourceHead::drop, "drop"}, {SourceHead::reuse, "reuse"}};
  return kNames;
}
inline const Names<Policy>& names(Policy /*tag*/) {
  static const Names<Policy> kNames = [] {
    Names<Policy> out;
    for (const PolicyInfo& policy : policies()) out.emplace_back(policy.policy, policy.name);
    return out;
  }();
  return kNames;
}
inline const Names<Schedule>& names(Schedule /*tag*/) {
  static const Names<Schedule> kNames{
      {Schedule::linear, "linear"}, {Schedule::cosine, "cosine"}, {Schedule::constant, "constant"}};
  return kNames;
}
inline const Names<ObjectiveType>& names(ObjectiveType /*tag*/) {
  static const Names<ObjectiveType> kNames{{ObjectiveType::cross_entropy, "cross_entropy"},
                                           {ObjectiveType::focal, "focal"},
                                           {ObjectiveType::supervised_contrastive, "supervised_contrastive"},
                                           {ObjectiveType::r_drop, "r_drop"},
                                           {ObjectiveType::prototypical, "prototypical"}};
  return kNames;
}
inline const Names<SearchMethod>& names(SearchMethod /*tag*/) {
  static const Names<SearchMethod> kNames{
      {SearchMethod::grid, "grid"}, {SearchMethod::random, "random"}, {SearchMethod::halving, "halving"}};
  return kNames;
}
inline const Names<Precision>& names(Precision /*tag*/) {
  static const Names<Precision> kNames{
      {Precision::automatic, "auto"}, {Precision::fp32, "fp32"}, {Precision::bf16, "bf16"}};
  return kNames;
}

template <class E>
Json choice() {
  Json values = Json::array();
  for (const auto& [value, name] : names(E{})) values.push_back(name);
  return {{"enum", std::move(values)}};
}

template <class T>
void read(const Json& json, T& out) {
  if constexpr (std::is_enum_v<T>) {
    for (const auto& [value, name] : names(T{})) {
      if (json == name) out = value;
    }
  } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
    out = json.get<std::string>();
  } else {
    out = json.get<T>();
  }
}
template <class T>
void read(const Json& json, std::optional<T>& out) {
  read(json, out.emplace());
}

template <class T>
Json write(const T& value) {
  if constexpr (std::is_enum_v<T>) {
    for (const auto& [candidate, name] : names(T{})) {
      if (candidate == value) return name;
    }
    return nullptr;
  } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
    return value.string();
  } else {
    return value;
  }
}
template <class T>
Json write(const std::optional<T>& value) {
  return value ? write(*value) : Json();
}

// ---------------------------------------------------------------------------------------------------------------------
// Rows.

template <class Block>
struct Row {
  std::string name;
  Json check;
  Json fallback;  ///< null: none
  std::string description;
  std::function<void(Block&, const Json&)> set;
  std::function<Json(const Block&)> get;  ///< null: absent
  bool required = false;
};

template <class Block>
using Rows = std::vector<Row<Block>>;

template <class Block, class Field>
Row<Block> row(std::string name, Json check, Json fallback, Field Block::*field, std::string description) {
  return {std::move(name),
          std::move(check),
          std::move(fallback),
          std::move(description),
          [field](Block& block, const Json& json) { read(json, block.*field); },
          [field](const Block& block) { return write(block.*field); }};
}

template <class Block>
Row<Block> required(Row<Block> row) {
  row.required = true;
  return row;
}

/// The row `name` of `rows`, to give it another default or to make it required.
template <class Block>
Row<Block>& find(Rows<Block>& rows, const std::string& name) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.name == name; });
  if (found == rows.end()) throw std::logic_error("no setting " + name);
  return *found;
}

template <class Block>
Rows<Block> with_defaults(Rows<Block> rows, const std::vector<std::pair<std::string, Json>>& defaults) {
  for (const auto& [name, fallback] : defaults) find(rows, name).fallback = fallback;
  return rows;
}

template <class Block>
Rows<Block> without(Rows<Block> rows, const std::vector<std::string>& names) {
  for (const auto& name : names) rows.erase(rows.begin() + (&find(rows, name) - rows.data()));
  return rows;
}

/// The object schema of a block.
template <class Block>
Json object_schema(const Rows<Block>& rows) {
  Json properties = Json::object();
  Json required_names = Json::array();
  for (const auto& row : rows) {
    properties[row.name] = row.check;
    properties[row.name]["description"] = row.description;
    if (row.required) {
      required_names.push_back(row.name);
    } else {
      properties[row.name]["default"] = row.fallback;
    }
  }
  Json schema = {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required_names.empty()) schema["required"] = std::move(required_names);
  return schema;
}

/// Fills `block` from `json`, an object that may lack settings.
template <class Block>
void read_block(const Rows<Block>& rows, const Json& json, Block& block) {
  for (const auto& row : rows) {
    const auto given = json.find(row.name);
    const Json& value = given != json.end() && !given->is_null() ? *given : row.fallback;
    if (!value.is_null()) row.set(block, value);
  }
}

template <class Block>
Json write_block(const Rows<Block>& rows, const Block& block) {
  Json json = Json::object();
  for (const auto& row : rows) {
    if (Json value = row.get(block); !value.is_null()) json[row.name] = std::move(value);
  }
  return json;
}

/// A block as one row of the block that holds it; required where something inside it is.
template <class Part, class Whole>
Row<Whole> block(std::string name, const Rows<Part>& rows, Part Whole::*part, std::string description) {
  Row<Whole> out{std::move(name),
                 object_schema(rows),
                 Json::object(),
                 std::move(description),
                 [rows, part](Whole& whole, const Json& json) { read_block(rows, json, whole.*part); },
                 [rows, part](const Whole& whole) { return write_block(rows, whole.*part); }};
  out.required = out.check.contains("required");
  return out;
}

/// Rows of a block that is a part of another one, spelled into its object.
template <class Part, class Whole>
Rows<Whole> inlined(const Rows<Part>& rows, Part Whole::*part) {
  Rows<Whole> out;
  for (const auto& row : rows) {
    out.push_back({row.name, row.check, row.fallback, row.description,
                   [set = row.set, part](Whole& whole, const Json& json) { set(whole.*part, json); },
                   [get = row.get, part](const Whole& whole) { return get(whole.*part); }, row.required});
  }
  return out;
}

}  // namespace tt::config
