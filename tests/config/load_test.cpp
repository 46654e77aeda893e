#include "transfer_tune/core/text.hpp"

#include "config/config_file.hpp"

#include <algorithm>
#include <cstdint>

namespace fs = std::filesystem;
using namespace tt;
using namespace tt::config;
using namespace tt::tests;

TEST(Load, FillsInEveryDefault) {
  const ConfigFile file(config_text());
  const RunConfig config = file.load();
  EXPECT_EQ(config.file, file.path());
  EXPECT_EQ(config.encoder.max_length, 128);
  EXPECT_EQ(config.head.type, HeadType::automatic);
  EXPECT_TRUE(config.head.normalize);
  EXPECT_FALSE(config.head.dropout);
  EXPECT_FALSE(config.head.C);
  EXPECT_FALSE(config.source);
  EXPECT_EQ(config.target.name, "target");
  EXPECT_EQ(config.target.text_column, "text");
  EXPECT_EQ(config.target.label_column, "label");
  EXPECT_FALSE(config.target.test);
  EXPECT_FALSE(config.target.labels);
  EXPECT_DOUBLE_EQ(config.target.validation_fraction, 0.1);
  EXPECT_EQ(config.transfer.policy, Policy::automatic);
  EXPECT_EQ(config.training.budget, 10);
  EXPECT_TRUE(config.transfer.phases.empty());
  EXPECT_EQ(config.training.epochs, 5);
  EXPECT_EQ(config.training.batch_size, 32);
  EXPECT_DOUBLE_EQ(config.training.learning_rate, 1e-4);
  EXPECT_EQ(config.training.lr_scheduler_type, Schedule::linear);
  EXPECT_EQ(config.training.class_weights, ClassWeights::none);
  EXPECT_FALSE(config.training.metric_for_best_model);
  EXPECT_TRUE(config.training.refit);
  EXPECT_EQ(config.training.precision, Precision::automatic);
  EXPECT_EQ(config.training.seed, 7U);
  EXPECT_EQ(config.training.device, "auto");
  EXPECT_TRUE(config.evaluation.slice_by.empty());
  EXPECT_EQ(config.evaluation.bootstrap_samples, 1000);
  EXPECT_TRUE(config.evaluation.gates.empty());
  EXPECT_FALSE(config.evaluation.baseline);
  EXPECT_FALSE(config.evaluation.out_of_scope.test);
  EXPECT_FALSE(config.evaluation.out_of_scope.validation);
  EXPECT_FALSE(config.evaluation.out_of_scope.label);
  EXPECT_DOUBLE_EQ(config.evaluation.out_of_scope.keep, 0.95);
}

TEST(Load, KnowsWhereOutOfScopeTextsAre) {
  const ConfigFile file(config_text(
      R"("evaluation": {"out_of_scope": {"test": "oos.csv", "validation": "/a/oos.csv", "label": "oos", "keep": 0.9}})"));
  const OutOfScopeConfig found = file.load().evaluation.out_of_scope;
  EXPECT_EQ(found.test, file.directory() / "oos.csv");
  EXPECT_EQ(found.validation, "/a/oos.csv");
  EXPECT_EQ(found.label, "oos");
  EXPECT_DOUBLE_EQ(found.keep, 0.9);
  const auto replaced = file.load({{"evaluation.out_of_scope.test", "other.csv"}}).evaluation.out_of_scope;
  EXPECT_EQ(replaced.test, fs::current_path() / "other.csv");
  const ConfigFile wrong(config_text(R"("evaluation": {"out_of_scope": {"keep": 95, "lable": "oos"}})"));
  EXPECT_TRUE(holds(wrong.error(), "/evaluation/out_of_scope/keep: found 95"));
  EXPECT_TRUE(holds(wrong.error(), "/evaluation/out_of_scope/lable"));
}

