#include "judge/gate_paths.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "transfer_tune/core/text.hpp"

namespace tt::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kListedNames = 8;

std::string field_at(const std::string& place, const std::string& name) {
  return place.empty() ? name : concat(place, ".", name);
}

std::string entry_at(const std::string& place, const std::string& name) {
  return concat(place, "[", quote(name, name.size()), "]");
}

std::string entry_at(const std::string& place, std::size_t index) { return concat(place, "[", index, "]"); }

/// The part `key` of a schema, or null: reports of other versions may hold what this schema does not.
const Json& part(const Json& schema, const char* key) {
  static const Json kNone;
  return schema.is_object() && schema.contains(key) ? schema[key] : kNone;
}

const Json& property(const Json& schema, const std::string& name) {
  return part(part(schema, "properties"), name.c_str());
}

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  keys.reserve(object.size());
  for (const auto& item : object.items()) keys.push_back(item.key());
  return keys;
}

std::string listed(const std::vector<std::string>& names) {
  std::vector<std::string> shown;
  for (const auto& name : names) {
    if (shown.size() == kListedNames) {
      shown.emplace_back("…");
      break;
    }
    shown.push_back(quote(name));
  }
  return shown.empty() ? "nothing" : join(shown, ", ");
}

/// That `wanted` is missing, and the nearest of what is there; `at` puts a name into its place.
template <class At>
std::string missing(const std::string& place, const std::string& wanted, const std::vector<std::string>& names,
                    const At& at) {
  const auto nearest = nearest_name(wanted, names);
  const std::string rest = nearest ? concat(" (nearest: ", at(place, *nearest), ")")
                                   : concat("; ", place.empty() ? "it" : place, " has ", listed(names));
  return concat("the report has no ", at(place, wanted), rest);
}

/// As `missing`, for a field of `object`; a field of that name in one of `parts` is nearer than any other name.
std::string missing_field(const std::string& place, const std::string& wanted, const Json& object, const char* parts) {
  for (const auto& [key, value] : object.items()) {
    const Json& inside = parts == nullptr ? value : part(value, parts);
    if (inside.is_object() && inside.contains(wanted)) {
      return concat("the report has no ", field_at(place, wanted),
                    " (nearest: ", field_at(field_at(place, key), wanted), ")");
    }
  }
  return missing(place, wanted, keys_of(object), field_at);
}

std::string is_list(const std::string& place) {
  return concat(place, " is a list; its entries are ", place, "[0], ", place, "[\"NAME\"] or, for all, ", place, "[*]");
}

std::string kind_of(const std::string& type) {
  if (type == "object") return "an object";
  if (type == "array") return "a list";
  if (type == "string") return "a text";
  return "a number";
}

/// That something of `type` is not what a step or the end of the path needs.
std::string not_what_is_needed(const std::string& place, const std::string& type, const char* needed) {
  if (type == "array") return is_list(place);
  return concat(place, " is ", kind_of(type), ", not ", needed);
}

/// Lists are searched by what the first field of their entries says: a label, a column, a stage.
const std::string* name_of(const Json& entry) {
  if (!entry.is_object() || entry.empty() || !entry.begin()->is_string()) return nullptr;
  return &entry.begin()->get_ref<const std::string&>();
}

class Finder {
 public:
  explicit Finder(std::span<const GateStep> path) : path_(path) {}

  void walk(const Json& node, const Json& schema, std::size_t depth, const std::string& place) {
    if (node.is_null()) {
      const std::string why = schema.is_object() ? schema.value("description", "") : "";
      found_.push_back({.place = place,
                        .problem = concat(place, " is null", why.empty() ? "" : concat(" (", why, ")")),
                        .undefined = true});
      return;
    }
    if (depth == path_.size()) return finish(node, place);
    const GateStep& step = path_[depth];
    // Objects have no entries: there, a name in brackets is a field's.
    if (step.kind == GateStep::Kind::field || (step.kind == GateStep::Kind::entry && node.is_object())) {
      field(node, schema, depth, place);
    } else if (!node.is_array()) {
      fail(place, not_what_is_needed(place, type_of(node), "a list"));
    } else {
      entries(node, part(schema, "items"), depth, place);
    }
  }

  [[nodiscard]] std::vector<GateFigure> take() { return std::move(found_); }

