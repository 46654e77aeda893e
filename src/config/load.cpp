#include "transfer_tune/config/run_config.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/gate.hpp"
#include "transfer_tune/core/hub_name.hpp"
#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/text.hpp"

#include "config/schema_check.hpp"
#include "config/search_settings.hpp"
#include "config/settings.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tt::config {
namespace {

namespace fs = std::filesystem;

bool is_within(const std::string& pointer, const std::string& ancestor) {
  return pointer.starts_with(ancestor) && (pointer.size() == ancestor.size() || pointer[ancestor.size()] == '/');
}

/// Whether a setting is a path, or may be a list of them.
bool names_paths(const Json& check) {
  if (check.contains("items")) return names_paths(check["items"]);
  if (check.contains("anyOf")) return std::ranges::any_of(check["anyOf"], names_paths);
  return check.value("format", "").starts_with("path");
}

/// Makes a path, or each of a list of them, absolute; only those at or below `within`. `may_be_name`: where nothing is
/// at the path, what has the form of a model's name on the hub stays one.
void make_path_absolute(Json& value, const fs::path& base, const std::string& within, const std::string& pointer,
                        bool may_be_name) {
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      make_path_absolute(value[i], base, within, concat(pointer, "/", i), may_be_name);
    }
    return;
  }
  if (!is_within(pointer, within) || !value.is_string()) return;
  const auto& path = value.get_ref<const std::string&>();
  std::error_code ignored;
  const bool is_name = may_be_name && is_hub_name(path) && !fs::exists(base / path, ignored);
  if (!path.empty() && !is_name) {
    value = (base / value.get<std::string>()).lexically_normal().string();
  }
}

/// Makes the paths of `json`, an object that `object_schema` describes, absolute; only those at or below `within`.
void make_absolute(const Json& object_schema, Json& json, const fs::path& base, const std::string& within,
                   const std::string& pointer = "") {
  if (!json.is_object()) return;
  for (const auto& [name, property] : object_schema["properties"].items()) {
    const auto value = json.find(name);
    if (value == json.end()) continue;
    const std::string at = child(pointer, name);
    if (property.contains("properties")) {
      make_absolute(property, *value, base, within, at);
    } else if (names_paths(property)) {
      make_path_absolute(*value, base, within, at, property.value("format", "") == "path-or-name");
    }
  }
}

/// Rules whose fault a pattern does not show: `layer.A-B` with A above B, and a rate for what the phase does not train.
void check_phase(const Json& phase, const std::string& pointer, std::vector<Problem>& problems) {
  const auto rules = phase.at("train").get<std::vector<std::string>>();
  for (std::size_t i = 0; i < rules.size(); ++i) {
    int first = 0;
    int last = 0;
    const bool is_range = std::sscanf(rules[i].c_str(), "layer.%d-%d", &first, &last) == 2;  // NOLINT
    if (is_range && first > last) {
      problems.push_back(
          {concat(pointer, "/train/", i),
           concat("found ", quote(rules[i]), ", expected the lower layer first (layer.", last, "-", first, ")")});
    }
  }
  const auto rates = phase.find("learning_rate");
  if (rates == phase.end() || !rates->is_object()) return;
  for (const auto& [rule, rate] : rates->items()) {
    if (rule == "*" || std::find(rules.begin(), rules.end(), rule) != rules.end()) continue;
    problems.push_back({child(pointer + "/learning_rate", rule),
                        concat("found a rate for what the phase does not train, expected one of its rules (",
                               join(rules, ", "), ") or \"*\" for the rest")});
  }
}

void check_phases(const Json& document, const std::string& block, std::vector<Problem>& problems) {
  const std::string pointer = child("", block) + "/phases";
  const Json::json_pointer place(pointer);
  if (!document.contains(place) || !document.at(place).is_array()) return;
  for (std::size_t i = 0; i < document.at(place).size(); ++i) {
    const std::string at = concat(pointer, "/", i);
    const auto broken = [&](const Problem& problem) { return is_within(problem.pointer, at); };
    if (std::none_of(problems.begin(), problems.end(), broken)) check_phase(document.at(place)[i], at, problems);
  }
}

const std::string kGates = "/evaluation/gates";

/// The settings that the command line gave, and by which of its options.
struct Given {
  std::string pointer;
  const char* option;
};

/// Puts `gates` behind those of the document, where it has a place for them; one that is there already counts once.
void add_gates(Json& document, const std::vector<std::string>& gates, std::vector<Given>& given) {
  for (const auto& gate : gates) {
    if (!document.is_object() || (document.contains("evaluation") && !document["evaluation"].is_object())) return;
    Json& list = document["evaluation"]["gates"];
    if (list.is_null()) list = Json::array();
    if (!list.is_array() || std::find(list.begin(), list.end(), gate) != list.end()) continue;
    given.push_back({concat(kGates, "/", list.size()), "--gate"});
    list.push_back(gate);
  }
}

