#include "config/search_settings.hpp"

#include "config/checks.hpp"
#include "transfer_tune/core/random.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

namespace tt::config {
namespace {

/// Trials of a grid beyond which it is hardly meant.
constexpr std::size_t kMostOfAGrid = 1000;
/// Draws in a row that are known already, after which there is hardly another.
constexpr int kMostRepeats = 100;

const char* const kFixed[] = {"output",        "compare",           "search",
                              "evaluation",    "target.train",      "target.test",
                              "target.labels", "target.validation", "target.unlabelled",
                              "target.shots",  "target.languages",  "target.language_column"};

bool is_fixed(const std::string& name) {
  return std::ranges::any_of(kFixed, [&](const std::string& fixed) {
    return name.starts_with(fixed) && (name.size() == fixed.size() || name[fixed.size()] == '.');
  });
}

/// A number as JSON: a whole one without a point.
std::string number_text(double value, bool whole) {
  return whole ? std::to_string(static_cast<std::int64_t>(value)) : Json(value).dump();
}

SearchedSetting read_setting(const std::string& name, const Json& json) {
  SearchedSetting out{.name = name, .values = {}};
  if (json.is_array()) {
    for (const Json& value : json) out.values.push_back(value.dump());
    return out;
  }
  out.min = json.at("min").get<double>();
  out.max = json.at("max").get<double>();
  out.whole = json.at("min").is_number_integer() && json.at("max").is_number_integer();
  out.logarithmic = json.value("scale", "linear") == "log";
  return out;
}

Json write_setting(const SearchedSetting& setting) {
  if (setting.values.empty()) {
    return {{"min", Json::parse(number_text(setting.min, setting.whole))},
            {"max", Json::parse(number_text(setting.max, setting.whole))},
            {"scale", setting.logarithmic ? "log" : "linear"}};
  }
  Json out = Json::array();
  for (const std::string& value : setting.values) out.push_back(Json::parse(value));
  return out;
}

Row<SearchConfig> searched_settings() {
  const Json range = {
      {"type", "object"},
      {"properties",
       {{"min", {{"type", "number"}}}, {"max", {{"type", "number"}}}, {"scale", {{"enum", {"linear", "log"}}}}}},
      {"required", {"min", "max"}},
      {"additionalProperties", false}};
  return required(Row<SearchConfig>{
      "settings", object_of(either(list_of(Json::object(), 1), range)), nullptr,
      "by name, such as \"training.learning_rate\": the values to try, or, drawn between two numbers, "
      "{\"min\": 1e-5, \"max\": 1e-3, \"scale\": \"log\"}",
      [](SearchConfig& search, const Json& json) {
        for (const auto& [name, values] : json.items()) {
          search.settings.push_back(read_setting(name, values));
        }
      },
      [](const SearchConfig& search) {
        Json out = Json::object();
        for (const SearchedSetting& setting : search.settings) {
          out[setting.name] = write_setting(setting);
        }
        return out;
      }});
}

Rows<SearchConfig> search_rows() {
  using S = SearchConfig;
  return {
      row("method", choice<SearchMethod>(), "grid", &S::method,
          "grid: every combination; random: as many as trials says; halving: those on a part of the texts, the best "
          "again on more of them"),
      searched_settings(),
      row("trials", integer(1, kMostOfAGrid), 16, &S::trials, "random, halving: combinations drawn, by seed"),
      row("factor", integer(2, 10), 3, &S::factor,
          "halving: one trial in so many is tried again, on so many times the texts"),
      row("metric", {{"enum", {"accuracy", "micro_f1", "macro_f1", "log_loss", nullptr}}}, nullptr, &S::metric,
          "of held-out texts, by which is chosen; absent: accuracy, or micro_f1 where texts have several labels"),
  };
}

void check(const SearchConfig& search, std::vector<Problem>& problems) {
  if (search.settings.empty()) problems.push_back({"/search/settings", "found none, expected one or more"});
  for (const SearchedSetting& setting : search.settings) {
    const std::string place = child("/search/settings", setting.name);
    if (is_fixed(setting.name)) {
      problems.push_back({place,
                          "found what says where texts come from, what is measured or what is written, expected a "
                          "setting of how to train"});
    }
    if (!setting.values.empty()) continue;
    if (search.method == SearchMethod::grid) {
      problems.push_back(
          {place, "found a range, expected a list of values (the methods random and halving draw from ranges)"});
    }
    if (!(setting.min < setting.max)) {
      problems.push_back(
          {place, concat("found min ", setting.min, " and max ", setting.max, ", expected a min below the max")});
    }
    if (setting.logarithmic && !(setting.min > 0)) {
      problems.push_back({place + "/min", concat("found ", setting.min, ", expected more than 0 on a scale of log")});
    }
  }
  std::size_t combinations = 1;
  for (const SearchedSetting& setting : search.settings) {
    combinations *= std::max<std::size_t>(setting.values.size(), 1);
    if (search.method != SearchMethod::grid || combinations <= kMostOfAGrid) continue;
    problems.push_back({"/search/settings", concat("found more than ", kMostOfAGrid,
                                                   " combinations, expected fewer (the method random tries some)")});
    break;
  }
}

/// Every combination, the last setting varying fastest.
std::vector<Overrides> grid(const SearchConfig& search) {
  std::vector<Overrides> out{{}};
  for (const SearchedSetting& setting : search.settings) {
    std::vector<Overrides> longer;
    for (const Overrides& some : out) {
      for (const std::string& value : setting.values) {
        longer.push_back(some);
        longer.back().emplace_back(setting.name, value);
      }
    }
    out = std::move(longer);
  }
  return out;
}

std::string draw(const SearchedSetting& setting, RandomStream& stream) {
  if (!setting.values.empty()) return setting.values[stream.below(setting.values.size())];
  const double at = stream.uniform();
  // Whole numbers each have an equal part of the range, that of the last one included.
  const double max = setting.whole ? setting.max + 1 : setting.max;
  double value =
      setting.logarithmic ? setting.min * std::pow(max / setting.min, at) : setting.min + (max - setting.min) * at;
  if (setting.whole) return number_text(std::min(std::floor(value), setting.max), true);
  // Three digits tell any two settings apart that are worth telling apart, and can be read.
  const double unit = std::pow(10.0, std::floor(std::log10(std::abs(value))) - 2);
  if (std::isfinite(unit) && unit > 0) value = std::clamp(std::round(value / unit) * unit, setting.min, setting.max);
  return Json::parse(concat(value)).dump();
}

std::vector<Overrides> drawn(const SearchConfig& search, std::uint64_t seed) {
  RandomStream stream(random_key(seed, RandomPurpose::search));
  std::vector<Overrides> out;
  std::set<Overrides> known;
  for (int repeats = 0; out.size() < static_cast<std::size_t>(search.trials) && repeats < kMostRepeats;) {
    Overrides one;
    for (const SearchedSetting& setting : search.settings) one.emplace_back(setting.name, draw(setting, stream));
    if (known.insert(one).second) {
      out.push_back(std::move(one));
      repeats = 0;
    } else {
      ++repeats;
    }
  }
  return out;
}

}  // namespace

std::string to_string(SearchMethod method) { return write(method); }

Row<RunConfig> search_block() {
  return {"search",
          optional(object_schema(search_rows())),
          nullptr,
          "settings to choose before training, by texts held out: each way is tried, and the run goes on with the best",
          [](RunConfig& config, const Json& json) {
            read_block(search_rows(), json, config.search.emplace(SearchConfig{}));
          },
          [](const RunConfig& config) { return config.search ? write_block(search_rows(), *config.search) : Json(); }};
}

std::vector<Overrides> expand_search(const SearchConfig& search, std::uint64_t seed, std::vector<Problem>& problems) {
  check(search, problems);
  if (!problems.empty()) return {};
  std::vector<Overrides> out = search.method == SearchMethod::grid ? grid(search) : drawn(search, seed);
  out.insert(out.begin(), Overrides{});
  return out;
}

}  // namespace tt::config
