#include "cli/inspection_text.hpp"

#include "transfer_tune/core/text.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace tt::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kNameWidth = 14;

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width > text.size() ? width - text.size() : 0, ' ');
}

/// "22,713,216"
std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

std::string group_lines(const std::vector<runs::GroupInfo>& groups, const std::string& indent) {
  std::string out;
  for (const auto& group : groups) {
    out += concat(indent, padded(group.name, kNameWidth), grouped(group.parameters), " parameters in ", group.tensors,
                  group.tensors == 1 ? " tensor\n" : " tensors\n");
  }
  return out;
}

std::string phase_lines(const std::vector<runs::PhaseInfo>& phases, const std::string& stage, std::int64_t total) {
  std::string out;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const runs::PhaseInfo& phase = phases[i];
    out += concat('\n', stage, " phase ", i + 1, " of ", phases.size(), ", ", phase.epochs,
                  phase.epochs == 1 ? " epoch: " : " epochs: ", join(phase.rules, ", "), "\n  trains ",
                  grouped(phase.trainable_parameters), " of ", grouped(total), " parameters\n");
    out += group_lines(phase.trained, "  ");
  }
  return out;
}

std::string name_lines(const std::string& title, const std::vector<std::string>& names) {
  if (names.empty()) return "";
  std::string out = concat('\n', title, " (", names.size(), "):\n");
  for (const auto& name : names) out += "  " + name + "\n";
  return out;
}

Json groups_json(const std::vector<runs::GroupInfo>& groups) {
  Json json = Json::array();
  for (const auto& group : groups) {
    json.push_back({{"name", group.name}, {"parameters", group.parameters}, {"tensors", group.tensors}});
  }
  return json;
}

Json phases_json(const std::vector<runs::PhaseInfo>& phases) {
  Json json = Json::array();
  for (const auto& phase : phases) {
    json.push_back({{"epochs", phase.epochs},
                    {"train", phase.rules},
                    {"trainable_parameters", phase.trainable_parameters},
                    {"groups", groups_json(phase.trained)}});
  }
  return json;
}

Json json_of(const runs::Inspection& inspection) {
  return {{"encoder", inspection.encoder.string()},
          {"model_type", inspection.model_type},
          {"hidden_size", inspection.hidden_size},
          {"num_hidden_layers", inspection.num_hidden_layers},
          {"num_attention_heads", inspection.num_attention_heads},
          {"max_position_embeddings", inspection.max_position_embeddings},
          {"tokenizer", inspection.tokenizer},
          {"total_parameters", inspection.total_parameters},
          {"groups", groups_json(inspection.groups)},
          {"labels", inspection.labels},
          {"newly_initialised", inspection.missing},
          {"unused", inspection.unused},
          {"warnings", inspection.warnings},
          {"source_phases", phases_json(inspection.source_phases)},
          {"phases", phases_json(inspection.phases)}};
}

/// All but the warnings.
std::string description(const runs::Inspection& inspection) {
  std::string out =
      concat(inspection.encoder.string(), "\n  ", inspection.model_type, ", ", inspection.num_hidden_layers,
             " layers, hidden size ", inspection.hidden_size, ", ", inspection.num_attention_heads, " heads, ",
             inspection.max_position_embeddings, " positions\n  tokenizer: ", inspection.tokenizer, "\n\ngroups, ",
             grouped(inspection.total_parameters), " parameters in all\n");
  out += group_lines(inspection.groups, "  ");
  out += phase_lines(inspection.source_phases, "source", inspection.total_parameters);
  out += phase_lines(inspection.phases, "target", inspection.total_parameters);
  out += name_lines("labels", inspection.labels);
  out += name_lines("newly initialised, as the checkpoint does not hold them", inspection.missing);
  out += name_lines("tensors of the checkpoint that are not used", inspection.unused);
  return out;
}

std::string printed(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace

std::string to_text(const runs::Inspection& inspection) {
  return description(inspection) + name_lines("warnings", inspection.warnings);
}

std::string to_text(const runs::Validation& validation) {
  constexpr double kMebibyte = 1024.0 * 1024.0;
  std::string out = description(validation.inspection);
  out += concat("\ntexts: ", validation.train_examples, " to train on, ",
                validation.validation_folds > 0 ? concat(validation.validation_folds, " folds of them")
                                                : std::to_string(validation.validation_examples),
                " for validation, ", validation.test_examples, " to test on");
  if (validation.source_examples > 0) out += concat(", ", validation.source_examples, " of the source");
  out += concat("; ", validation.labels, " labels; ", validation.truncated, " texts longer than the limit\n");
  out += concat("estimate on this machine: ", std::llround(validation.estimated_seconds), " s, ",
                std::llround(validation.estimated_memory_bytes / kMebibyte), " MiB of memory\n");
  if (validation.most_state_bytes > 0) {
    out += concat("saved for --resume while it runs (training.save_minutes, save_steps, save_total_limit): up to ",
                  std::llround(validation.most_state_bytes / kMebibyte), " MiB of disk\n");
  }
  out += name_lines("warnings", validation.warnings);
  return out + "\nthe config is valid\n";
}

std::string to_json(const runs::Inspection& inspection) { return printed(json_of(inspection)); }

std::string to_json(const runs::Validation& validation) {
  return printed({{"valid", true},
                  {"train_examples", validation.train_examples},
                  {"validation_examples", validation.validation_examples},
                  {"validation_folds", validation.validation_folds},
                  {"test_examples", validation.test_examples},
                  {"source_examples", validation.source_examples},
                  {"labels", validation.labels},
                  {"truncated", validation.truncated},
                  {"estimated_seconds", validation.estimated_seconds},
                  {"estimated_memory_bytes", validation.estimated_memory_bytes},
                  {"most_state_bytes", validation.most_state_bytes},
                  {"warnings", validation.warnings},
                  {"inspection", json_of(validation.inspection)}});
}

}  // namespace tt::cli
