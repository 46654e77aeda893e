#include "runs/fingerprints.hpp"

#include "runs/outputs.hpp"
#include "runs/settings.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/core/version.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

namespace tt::runs {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string line(const std::string& sha256, const fs::path& path) { return concat(sha256, "  ", path.string(), '\n'); }

const std::string& hash_of(const fs::path& file, KnownHashes& known) {
  const auto found = known.find(file);
  if (found != known.end()) return found->second;
  return known.emplace(file, sha256_of_file(file, ErrorKind::data)).first->second;
}

const std::string& checkpoint_text(const fs::path& directory, KnownHashes& known) {
  if (!known.contains(directory)) remember(directory, checkpoint::hash_directory(directory), known);
  return known.at(directory);
}

/// The settings without those that change no answer.
json settings_of(const std::string& resolved) {
  json settings = parse_json<json>(resolved);
  settings.erase("output");
  for (const char* stage : {"/training", "/source/training"}) {
    const json::json_pointer place(stage);
    if (!settings.contains(place)) continue;
    for (const char* key :
         {"threads", "cache_memory_mb", "cache_disk_mb", "save_steps", "save_minutes", "save_total_limit"})
      settings[place].erase(key);
  }
  return settings;
}

std::string first_difference(const json& before, const json& now) {
  const json difference = json::diff(before, now);
  return difference.empty() ? "" : difference.front().at("path").get<std::string>();
}

/// The files whose lines are in one of the texts alone, each once.
std::vector<std::string> changed_files(const std::string& before, const std::string& now) {
  const auto lines = [](const std::string& text) {
    std::set<std::string> out;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      out.insert(text.substr(begin, end - begin));
      begin = end + 1;
    }
    return out;
  };
  const std::set<std::string> old_lines = lines(before);
  const std::set<std::string> new_lines = lines(now);
  std::vector<std::string> changed;
  for (const auto& [some, others] : {std::pair{&new_lines, &old_lines}, std::pair{&old_lines, &new_lines}}) {
    for (const std::string& each : *some) {
      const std::string name = each.substr(std::min(each.find("  ") + 2, each.size()));
      if (!others->contains(each) && std::ranges::find(changed, name) == changed.end()) changed.push_back(name);
    }
  }
  return changed;
}

std::string printed(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace

void remember(const fs::path& directory, const std::vector<checkpoint::HashedFile>& files, KnownHashes& known) {
  std::string text;
  for (const auto& [path, sha256] : files) text += line(sha256, path);
  known.emplace(directory, std::move(text));  // no file has a directory's name
}

std::string inputs_text(const config::RunConfig& config, KnownHashes& known) {
  std::string text;
  const auto add = [&](const std::optional<fs::path>& file) {
    if (file) text += line(hash_of(*file, known), *file);
  };
  const auto add_texts = [&](const config::DataConfig& data) {
    add(data.train);
    for (const fs::path& file : data.more_train) add(file);
    add(data.validation);
    add(data.test);
    add(data.label_descriptions);
    add(data.unlabelled);
  };
  add_texts(config.target);
  if (config.source) {
    add_texts(config.source->data);
    if (config.source->checkpoint) text += checkpoint_text(checkpoint_directory(*config.source->checkpoint), known);
  }
  add(config.evaluation.out_of_scope.test);
  add(config.evaluation.out_of_scope.validation);
  add(config.evaluation.baseline);
  return text + checkpoint_text(encoder_directory(config.encoder), known);
}

std::string run_key(const config::RunConfig& config, const std::string& environment, KnownHashes& known) {
  Sha256 hash;
  for (const std::string& part : {program_version(), environment, settings_of(config::resolved_json(config)).dump(),
                                  inputs_text(config, known)}) {
    hash.update_field(part);
  }
  return hash.hex().substr(0, 32);
}

std::string run_identity(const config::RunConfig& config, const report::EnvironmentReport& environment,
                         KnownHashes& known) {
  return printed({{"settings", settings_of(config::resolved_json(config))},
                  {"inputs", inputs_text(config, known)},
                  {"program", program_version()},
                  {"machine",
                   {{"device", environment.device},
                    {"precision", environment.precision},
                    {"threads", environment.threads},
                    {"CPU capability", environment.cpu_capability},
                    {"kernels", environment.kernels},
                    {"matrix products", environment.products},
                    {"LibTorch", environment.libtorch_version}}}});
}

IdentityDifferences differences(const std::string& before, const std::string& now) {
  const json old_identity = parse_json<json>(before);  // as a state file has it
  const json new_identity = json::parse(now);
  IdentityDifferences out;
  const json& settings = old_identity.at("settings");
  for (const json& change : json::diff(settings, new_identity.at("settings"))) {
    const std::string place = change.at("path").get<std::string>();
    const json::json_pointer pointer(place);
    const json none;
    const json& was = settings.contains(pointer) ? settings.at(pointer) : none;
    out.run.push_back(concat(place, " was ", printed(was), ", and is ", printed(change.value("value", none))));
  }
  for (const std::string& name : changed_files(old_identity.at("inputs"), new_identity.at("inputs"))) {
    out.run.push_back(name + " has changed");
  }
  if (old_identity.at("program") != new_identity.at("program")) {
    out.run.push_back(concat("it was version ", printed(old_identity.at("program")), " of this program, and is ",
                             printed(new_identity.at("program"))));
  }
  for (const auto& [name, value] : new_identity.at("machine").items()) {
    const json was = old_identity.at("machine").value(name, json());
    if (was != value) out.machine.push_back(concat(name, " was ", printed(was), ", and is ", printed(value)));
  }
  return out;
}

std::string why_stale(const config::RunConfig& config, KnownHashes& known) {
  const fs::path& directory = config.output.dir;
  try {
    const std::optional<Manifest> files = read_manifest(directory);
    if (!files)
      return fs::exists(directory / "report.json") ? "an older version made it, without a manifest" : "no run is there";
    throw_if_interrupted();
    if (std::string damage = first_damage(directory, *files); !damage.empty()) return damage;
    const std::string resolved = read_file(directory / "config.resolved.json", ErrorKind::io);
    if (const std::string setting = first_difference(settings_of(resolved), settings_of(config::resolved_json(config)));
        !setting.empty()) {
      return setting + " has changed";
    }
    const json report = read_json_object(directory / "report.json", ErrorKind::io);
    const std::string program = report.at("environment").at("program_version").get<std::string>();
    if (program != program_version()) return concat("made by version ", program);
    const std::vector<std::string> changed =
        changed_files(read_file(directory / kInputsName, ErrorKind::io), inputs_text(config, known));
    return changed.empty() ? "" : changed.front() + " has changed";
  } catch (const InterruptedError&) {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  }
}

std::int64_t threads_of_run(const config::RunConfig& config) {
  const json resolved = read_json_object(config.output.dir / "config.resolved.json", ErrorKind::io);
  return resolved.at("training").at("threads").get<std::int64_t>();
}

}  // namespace tt::runs
