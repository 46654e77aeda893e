#include <cmath>
#include <filesystem>

#include "render/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

void add_stages(Blocks& out, const TimingReport& timing) {
  RowChart chart;
  Rows rows;
  chart.x_style = NumberStyle::seconds;
  for (const StageTime& stage : timing.stages) {
    chart.rows.push_back({.label = stage.stage, .value = stage.seconds, .text = duration(stage.seconds)});
    rows.push_back({stage.stage, duration(stage.seconds)});
  }
  const std::string total = duration(timing.total_seconds);
  rows.push_back({strong("total"), strong(total)});
  chart.description = {"Time by stage", concat(total, " in all.")};
  if (!chart.rows.empty()) {
    out.figure(chart, concat("Where the time went: ", total,
                             " from start to report; first forward pass over training texts after ",
                             duration(timing.seconds_to_first_forward), "."));
  }
  Blocks table;
  table.table("Time by stage", {{"Stage", Align::left}, {"Time"}}, rows);
  out.fold("Stages as a table", table);
}

void add_hashes(Blocks& out, const RunReport& report) {
  Rows rows;
  const auto add = [&](const std::string& what, const std::string& path, const std::string& sha256) {
    if (!sha256.empty()) rows.push_back({what, name(path), code(sha256)});
  };
  add("encoder weights", report.encoder.path, report.encoder.weights_sha256);
  const auto add_data = [&](const std::string& stage, const DataReport& data) {
    for (const auto& [role, file] : files_of(data)) add(concat(stage, role, " texts"), file->path, file->sha256);
  };
  add_data("", report.target.data);
  if (report.source && report.source->stage) add_data("source ", report.source->stage->data);
  if (report.out_of_scope) {
    for (const ScopeFileReport& file : report.out_of_scope->files) add("out-of-scope texts", file.path, file.sha256);
  }
  out.table("Files by their SHA-256", {{"", Align::left}, {"Path", Align::left}, {"SHA-256", Align::left}}, rows);
}

}  // namespace

Blocks environment_section(const RunReport& report) {
  const EnvironmentReport& environment = report.environment;
  const EncoderReport& encoder = report.encoder;
  const TimingReport& timing = report.timing;
  Blocks out;
  add_stages(out, timing);
  out.table("What was asked for and what it ran on",
            {{"", Align::left}, {"Requested", Align::left}, {"In effect", Align::left}},
            {{"device", environment.requested_device, environment.device},
             {"precision", environment.requested_precision, environment.precision},
             {"threads", environment.requested_threads == 0 ? "all" : std::to_string(environment.requested_threads),
              std::to_string(environment.threads)}});
  const std::string computing = environment.kernels.empty() ? ""
                                                            : concat(", own kernels ", environment.kernels,
                                                                     ", matrix products by ", environment.products);
  std::vector<Inline> items{
      concat("transfer-tune ", environment.program_version, ", LibTorch ", environment.libtorch_version,
             ", CPU capability ", environment.cpu_capability, computing),
      concat("seed ", environment.seed),
      "encoder " + name(encoder.path) +
          concat(": ", encoder.model_type, ", ", counted(encoder.num_hidden_layers, "layer", "layers"), " of width ",
                 encoder.hidden_size, ", ", grouped(encoder.parameters), " parameters",
                 encoder.random_weights ? "; its architecture alone, started from random weights" : ""),
      concat("tokenizer: ", encoder.tokenizer, "; texts up to ", encoder.max_length, " tokens",
             encoder.prompt.empty() ? "" : ", in front of each the prompt ") +
          (encoder.prompt.empty() ? Inline("") : quotation(encoder.prompt)),
      concat("head: ", report.head.type, report.head.normalize ? ", normalised" : "", ", dropout ",
             shortest(report.head.dropout)),
      concat("peak memory ", mebibytes(timing.peak_rss_bytes), "; ", duration(timing.seconds_to_first_forward),
             " from start to the first forward pass")};
  if (const auto& latency = timing.latency) {
    items.emplace_back(concat("prediction: ", fixed(1000 * latency->median_seconds, 1), " ms for one text (95% of ",
                              counted(latency->texts, "text", "texts"), " within ",
                              fixed(1000 * latency->p95_seconds, 1), " ms), ", fixed(latency->texts_per_second, 0),
                              " texts per second together"));
  }
  if (!timing.resumed.empty()) {
    std::vector<std::string> places;
    for (const ResumedReport& place : timing.resumed) {
      places.push_back(concat(place.fit, ", epoch ", place.epoch + 1, ", after step ", place.step));
    }
    items.emplace_back(concat("stopped and resumed: ", join(places, "; "), "; ", duration(timing.earlier_seconds),
                              " in earlier sittings"));
  }
  out.list(std::move(items));
  return out;
}

Blocks reproduction_section(const RunReport& report, const std::string& resolved_config) {
  const std::filesystem::path resolved = std::filesystem::path(report.output_dir) / "config.resolved.json";
  Blocks out;
  out.paragraph("The same files and the same settings give the same figures on the same kind of machine:");
  out.code("transfer-tune --config " + shell_word(resolved.string()) + " --overwrite");
  out.paragraph(concat("Seed ", report.environment.seed, "; started ", report.started_at, "."));
  add_hashes(out, report);
  if (!resolved_config.empty()) {
    Blocks config;
    config.code(resolved_config);
    out.fold("Every setting as it was used (config.resolved.json)", config);
  }
  return out;
}

}  // namespace tt::report