TEST(Load, TheSourceStageHasDefaultsOfItsOwn) {
  const ConfigFile file(config_text(
      R"("source": {"train": "retail.csv"}, "training": {"precision": "bf16", "seed": 11, "device": "cpu", "threads": 3})"));
  const RunConfig config = file.load();
  ASSERT_TRUE(config.source);
  const SourceConfig& source = *config.source;
  EXPECT_EQ(source.data.name, "source");
  EXPECT_EQ(source.data.train, file.directory() / "retail.csv");
  EXPECT_DOUBLE_EQ(source.data.validation_fraction, 0.0);
  EXPECT_EQ(source.policy.policy, Policy::top_layers);
  EXPECT_EQ(source.policy.layers, 0);
  EXPECT_EQ(source.head, SourceHead::drop);
  EXPECT_FALSE(source.keep);
  EXPECT_EQ(source.training.epochs, 1);
  EXPECT_GT(source.training.l2_sp, 0);
  EXPECT_EQ(config.training.l2_sp, 0);
  // These it shares with the target stage.
  EXPECT_EQ(source.training.precision, Precision::bf16);
  EXPECT_EQ(source.training.seed, 11U);
  EXPECT_EQ(source.training.device, "cpu");
  EXPECT_EQ(source.training.threads, 3);
}

TEST(Load, TheSourceMayHaveSeveralTrainingFiles) {
  const ConfigFile file(config_text(R"("source": {"train": ["retail.csv", "/data/travel.csv", "bank.csv"]})"));
  const auto expect_files = [&](const RunConfig& config) {
    EXPECT_EQ(config.source->data.train, file.directory() / "retail.csv");
    EXPECT_EQ(config.source->data.more_train,
              (std::vector<fs::path>{"/data/travel.csv", file.directory() / "bank.csv"}));
  };
  expect_files(file.load());
  expect_files(ConfigFile(resolved_json(file.load())).load());
  const RunConfig replaced = file.load({{"source.train", R"(["a.csv", "b.csv"])"}});
  EXPECT_EQ(replaced.source->data.train, fs::current_path() / "a.csv");
  EXPECT_EQ(replaced.source->data.more_train, (std::vector<fs::path>{fs::current_path() / "b.csv"}));
  EXPECT_TRUE(file.load({{"source.train", "a.csv"}}).source->data.more_train.empty());

  EXPECT_EQ(error_of(R"("source": {"train": []})"),
            "F: /source/train: found an empty list, expected a list of 1 or more, each item a path");
  EXPECT_EQ(error_of(R"("source": {"train": ["a.csv", 5]})"), "F: /source/train/1: found 5, expected a path");
  EXPECT_TRUE(holds(error_of(R"("source": {"train": ["a.csv", "a.csv"]})"), "F: /source/train/1: "));
  EXPECT_TRUE(holds(error_of(R"("source": {"train": 5})"), "F: /source/train: found 5, expected a path"));
}