 private:
  static std::string type_of(const Json& node) { return node.type_name(); }

  void fail(const std::string& place, std::string problem) {
    found_.push_back({.place = place, .problem = std::move(problem)});
  }

  void finish(const Json& node, const std::string& place) {
    if (node.is_boolean()) {
      found_.push_back({.place = place, .value = node.get<bool>() ? 1.0 : 0.0, .is_count = true});
    } else if (node.is_number()) {
      found_.push_back({.place = place, .value = node.get<double>(), .is_count = node.is_number_integer()});
    } else {
      fail(place, not_what_is_needed(place, type_of(node), "a number"));
    }
  }

  void field(const Json& node, const Json& schema, std::size_t depth, const std::string& place) {
    const std::string& name = path_[depth].name;
    if (!node.is_object()) return fail(place, not_what_is_needed(place, type_of(node), "an object"));
    const auto found = node.find(name);
    if (found == node.end()) return fail(place, missing_field(place, name, node, nullptr));
    walk(*found, property(schema, name), depth + 1, field_at(place, name));
  }

  void entries(const Json& list, const Json& schema, std::size_t depth, const std::string& place) {
    const GateStep& step = path_[depth];
    if (step.kind == GateStep::Kind::entry) return named_entry(list, schema, depth, place);
    if (step.kind == GateStep::Kind::index) {
      if (step.index >= list.size()) {
        return fail(place, concat("the report has no ", entry_at(place, step.index), "; ", place, " has ", list.size(),
                                  " entries"));
      }
      return walk(list[step.index], schema, depth + 1, entry_at(place, step.index));
    }
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::string* name = name_of(list[i]);
      walk(list[i], schema, depth + 1, name == nullptr ? entry_at(place, i) : entry_at(place, *name));
    }
  }

  void named_entry(const Json& list, const Json& schema, std::size_t depth, const std::string& place) {
    const std::string& wanted = path_[depth].name;
    std::vector<std::string> names;
    const Json* found = nullptr;
    std::size_t count = 0;
    for (const Json& entry : list) {
      const std::string* name = name_of(entry);
      if (name == nullptr) continue;
      names.push_back(*name);
      if (*name != wanted) continue;
      found = &entry;
      ++count;
    }
    const auto at = [](const std::string& where, const std::string& name) { return entry_at(where, name); };
    if (count == 0) return fail(place, missing(place, wanted, names, at));
    if (count > 1) {
      return fail(place, concat(entry_at(place, wanted), " is the name of ", count, " entries; take one by its place, ",
                                place, "[0]"));
    }
    walk(*found, schema, depth + 1, entry_at(place, wanted));
  }

  std::span<const GateStep> path_;
  std::vector<GateFigure> found_;
};

/// The type that a part of the schema has beside null.
std::string type_of(const Json& schema) {
  const Json& type = part(schema, "type");
  for (const Json& each : type) {
    if (each != "null") return each.get<std::string>();
  }
  return "";
}

std::string step_name(const std::string& place, const GateStep& step) { return place + to_string(std::span(&step, 1)); }

}  // namespace

std::vector<GateFigure> find_figures(const Json& report, const Json& schema, std::span<const GateStep> path) {
  Finder finder(path);
  finder.walk(report, schema, 0, "");
  return finder.take();
}

std::string find_path_problem(const Json& schema, std::span<const GateStep> path) {
  const Json* at = &schema;
  std::string place;
  for (const GateStep& step : path) {
    const std::string type = type_of(*at);
    if (step.kind == GateStep::Kind::field || (step.kind == GateStep::Kind::entry && type == "object")) {
      if (type != "object") return not_what_is_needed(place, type, "an object");
      const Json& fields = part(*at, "properties");
      if (!fields.contains(step.name)) return missing_field(place, step.name, fields, "properties");
      at = &fields[step.name];
      place = field_at(place, step.name);
    } else {
      if (type != "array") return not_what_is_needed(place, type, "a list");
      at = &part(*at, "items");
      place = step_name(place, step);
    }
  }
  const std::string type = type_of(*at);
  const bool counts = type == "number" || type == "integer" || type == "boolean";
  return counts ? "" : not_what_is_needed(place, type, "a number");
}

}  // namespace tt::report
