#include <cmath>
#include <filesystem>

#include "render/html/row_chart.hpp"
#include "render/html/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report::html {
namespace {

Html stages_chart(const TimingReport& timing) {
  if (timing.stages.empty()) return {};
  RowChart chart;
  chart.x_style = NumberStyle::seconds;
  for (const StageTime& stage : timing.stages) {
    chart.rows.push_back({.label = stage.stage, .value = stage.seconds, .text = duration(stage.seconds)});
  }
  chart.description = {"Time by stage", concat(duration(timing.total_seconds), " in all.")};
  return figure([&](double width) { return row_chart(chart, width); },
                concat("Where the time went: ", duration(timing.total_seconds),
                       " from start to report; first forward pass "
                       "over training texts after ",
                       duration(timing.seconds_to_first_forward), "."));
}

Html hashes(const RunReport& report) {
  std::vector<std::vector<Html>> rows;
  const auto add = [&](const std::string& what, const std::string& path, const std::string& sha256) {
    if (!sha256.empty()) rows.push_back({what, isolated(path), element("code", sha256)});
  };
  add("encoder weights", report.encoder.path, report.encoder.weights_sha256);
  const auto add_data = [&](const std::string& stage, const DataReport& data) {
    if (data.train) add(stage + "training texts", data.train->path, data.train->sha256);
    if (data.validation) add(stage + "validation texts", data.validation->path, data.validation->sha256);
    if (data.test) add(stage + "test texts", data.test->path, data.test->sha256);
  };
  add_data("", report.target.data);
  if (report.source && report.source->stage) add_data("source ", report.source->stage->data);
  if (report.out_of_scope) {
    for (const ScopeFileReport& file : report.out_of_scope->files) add("out-of-scope texts", file.path, file.sha256);
  }
  return table("Files by their SHA-256", {{"", false}, {"Path", false}, {"SHA-256", false}}, rows);
}

}  // namespace

Html environment_section(const RunReport& report) {
  const EnvironmentReport& environment = report.environment;
  const EncoderReport& encoder = report.encoder;
  std::vector<std::vector<Html>> rows{
      {"encoder",
       concat(encoder.model_type, ", ", encoder.num_hidden_layers, " layers, width ", encoder.hidden_size, ", ",
              grouped(encoder.parameters), " parameters", encoder.random_weights ? ", from random weights" : "")},
      {"tokenizer", concat(encoder.tokenizer, "; texts cut to ", encoder.max_length, " tokens")},
      {"head", concat(report.head.type, report.head.normalize ? ", normalised" : "", ", dropout ",
                      shortest(report.head.dropout))},
      {"device",
       concat(environment.device, " (asked: ", environment.requested_device, "), ", environment.cpu_capability)},
      {"precision", concat(environment.precision, " (asked: ", environment.requested_precision, ")")},
      {"threads", std::to_string(environment.threads)},
      {"program", concat("transfer-tune ", environment.program_version, ", LibTorch ", environment.libtorch_version)},
      {"peak memory", mebibytes(report.timing.peak_rss_bytes)}};
  if (const auto& latency = report.timing.latency) {
    rows.push_back({"one text", concat(fixed(1000 * latency->median_seconds, 1), " ms median, ",
                                       fixed(1000 * latency->p95_seconds, 1), " ms at the 95th percentile, of ",
                                       counted(latency->texts, "text", "texts"))});
    rows.push_back({"many texts", concat(fixed(latency->texts_per_second, 0), " texts/s")});
  }
  return stages_chart(report.timing) + table("What it ran on", {{"", false}, {"", false}}, rows);
}

Html reproduction_section(const RunReport& report, const std::string& resolved_config) {
  const std::filesystem::path resolved = std::filesystem::path(report.output_dir) / "config.resolved.json";
  Html out = paragraph("The same files and the same settings give the same figures on the same kind of machine:") +
             preformatted("transfer-tune --config " + shell_word(resolved.string()) + " --overwrite") +
             paragraph(concat("Seed ", report.environment.seed, "; started ", report.started_at, ".")) + hashes(report);
  if (!resolved_config.empty()) {
    out += folded("Every setting as it was used (config.resolved.json)", preformatted(resolved_config));
  }
  return out;
}

}  // namespace tt::report::html