TEST(Load, ReadsWhatIsGiven) {
  const ConfigFile file(R"({
    "encoder": {"path": "/models/bert", "max_length": 3},
    "head": {"type": "native", "normalize": false, "dropout": 0.2, "C": 10},
    "source": {"checkpoint": "../source", "head": "reuse", "policy": "frozen", "keep": 0.25},
    "target": {"name": "bank", "train": "a.csv", "validation": "b.csv", "test": "c.csv", "text_column": "t",
               "label_column": "l", "id_column": "i", "weight_column": "w", "delimiter": "tab", "encoding": "cp1254", "labels": ["y", "x"], "shots": 5.0, "validation_fraction": 0,
               "language_column": "lang", "languages": ["en", "de"],
               "label_names": false, "label_descriptions": "d.json", "unlabelled": "u.csv"},
    "self_training": {"balance": 0.25, "rounds": 5},
    "transfer": {"policy": "top_layers", "layers": 4},
    "training": {"learning_rate": 1e-4, "lr_scheduler_type": "cosine", "class_weights": {"x": 2, "y": 0.5},
                 "metric_for_best_model": "log_loss", "seed": 9007199254740991, "device": "cuda:1", "max_grad_norm": 0,
                 "objective": {"type": "supervised_contrastive", "weight": 0.5}},
    "evaluation": {"slice_by": ["language"], "bootstrap_samples": 100},
    "output": {"dir": "../runs/x", "texts": false}})");
  const RunConfig config = file.load();
  EXPECT_FALSE(config.output.texts);
  EXPECT_EQ(config.encoder.path, "/models/bert");
  EXPECT_EQ(config.head.type, HeadType::native);
  EXPECT_EQ(config.head.dropout, 0.2);
  EXPECT_EQ(config.head.C, 10.0);
  EXPECT_EQ(config.source->checkpoint, file.directory().parent_path() / "source");
  EXPECT_EQ(config.source->head, SourceHead::reuse);
  EXPECT_EQ(config.source->policy.policy, Policy::frozen);
  EXPECT_EQ(config.source->keep, 0.25);
  EXPECT_EQ(config.target.id_column, "i");
  EXPECT_EQ(config.target.weight_column, "w");
  EXPECT_EQ(config.target.language_column, "lang");
  EXPECT_EQ(config.target.languages, (std::vector<std::string>{"en", "de"}));
  EXPECT_EQ(config.target.delimiter, "tab");
  EXPECT_EQ(config.target.encoding, "cp1254");
  EXPECT_EQ(config.target.labels, (std::vector<std::string>{"y", "x"}));
  EXPECT_EQ(config.target.shots, 5);
  EXPECT_EQ(config.target.validation, file.directory() / "b.csv");
  EXPECT_EQ(config.target.label_names, false);
  EXPECT_EQ(config.target.label_descriptions, file.directory() / "d.json");
  EXPECT_EQ(config.target.unlabelled, file.directory() / "u.csv");
  EXPECT_EQ(config.self_training.balance, 0.25);
  EXPECT_EQ(config.self_training.rounds, 5);
  EXPECT_EQ(config.self_training.max_texts, 10000);
  EXPECT_EQ(config.transfer.policy, Policy::top_layers);
  EXPECT_EQ(config.transfer.layers, 4);
  EXPECT_EQ(config.training.lr_scheduler_type, Schedule::cosine);
  EXPECT_EQ(config.training.class_weights, ClassWeights::given);
  EXPECT_EQ(config.training.class_weight_values, (std::map<std::string, double>{{"x", 2}, {"y", 0.5}}));
  EXPECT_EQ(config.training.objective.type, ObjectiveType::supervised_contrastive);
  EXPECT_EQ(config.training.objective.weight, 0.5);
  EXPECT_EQ(config.training.objective.temperature, 0.3);
  EXPECT_EQ(config.training.seed, std::uint64_t{9007199254740991});
  EXPECT_EQ(config.training.device, "cuda:1");
  EXPECT_EQ(config.evaluation.slice_by, std::vector<std::string>{"language"});
  EXPECT_EQ(config.output.dir, file.directory().parent_path() / "runs/x");
}

TEST(Load, ReadsPhases) {
  const RunConfig config = ConfigFile(config_text(R"("transfer": {"phases": [
      {"epochs": 2, "train": ["head"]},
      {"epochs": 6, "train": ["head", "layer.last-2", "*.bias"], "learning_rate": {"head": 1e-3, "*": 2e-4},
       "layer_decay": 0.9},
      {"epochs": 1, "train": ["layer.0-3"], "learning_rate": 3e-5}]})"))
                               .load();
  EXPECT_EQ(config.transfer.policy, Policy::phases);
  ASSERT_EQ(config.transfer.phases.size(), 3U);
  EXPECT_TRUE(config.transfer.phases[0].learning_rate.empty());
  EXPECT_FALSE(config.transfer.phases[0].layer_decay);
  EXPECT_EQ(config.transfer.phases[1].train, (std::vector<std::string>{"head", "layer.last-2", "*.bias"}));
  EXPECT_EQ(config.transfer.phases[1].learning_rate, (std::map<std::string, double>{{"head", 1e-3}, {"*", 2e-4}}));
  EXPECT_EQ(config.transfer.phases[1].layer_decay, 0.9);
  EXPECT_EQ(config.transfer.phases[2].learning_rate, (std::map<std::string, double>{{"*", 3e-5}}));
}

TEST(Load, APolicyHasALearningRateOfItsOwnWhereNoneIsGiven) {
  const ConfigFile file(config_text(R"("transfer": {"policy": "bitfit"}, "source": {"train": "s.csv"})"));
  EXPECT_DOUBLE_EQ(file.load().training.learning_rate, 1e-3);
  EXPECT_DOUBLE_EQ(file.load().source.value().training.learning_rate, 1e-4);
  EXPECT_DOUBLE_EQ(file.load({{"training.learning_rate", "1e-4"}}).training.learning_rate, 1e-4);
}

