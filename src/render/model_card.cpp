#include "transfer_tune/render/model_card.hpp"

#include <cmath>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "render/backends.hpp"
#include "render/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"
#include "transfer_tune/render/printable.hpp"

namespace tt::report {
namespace {

/// A label with a recall below this is named among the limits.
constexpr double kWeakRecall = 0.5;
constexpr std::size_t kNamedWeakLabels = 10;

bool is_native(const RunReport& report) { return report.head.type == "native"; }

std::string model_name(const RunReport& report) { return concat(encoder_name(report), "-", target_name(report)); }

/// "Retail banking" → "retail-banking": what the hub takes for a data set's type.
std::string slug(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    if (upper || plain) {
      out += upper ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  while (out.ends_with('-')) out.pop_back();
  return out.empty() ? "unnamed" : out;
}

// ---------------------------------------------------------------------------------------------------------------------
// Metadata.

void add_metric(std::string& yaml, const char* type, const char* name, double value, bool cross_validated) {
  if (std::isnan(value)) return;
  yaml += concat("    - type: ", type,
                 "\n      name: ", yaml_string(concat(name, cross_validated ? " (cross-validated)" : "")),
                 "\n      value: ", fixed(value, 6), "\n");
}

std::string model_index(const RunReport& report, const EvaluationReport& figures) {
  const bool cross_validated = !report.target.test;
  std::string yaml =
      concat("model-index:\n- name: ", yaml_string(model_name(report)), "\n  results:\n  - task:\n",
             "      type: text-classification\n      name: \"Text Classification\"\n    dataset:\n",
             "      name: ", yaml_string(target_name(report)), "\n      type: ", yaml_string(slug(target_name(report))),
             "\n      split: ", cross_validated ? "train" : "test", "\n    metrics:\n");
  add_metric(yaml, "accuracy", figures.multi_label ? "Exact match" : "Accuracy", figures.accuracy, cross_validated);
  if (figures.multi_label) add_metric(yaml, "f1", "Micro F1", figures.micro.f1, cross_validated);
  add_metric(yaml, "f1", "Macro F1", figures.macro.f1, cross_validated);
  add_metric(yaml, "log_loss", "Log loss", figures.log_loss, cross_validated);
  add_metric(yaml, "ece", "Expected calibration error", figures.ece, cross_validated);
  return yaml;
}

std::string metadata(const RunReport& report) {
  const char* library = is_native(report) ? "transformers" : "sentence-transformers";
  std::string yaml = concat("---\nlibrary_name: ", library, "\npipeline_tag: text-classification\ntags:\n",
                            "- text-classification\n- intent-classification\n- ", library, "\n- transfer-tune\n");
  if (const auto base = hub_name(report.encoder.path)) yaml += concat("base_model: ", yaml_string(*base), "\n");
  const EvaluationReport* figures = figures_of(report);
  if (figures != nullptr && figures->examples > 0) yaml += model_index(report, *figures);
  return yaml + "---\n\n";
}

// ---------------------------------------------------------------------------------------------------------------------
// What a person reads.

void add_figures_section(Blocks& out, const RunReport& report) {
  out.heading(2, "Figures");
  const EvaluationReport* figures = figures_of(report);
  if (figures == nullptr || figures->examples == 0) {
    out.paragraph("It was not tested: how well it answers is unknown.");
    return;
  }
  out.add(result_table(report, *figures));
  const std::string texts = counted(figures->examples, "text", "texts");
  if (report.target.test) {
    out.paragraph(
        concat("On ", texts, " of a test file that was used for nothing else (SHA-256 ", figures->data_sha256, ")."));
  } else {
    out.paragraph(concat("There was no test file: the figures are cross-validated on ", texts,
                         " of the training file (SHA-256 ", figures->data_sha256, ")."));
  }
  out.list({figures->multi_label
                ? concat("mean average precision ", fixed(figures->multi_label->mean_average_precision, 3))
                : concat("top-3 accuracy ", percent(figures->top3_accuracy)),
            concat("log loss ", fixed(figures->log_loss, 3)),
            concat("expected calibration error ", fixed(figures->ece, 3), " over 15 bins")});
}

void add_use(Blocks& out, const RunReport& report) {
  out.heading(2, "How to use it");
  if (report.thresholds) {
    out.paragraph(
        "A text has every label whose probability, the sigmoid of its logit over the temperature, is at least the "
        "label's "
        "threshold: decision.json beside the weights holds both.");
  }
  if (is_native(report)) {
    out.code(
        "from transformers import pipeline\n\n"
        "classify = pipeline(\"text-classification\", model=\"path/to/checkpoint\")\n"
        "print(classify([\"my card was swallowed\"], truncation=True))");
    return;
  }
  out.paragraph("The vector that sentence-transformers encodes a text as holds the logits, one a label:");
  out.code(
      "import json\n"
      "from pathlib import Path\n"
      "from sentence_transformers import SentenceTransformer\n\n"
      "path = \"path/to/checkpoint\"\n"
      "labels = json.loads((Path(path) / \"0_Transformer/config.json\").read_text())[\"id2label\"]\n"
      "logits = SentenceTransformer(path).encode([\"my card was swallowed\"])\n"
      "print([labels[str(i)] for i in " +
      std::string(report.thresholds ? "logits[0].argsort()[::-1][:3]])" : "logits.argmax(axis=1)])"));
}

std::string stage_text(const StageReport& stage) {
  const TrainingReport& training = stage.training;
  std::string text = concat(counted(training.examples, "text", "texts"), " of ",
                            counted(static_cast<std::int64_t>(stage.data.labels.size()), "label", "labels"),
                            ", policy ", stage.policy.name, ", ", grouped(stage.policy.trainable_parameters), " of ",
                            grouped(stage.policy.total_parameters), " parameters trained");
  if (training.epochs && !training.C) text += concat(", ", counted(*training.epochs, "epoch", "epochs"));
  if (training.C) text += concat(", head solved with C = ", shortest(*training.C));
  if (training.C && training.epochs.value_or(0) > 0 && training.probed_first) {
    text += concat(", then ", counted(*training.epochs, "epoch", "epochs"));
  }
  return text;
}

void add_training_section(Blocks& out, const RunReport& report) {
  out.heading(2, "How it was trained");
  std::vector<Inline> items;
  items.emplace_back(concat("pretrained encoder: ", hub_name(report.encoder.path).value_or(encoder_name(report)), " (",
                            report.encoder.model_type, ", weights' SHA-256 ", report.encoder.weights_sha256, ")"));
  if (report.source) {
    const SourceReport& source = *report.source;
    items.emplace_back(concat("source domain ", source.stage ? source.stage->data.name : "of a finished checkpoint",
                              source.stage ? concat(": ", stage_text(*source.stage)) : "", "; ",
                              percent(source.keep.chosen), " of its change to the weights was kept"));
  }
  items.emplace_back(concat("target domain ", target_name(report), ": ", stage_text(report.target)));
  if (const auto& train = report.target.data.train) {
    items.emplace_back(concat("training file's SHA-256: ", train->sha256));
  }
  items.emplace_back(concat("seed ", report.environment.seed, ", ", report.environment.precision, " on ",
                            report.environment.device, ", transfer-tune ", report.environment.program_version,
                            ", LibTorch ", report.environment.libtorch_version, ", ", report.started_at));
  out.list(items);
}

void add_labels_section(Blocks& out, const RunReport& report) {
  out.heading(2, "Labels");
  const EvaluationReport* figures = figures_of(report);
  Rows rows;
  if (figures == nullptr || figures->per_class.empty()) {
    for (const std::string& label : report.target.data.labels) rows.push_back({name(label)});
    out.table("", {{"Label", Align::left}}, rows);
    return;
  }
  for (const ClassReport& label : figures->per_class) {
    rows.push_back(
        {label.label, fixed(label.precision, 3), fixed(label.recall, 3), fixed(label.f1, 3), grouped(label.support)});
  }
  out.table("", {{"Label", Align::left}, {"Precision"}, {"Recall"}, {"F1"}, {"Texts tested"}}, rows);
}

std::vector<std::string> weak_labels(const EvaluationReport& figures) {
  std::vector<std::string> names;
  for (const ClassReport& label : figures.per_class) {
    if (label.recall < kWeakRecall) names.push_back(label.label);
  }
  if (names.size() > kNamedWeakLabels) {
    const std::size_t left_out = names.size() - kNamedWeakLabels;
    names.resize(kNamedWeakLabels);
    names.push_back(concat(left_out, " more"));
  }
  return names;
}

void add_limits(Blocks& out, const RunReport& report) {
  out.heading(2, "Limits");
  std::vector<Inline> items;
  items.emplace_back(report.thresholds ? "A text gets any number of the labels, or none."
                                       : "Every text gets one of the labels, also one that none of them fits.");
  items.emplace_back(concat("Texts are cut to ", report.encoder.max_length, " tokens."));
  items.emplace_back(
      "The figures hold for texts like those tested. Another channel, language or time has others: test it there.");
  if (const EvaluationReport* figures = figures_of(report); figures != nullptr) {
    if (const auto weak = weak_labels(*figures); !weak.empty()) {
      items.emplace_back(
          concat("Fewer than half of the texts of these labels were recognised: ", join(weak, ", "), "."));
    }
  }
  if (const EvaluationReport* figures = figures_of(report); figures != nullptr && figures->languages) {
    std::vector<std::string> weak;
    for (const LanguageReport& language : figures->languages->by_language) {
      if (language.weak && weak.size() < kNamedWeakLabels) weak.push_back(language.language);
    }
    if (!weak.empty()) {
      items.emplace_back(
          concat("These languages are answered worse than the others, beyond chance: ", join(weak, ", "), "."));
    }
  }
  if (const std::int64_t shared = report.target.data.duplicates.train_test; shared > 0) {
    items.emplace_back(concat(counted(shared, "test text occurs", "test texts occur"),
                              " in the training data too, which flatters the figures."));
  }
  if (report.data_checks && report.data_checks->label_errors_found > 0) {
    items.emplace_back(
        concat(counted(report.data_checks->label_errors_found, "training label is", "training labels are"),
               " probably wrong (expected precision: ", percent(report.data_checks->label_errors_precision), ")."));
  }
  items.emplace_back(
      "What licence it has follows from those of the encoder and of the data, which are not known here.");
  out.list(items);
  if (report.gates.empty()) return;
  out.heading(2, "Quality gates");
  out.add(gates_section(report.gates));
}

}  // namespace

std::optional<std::string> hub_name(std::string_view path) {
  constexpr std::string_view kModels = "models--";
  constexpr std::string_view kSeparator = "--";
  const std::filesystem::path parts(path);
  for (auto part = parts.begin(); part != parts.end(); ++part) {
    const std::string name = part->string();
    const auto next = std::next(part);
    if (!name.starts_with(kModels) || next == parts.end() || *next != "snapshots") continue;
    std::string hub = name.substr(kModels.size());
    if (const std::size_t end = hub.find(kSeparator); end != std::string::npos)
      hub.replace(end, kSeparator.size(), "/");
    if (!hub.empty() && hub.find(kSeparator) == std::string::npos) return hub;
  }
  return std::nullopt;
}

std::string yaml_string(std::string_view text) {
  std::string out = "\"";
  const std::string shown = printable(text);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    // U+FFFE and U+FFFF, which YAML does not allow.
    if (shown.compare(i, 2, "\xEF\xBF") == 0 && static_cast<unsigned char>(shown[i + 2]) >= 0xBE) {
      out += "\\uFFFD";
      i += 2;
      continue;
    }
    if (shown[i] == '"' || shown[i] == '\\') out += '\\';
    out += shown[i];
  }
  return out + '"';
}

std::string model_card(const RunReport& report) {
  Blocks out;
  out.heading(1, model_name(report));
  out.paragraph(concat("A classifier of short texts: ", report.thresholds ? "any of " : "one of ",
                       counted(static_cast<std::int64_t>(report.target.data.labels.size()), "intent", "intents"),
                       " of the domain ", target_name(report), ". ", encoder_name(report), " (",
                       counted(report.encoder.num_hidden_layers, "layer", "layers"), " of width ",
                       report.encoder.hidden_size, ") with a ", report.head.type, " head."));
  add_figures_section(out, report);
  add_use(out, report);
  add_training_section(out, report);
  add_labels_section(out, report);
  add_limits(out, report);
  return metadata(report) + markdown_of(out);
}

}  // namespace tt::report