void check_gates(const Json& document, const std::string& pointer, std::vector<Problem>& problems) {
  const Json::json_pointer place(pointer);
  if (!document.contains(place) || !document.at(place).is_array()) return;
  for (std::size_t i = 0; i < document.at(place).size(); ++i) {
    const Json& gate = document.at(place)[i];
    if (!gate.is_string()) continue;
    const auto& text = gate.get_ref<const std::string&>();
    if (text.empty()) continue;  // said by the schema
    try {
      (void)parse_gate(text);
    } catch (const UsageError& error) {
      problems.push_back({concat(pointer, "/", i), concat(quote(text), ": ", error.what())});
    }
  }
}

/// A pointer in a message must not carry control characters.
std::string printable(const std::string& pointer) {
  const std::string out = quote(pointer, 200);
  return out.substr(1, out.size() - 2);
}

/// `lines` as one message, of which a person can read the beginning.
std::string joined(std::vector<std::string> lines) {
  constexpr std::size_t kMostShown = 50;
  if (lines.size() > kMostShown) {
    const std::string rest = concat("  and ", lines.size() - kMostShown, " more");
    lines.resize(kMostShown);
    lines.push_back(rest);
  }
  return join(lines, "\n");
}

/// One line a problem; those of a command line's option name it in place of the file.
[[noreturn]] void fail(const fs::path& file, const std::vector<Problem>& problems, const std::vector<Given>& given) {
  std::vector<std::string> lines;
  for (const auto& [pointer, message] : problems) {
    const auto comes_from = [&at = pointer](const Given& each) {
      return is_within(at, each.pointer) || (!at.empty() && is_within(each.pointer, at));
    };
    const auto source = std::find_if(given.begin(), given.end(), comes_from);
    lines.push_back(concat(source == given.end() ? file.string() : source->option, ": ", printable(pointer),
                           pointer.empty() ? "" : ": ", message));
  }
  throw UsageError(joined(std::move(lines)));
}

Json parse_file(const fs::path& file, std::vector<Problem>& problems) {
  const std::string text = read_file(file, ErrorKind::usage);
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    throw UsageError(concat(file.string(), ": found an empty file, expected a JSON object"));
  }
  try {
    return parse(text, problems);
  } catch (const JsonError& error) {
    if (!error.pointer.empty())
      throw UsageError(concat(file.string(), ": ", printable(error.pointer), ": ", error.what()));
    const auto [line, column] = json_place(text, error.offset);
    throw UsageError(concat(file.string(), ":", line, ":", column, ": ", error.what()));
  }
}

/// The config that `document` stands for, which problems already found, and `given`, tell of in messages. Relative
/// paths are taken from the file's directory.
RunConfig checked(Json document, const fs::path& file, std::vector<Problem> problems, const std::vector<Given>& given) {
  check(schema(), document, "", problems);
  if (document.is_object()) {
    check_phases(document, "source", problems);
    check_phases(document, "transfer", problems);
    check_gates(document, kGates, problems);
    check_gates(document, "/compare/gates", problems);
  }
  if (!problems.empty()) fail(file, problems, given);

  const fs::path absolute_file = fs::absolute(file).lexically_normal();
  make_absolute(schema(), document, absolute_file.parent_path(), "");
  RunConfig config = to_config(document);
  config.file = absolute_file;
  config.document = document.dump();
  if (config.source) {
    TrainingConfig& training = config.source->training;
    training.precision = config.training.precision;
    training.seed = config.training.seed;
    training.device = config.training.device;
    training.threads = config.training.threads;
  }
  return config;
}

}  // namespace

RunConfig load(const fs::path& file, const Overrides& overrides, const std::vector<std::string>& gates,
               const Overrides& arm) {
  std::vector<Problem> problems;
  Json document = parse_file(file, problems);

  std::vector<Given> given;
  for (const auto& [name, value] : overrides) {
    const std::string pointer = assign(document, name, value, problems);
    make_absolute(schema(), document, fs::current_path(), pointer);
    given.push_back({pointer, "--set"});
  }
  for (const auto& [name, value] : arm) {
    given.push_back({assign(document, name, value, problems), "compare.arms"});
  }
  add_gates(document, gates, given);
  RunConfig config = checked(std::move(document), file, std::move(problems), given);
  if (config.search) (void)search_trials(config);
  return config;
}

std::vector<SearchTrial> search_trials(const RunConfig& config) {
  std::vector<Problem> odds;
  std::vector<Overrides> ways = expand_search(config.search.value(), config.training.seed, odds);
  if (!odds.empty()) fail(config.file, odds, {});
  std::vector<SearchTrial> trials;
  std::vector<std::string> wrong;
  for (Overrides& overrides : ways) {
    Json document = Json::parse(config.document);
    document.erase("search");
    std::vector<Problem> problems;
    std::vector<Given> given;
    for (const auto& [setting, value] : overrides) {
      given.push_back({assign(document, setting, value, problems), "search.settings"});
    }
    try {
      RunConfig trial = checked(std::move(document), config.file, std::move(problems), given);
      trials.push_back({std::move(overrides), std::move(trial)});
    } catch (const UsageError& error) {
      if (std::ranges::find(wrong, error.what()) == wrong.end()) wrong.emplace_back(error.what());
    }
  }
  if (!wrong.empty()) throw UsageError(joined(std::move(wrong)));
  return trials;
}

}  // namespace tt::config