TEST(Load, LoraHasDefaults) {
  const RunConfig config = ConfigFile(config_text(R"("transfer": {"policy": "lora"})")).load();
  EXPECT_DOUBLE_EQ(config.training.learning_rate, 5e-4);
  const LoraConfig lora = config.transfer.lora.value();
  EXPECT_EQ(lora.r, 8);
  EXPECT_EQ(lora.lora_alpha, 16);
  EXPECT_EQ(lora.lora_dropout, 0);
  EXPECT_EQ(lora.target_modules, (std::vector<std::string>{"query", "value"}));
  EXPECT_EQ(ConfigFile(config_text(R"("transfer": {"policy": "lora", "lora": {"r": 4}})")).load().transfer.lora->r, 4);
  EXPECT_FALSE(ConfigFile(config_text(R"("transfer": {"policy": "full"})")).load().transfer.lora);
}

TEST(Load, NullMeansNotSet) {
  const RunConfig config =
      ConfigFile(
          config_text(R"("source": null, "head": {"dropout": null}, "transfer": {"policy": "frozen", "phases": null})"))
          .load();
  EXPECT_FALSE(config.source);
  EXPECT_FALSE(config.head.dropout);
  EXPECT_EQ(config.transfer.policy, Policy::frozen);
}

TEST(Load, NamesWhatIsWrongWithTheWholeFile) {
  const TemporaryDirectory directory;
  const auto message = [](const fs::path& path) { return message_of<UsageError>([&] { (void)load(path); }); };
  EXPECT_TRUE(holds(message(directory.path() / "none.json"), "none.json: cannot open: No such file"));
  EXPECT_TRUE(holds(message(directory.path()), "expected a file, found a directory"));
  EXPECT_EQ(ConfigFile("").error(), "F: found an empty file, expected a JSON object");
  EXPECT_EQ(ConfigFile(" \n").error(), "F: found an empty file, expected a JSON object");
  EXPECT_EQ(ConfigFile("[]").error(), "F: found an empty list, expected an object");
  EXPECT_EQ(ConfigFile("text,label\n").error().substr(0, 21), "F:1:2: not valid JSON");
  EXPECT_EQ(ConfigFile("{\n  \"a\": 1,\n  \"b\" 2\n}").error().substr(0, 21), "F:3:7: not valid JSON");
  EXPECT_EQ(ConfigFile("{\n  \"encoder\": {\"path\"").error().substr(0, 17), "F:2:21: not valid");
  EXPECT_TRUE(holds(ConfigFile("{\"a\": 1e999}").error(), "F:1:11: not valid JSON: number overflow"));
  EXPECT_TRUE(holds(ConfigFile("{\"a\": NaN}").error(), "F:1:7: not valid JSON"));
  EXPECT_EQ(ConfigFile("{\"a\": \"\xff\"}").error(), "F:1:8: not valid JSON: invalid UTF-8");
  EXPECT_TRUE(holds(ConfigFile(std::string(200000, '[')).error(), "not valid JSON"));
}

TEST(Load, ListsEveryErrorAtOnce) {
  const std::string message = ConfigFile(R"({
    "encoder": {"path": 5, "max_lenght": 12},
    "target": {"test": "x.csv", "shots": 0},
    "training": {"epochs": "ten", "refit": 1},
    "transfr": {}})")
                                  .error();
  EXPECT_EQ(message,
            "F: /encoder/path: found 5, expected a path, or a model's name on the hub\n"
            "F: /encoder/max_lenght: found an unknown key (did you mean \"max_length\"?)\n"
            "F: /target/shots: found 0, expected an integer in [1, 1000000] or null\n"
            "F: /target: expected train, or label_descriptions where no text is labelled\n"
            "F: /training/epochs: found \"ten\", expected an integer in [1, 1000000]\n"
            "F: /training/refit: found 1, expected true or false\n"
            "F: /transfr: found an unknown key (did you mean \"transfer\"?)\n"
            "F: /output/dir: found nothing, expected a path (directory that the run writes)");
}

namespace {

struct Wrong {
  const char* more;
  const char* line;  ///< the whole message, without the file
};

class WrongConfig : public ::testing::TestWithParam<Wrong> {};

}  // namespace

TEST_P(WrongConfig, IsRefusedInWords) { EXPECT_EQ(error_of(GetParam().more), concat("F: ", GetParam().line)); }

INSTANTIATE_TEST_SUITE_P(
    Load, WrongConfig,
    ::testing::Values(
        Wrong{R"("head": {"type": "maen"})",
              R"(/head/type: found "maen", expected "auto" or "mean" or "cls" or "native" (did you mean "mean"?))"},
        Wrong{R"("head": [])", "/head: found an empty list, expected an object"},
        Wrong{R"("head": {"C": 0})", R"(/head/C: found 0, expected "auto" or a number in (0, 1000000000])"},
        Wrong{R"("head": {"dropout": 1})", "/head/dropout: found 1, expected a number in [0, 1) or null"},
        Wrong{R"("training": {"epochs": 2.5})", "/training/epochs: found 2.5, expected an integer in [1, 1000000]"},
        Wrong{R"("training": {"epochs": 99999999999999999999})",
              "/training/epochs: found 1e+20, expected an integer in [1, 1000000]"},
        Wrong{R"("training": {"epochs": -9223372036854775808})",
              "/training/epochs: found -9223372036854775808, expected an integer in [1, 1000000]"},
        Wrong{R"("training": {"learning_rate": 0})",
              "/training/learning_rate: found 0, expected a number in (0, 1] or null"},
        Wrong{R"("training": {"max_grad_norm": -1})",
              "/training/max_grad_norm: found -1, expected a number of at least 0"},
        Wrong{R"("training": {"seed": -1})", "/training/seed: found -1, expected an integer in [0, 9007199254740991]"},
        Wrong{R"("training": {"device": "gpu:0"})",
              R"(/training/device: found "gpu:0", expected a string such as "auto", "cpu", "cuda", "cuda:1")"},
        Wrong{
            R"("training": {"objective": {"type": "focal_loss"}})",
            R"(/training/objective/type: found "focal_loss", expected "cross_entropy" or "focal" or "supervised_contrastive" or "r_drop" or "prototypical")"},
        Wrong{R"("training": {"objective": {"gamma": 1}})",
              "/training/objective: found gamma, which goes with the type focal alone"},
        Wrong{R"("source": {"train": "a", "training": {"objective": {"type": "focal", "alpha": 1}}})",
              "/source/training/objective: found alpha, which goes with the type r_drop alone"},
        Wrong{R"("training": {"objective": {"type": "supervised_contrastive", "temperature": 0}})",
              "/training/objective/temperature: found 0, expected a number in (0, 100] or null"},
        Wrong{R"("training": {"objective": {"temperature": 1}})",
              "/training/objective: found temperature, which goes with the types supervised_contrastive and "
              "prototypical alone"},
        Wrong{R"("source": {"train": "a", "training": {"objective": {"type": "prototypical", "ways": 1}}})",
              "/source/training/objective/ways: found 1, expected an integer in [2, 1000]"},
        Wrong{R"("training": {"batch_size": 1, "objective": {"type": "supervised_contrastive"}})",
              "/training: found a batch_size of 1, expected 2 or more: supervised_contrastive compares the texts of a "
              "batch"},
        Wrong{R"("training": {"class_weights": {"a": 0}})",
              "/training/class_weights/a: found 0, expected a number in (0, 1000000]"},
        Wrong{
            R"("training": {"class_weights": "blanced"})",
            R"(/training/class_weights: found "blanced", expected "none" or "balanced" or an object, each value a number in (0, 1000000] (did you mean "balanced"?))"},
        Wrong{R"("source": {"train": "a", "training": {"seed": 3}})",
              "/source/training/seed: found an unknown key, expected one of epochs, budget, batch_size, learning_rate, "
              "head_learning_rate, layer_decay, weight_decay, adam_beta1, adam_beta2, adam_epsilon, warmup_ratio, "
              "lr_scheduler_type, max_grad_norm, gradient_accumulation_steps, objective, label_smoothing_factor, "
              "class_weights, "
              "metric_for_best_model, early_stopping_patience, probe_first, refit, l2_sp"},
        Wrong{R"("source": {"name": "retail"})", "/source: expected exactly one of train and checkpoint"},
        Wrong{R"("source": {"train": "a", "checkpoint": "b"})",
              "/source: expected exactly one of train and checkpoint"},
        Wrong{R"("source": {"train": "a", "policy": "full", "phases": [{"epochs": 1, "train": ["head"]}]})",
              "/source: found both policy and phases, expected one of them"},
        Wrong{R"("source": {"train": "a", "policy": "full", "layers": 2})",
              "/source: found layers, which goes with the policy top_layers alone"},
        Wrong{R"("source": {"train": "a", "keep": 1.5})",
              R"(/source/keep: found 1.5, expected "auto" or a number in [0, 1])"},
        Wrong{
            R"("source": {"train": "a", "delimiter": ";;"})",
            R"(/source/delimiter: found ";;", expected a string such as "auto", "tab", ";", "|" (did you mean ";"?))"},
        Wrong{
            R"("source": {"train": "a", "encoding": "utf-8//IGNORE"})",
            R"(/source/encoding: found "utf-8//IGNORE", expected a string such as "auto", "utf-8", "utf-16", "windows-1252", "windows-1254", "iso-8859-15")"},
        Wrong{R"("transfer": {})", "/transfer: expected exactly one of policy and phases"},
        Wrong{R"("transfer": {"policy": "full", "phases": [{"epochs": 1, "train": ["head"]}]})",
              "/transfer: expected exactly one of policy and phases"},
        Wrong{R"("transfer": {"policy": "full", "layers": 2})",
              "/transfer: found layers, which goes with the policy top_layers alone"},
        Wrong{R"("transfer": {"policy": "top_layers", "layers": 0})",
              R"(/transfer/layers: found 0, expected "all" or an integer in [1, 1000])"},
        Wrong{
            R"("transfer": {"policy": "adapter"})",
            R"(/transfer/policy: found "adapter", expected "auto" or "frozen" or "top_layers" or "full" or "gradual" or )"
            R"("bitfit" or "lora")"},
        Wrong{R"("transfer": {"policy": "full", "lora": {"r": 4}})",
              "/transfer: found lora, which goes with the policy lora or with phases"},
        Wrong{R"("source": {"train": "a", "lora": {"r": 4}})",
              "/source: found lora, which goes with the policy lora or with phases"},
        Wrong{R"("transfer": {"policy": "lora", "lora": {"r": 0}})",
              "/transfer/lora/r: found 0, expected an integer in [1, 4096]"},
        Wrong{R"("transfer": {"phases": [{"epochs": 0, "train": ["head"]}]})",
              "/transfer/phases/0/epochs: found 0, expected an integer in [1, 1000000]"},
        Wrong{R"("transfer": {"phases": [{"epochs": 1, "train": ["head", "head"]}]})",
              R"(/transfer/phases/0/train/1: found "head" a second time, expected each item once)"},
        Wrong{R"("transfer": {"phases": [{"epochs": 1, "train": ["layer.5-2"]}]})",
              R"(/transfer/phases/0/train/0: found "layer.5-2", expected the lower layer first (layer.2-5))"},
        Wrong{
            R"("transfer": {"phases": [{"epochs": 1, "train": ["head"], "learning_rate": {"pooler": 0.1}}]})",
            R"(/transfer/phases/0/learning_rate/pooler: found a rate for what the phase does not train, expected one of its rules (head) or "*" for the rest)"},
        Wrong{R"("evaluation": {"slice_by": ["a", ""]})",
              R"(/evaluation/slice_by/1: found "", expected a non-empty string)"},
        Wrong{R"("evaluation": {"slice_by": "language"})",
              R"(/evaluation/slice_by: found "language", expected a list, each item a non-empty string)"},
        Wrong{R"("a/b~c": 1)",
              "/a~1b~0c: found an unknown key, expected one of encoder, head, source, target, transfer, training, "
              "self_training, evaluation, output, compare, search"},
        Wrong{R"("\u001b[31m\n": 1)",
              "/\\x1b[31m\\n: found an unknown key, expected one of encoder, head, source, target, transfer, training, "
              "self_training, evaluation, output, compare, search"}));

TEST(Load, RefusesAKeyGivenTwice) {
  EXPECT_EQ(error_of(R"("training": {"seed": 1, "epochs": 2, "seed": 3})"),
            "F: /training/seed: found this key twice in one object, expected it once");
  EXPECT_EQ(error_of(R"("transfer": {"phases": [{"epochs": 1, "train": ["head"]},
                                                 {"epochs": 1, "epochs": 1, "train": ["head"]}]})"),
            "F: /transfer/phases/1/epochs: found this key twice in one object, expected it once");
}

TEST(Load, NamesSomeOfFaultsWithoutEnd) {
  std::string unknown = "\"k\": 0";
  std::string repeated = "\"name\": \"x\"";
  for (int i = 0; i < 10'000; ++i) {
    unknown += concat(", \"k", i, "\": 0");
    repeated += ", \"name\": \"x\"";
  }
  for (const std::string& text : {unknown, "\"target\": {" + repeated + "}"}) {
    const std::string message = error_of(text);
    EXPECT_EQ(std::ranges::count(message, '\n'), 50);
    EXPECT_TRUE(message.ends_with(" more")) << message;
    EXPECT_LT(message.size(), 16'000U);
  }
}

TEST(Load, RefusesLabelsThatRepeatOrAreEmpty) {
  const ConfigFile file(
      R"({"encoder": {"path": "e"}, "target": {"train": "t", "labels": ["a", "", "a"]}, "output": {"dir": "o"}})");
  EXPECT_EQ(file.error(),
            "F: /target/labels/1: found \"\", expected a non-empty string\n"
            "F: /target/labels/2: found \"a\" a second time, expected each item once");
}

TEST(Load, TakesWhatIsNoPathForANameOnTheHub) {
  const auto path_of = [](const ConfigFile& file, const std::string& path) {
    return file.load({{"encoder.path", path}}).encoder.path;
  };
  const ConfigFile file(config_text());
  for (const char* name : {"bert-base-uncased", "intfloat/multilingual-e5-small"}) EXPECT_EQ(path_of(file, name), name);
  for (const char* path : {"../encoder", "./encoder", ".deps/encoder", "a/b/c", "encoder/", "org/-name", "a..b"}) {
    EXPECT_TRUE(path_of(file, path).is_absolute()) << path;
  }
  const ConfigFile named(R"({"encoder": {"path": "org/name"}, "target": {"train": "t"}, "output": {"dir": "o"}})");
  EXPECT_EQ(named.load().encoder.path, "org/name");
  EXPECT_EQ(named.load().encoder.revision, "main");
  make_directories(named.directory() / "org/name");
  EXPECT_EQ(named.load().encoder.path, named.directory() / "org/name");
}

TEST(Load, RefusesAPathWithANullByte) {
  const ConfigFile file(R"({"encoder": {"path": "e\u0000x"}, "target": {"train": "t"}, "output": {"dir": "o"}})");
  EXPECT_EQ(file.error(), "F: /encoder/path: found \"e\\x00x\", expected a path, or a model's name on the hub");
}

namespace {

std::string error_of_rule(const std::string& rule) {
  return ConfigFile(config_text())
      .error({{"transfer", R"({"phases": [{"epochs": 1, "train": [")" + rule + R"("]}]})"}});
}

}  // namespace

TEST(Rules, AcceptsGroupsNamesAndGlobs) {
  for (const std::string rule :
       {"embeddings", "pooler", "head", "layer.0", "layer.11", "layer.0-3", "layer.4-4", "layer.last-2", "layer.*", "*",
        "*.LayerNorm.*", "encoder.layer.0.attention.self.query.weight", "layer.0.rel_attn.q", "layer.?"}) {
    const ConfigFile file(config_text());
    const RunConfig config = file.load({{"transfer", R"({"phases": [{"epochs": 1, "train": [")" + rule + R"("]}]})"}});
    EXPECT_EQ(config.transfer.phases.at(0).train, std::vector<std::string>{rule});
  }
}

TEST(Rules, RefusesWhatIsNone) {
  for (const std::string rule :
       {"", "embedding", "layer", "layer.", "layer.x", "layer.last", "layer.last-0", "layer.1-", "layer.-1",
        "layer.last-2-3", "layer.12345", "a b.c", ".a", "a.", "encoder..layer"}) {
    EXPECT_EQ(error_of_rule(rule).rfind("--set: /transfer/phases/0/train/0: found \"" + rule + "\", expected", 0), 0U)
        << rule << ": " << error_of_rule(rule);
  }
  EXPECT_TRUE(holds(error_of_rule("embedding"), "(did you mean \"embeddings\"?)"));
  EXPECT_TRUE(holds(error_of_rule(std::string(1000000, 'a')), "expected a string such as"));
}

TEST(Overrides, ReplaceAndAdd) {
  const ConfigFile file(config_text(R"("training": {"epochs": 4})"));
  const RunConfig config = file.load({{"training.epochs", "3"},
                                      {"training.device", "cpu"},
                                      {"training.class_weights.a", "2"},
                                      {"head.C", "auto"},
                                      {"evaluation.slice_by", R"(["language"])"},
                                      {"source", R"({"train": "s.csv"})"},
                                      {"source.keep", "0.5"},
                                      {"training.epochs", "5"}});
  EXPECT_EQ(config.training.epochs, 5);
  EXPECT_EQ(config.training.device, "cpu");
  EXPECT_EQ(config.training.class_weight_values.at("a"), 2);
  EXPECT_EQ(config.evaluation.slice_by, std::vector<std::string>{"language"});
  EXPECT_EQ(config.source->keep, 0.5);
}

TEST(Overrides, ReachIntoListsAndRemove) {
  const ConfigFile file(
      config_text(R"("source": {"train": "s.csv"}, "transfer": {"phases": [{"epochs": 1, "train": ["head"]}]})"));
  EXPECT_EQ(file.load({{"transfer.phases.0.epochs", "9"}}).transfer.phases[0].epochs, 9);
  EXPECT_FALSE(file.load({{"source", "null"}}).source);
  EXPECT_EQ(file.error({{"transfer.phases.1.epochs", "9"}}), "--set: /transfer/phases/1: expected an index below 1");
  EXPECT_EQ(file.error({{"transfer.phases.x.epochs", "9"}}), "--set: /transfer/phases/x: expected an index below 1");
}

TEST(Overrides, RelativePathsAreThoseOfTheWorkingDirectory) {
  const ConfigFile file(config_text());
  const RunConfig config =
      file.load({{"output.dir", "elsewhere"}, {"source", R"({"train": "s.csv", "test": "/t.csv"})"}});
  EXPECT_EQ(config.output.dir, fs::current_path() / "elsewhere");
  EXPECT_EQ(config.source->data.train, fs::current_path() / "s.csv");
  EXPECT_EQ(config.source->data.test, "/t.csv");
  EXPECT_EQ(config.target.train, file.directory() / "train.csv");

  const ConfigFile several(config_text(R"("source": {"train": ["retail.csv", "travel.csv"]})"));
  const RunConfig one_replaced = several.load({{"source.train.1", "bank.csv"}});
  EXPECT_EQ(one_replaced.source->data.train, several.directory() / "retail.csv");
  EXPECT_EQ(one_replaced.source->data.more_train, (std::vector<fs::path>{fs::current_path() / "bank.csv"}));
}

TEST(Overrides, AreCheckedAsTheFileIs) {
  const ConfigFile file(config_text());
  EXPECT_EQ(file.error({{"training.epoch", "3"}}),
            "--set: /training/epoch: found an unknown key (did you mean \"epochs\"?)");
  EXPECT_EQ(file.error({{"training.epochs", "three"}}),
            "--set: /training/epochs: found \"three\", expected an integer in [1, 1000000]");
  EXPECT_EQ(file.error({{"training.epochs.x", "3"}}),
            "--set: /training/epochs: found an object, expected an integer in [1, 1000000]");
  EXPECT_EQ(file.error({{"source.keep", "0.5"}}), "--set: /source: expected exactly one of train and checkpoint");
  EXPECT_EQ(file.error({{"encoder.path.x", "3"}}),
            "--set: /encoder/path/x: /encoder/path is a value and has no settings inside");
  EXPECT_EQ(file.error({{"training", R"({"seed": 1, "seed": 2})"}}),
            "--set: /training/seed: found this key twice in one object, expected it once");
  for (const char* name : {"", ".", "training.", "training..epochs", ".epochs"}) {
    EXPECT_TRUE(holds(file.error({{name, "1"}}), "expected one such as training.epochs")) << name;
  }
  EXPECT_EQ(file.error({{"target.name", "\xff"}}).rfind("--set: /target/name: found invalid UTF-8 at byte 0", 0), 0U);
}
