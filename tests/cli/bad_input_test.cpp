#include "cli/workplace.hpp"
#include "support/messages.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>

namespace fs = std::filesystem;
using namespace tt;
using namespace tt::tests;

namespace {

struct Bad {
  const char* name;
  std::function<void(const Workplace&)> spoil;
  int code;
  std::string message;  ///< a part of it
};

void PrintTo(const Bad& bad, std::ostream* out) { *out << bad.name; }

class BadInput : public ::testing::TestWithParam<Bad> {};

void set_config(const Workplace& workplace, const std::string& pointer, const Workplace::Json& value) {
  Workplace::Json config = Workplace::config();
  config[Workplace::Json::json_pointer(pointer)] = value;
  write_file(workplace.path() / "run.json", config.dump());
}

std::function<void(const Workplace&)> file(const char* name, std::string content) {
  return [name, content = std::move(content)](const Workplace& workplace) {
    write_file(workplace.path() / name, content);
  };
}

std::function<void(const Workplace&)> no_file(const char* name) {
  return [name](const Workplace& workplace) { fs::remove_all(workplace.path() / name); };
}

std::function<void(const Workplace&)> directory_at(const char* name) {
  return [name](const Workplace& workplace) {
    fs::remove_all(workplace.path() / name);
    make_directories(workplace.path() / name);
  };
}

/// The first `bytes` of the file are left.
std::function<void(const Workplace&)> cut(const char* name, std::size_t bytes) {
  return [name, bytes](const Workplace& workplace) { fs::resize_file(workplace.path() / name, bytes); };
}

std::function<void(const Workplace&)> model_config(const char* key, Workplace::Json value) {
  return [key, value = std::move(value)](const Workplace& workplace) {
    auto json = Workplace::Json::parse(workplace.read("encoder/config.json"));
    json[key] = value;
    write_file(workplace.path() / "encoder/config.json", json.dump());
  };
}

}  // namespace

TEST_P(BadInput, EndsWithAClearErrorAndNothingWritten) {
  const Workplace workplace;
  GetParam().spoil(workplace);
  const Outcome outcome = workplace.run({"--config", "run.json"});
  EXPECT_EQ(outcome.code, GetParam().code) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(holds(outcome.err, "transfer-tune: error: "));
  EXPECT_TRUE(holds(outcome.err, GetParam().message));
  EXPECT_FALSE(fs::is_directory(workplace.path() / "out"));
}

// The analyzer loses sight of the functions that the values keep.
// NOLINTBEGIN(clang-analyzer-cplusplus.NewDeleteLeaks)
INSTANTIATE_TEST_SUITE_P(
    Config, BadInput,
    ::testing::Values(
        Bad{"missing", no_file("run.json"), 2, "run.json: cannot open"},
        Bad{"empty", file("run.json", ""), 2, "found an empty file, expected a JSON object"},
        Bad{"truncated", cut("run.json", 40), 2, "run.json:1:41: not valid JSON"},
        Bad{"directory", directory_at("run.json"), 2, "found a directory"},
        Bad{"not_json", file("run.json", "epochs: 3\n"), 2, "run.json:1:1: not valid JSON"},
        Bad{"control_character", file("run.json", "{\x7f\"a\": 1}"), 2, "[U+007F]"},
        Bad{"unknown_key", [](const auto& w) { set_config(w, "/traning", 1); }, 2, "did you mean \"training\"?"},
        Bad{"wrong_type", [](const auto& w) { set_config(w, "/training/epochs", "3"); }, 2,
            "/training/epochs: found \"3\", expected an integer"},
        Bad{"rule_without_match",
            [](const auto& w) {
              set_config(w, "/transfer", {{"phases", {{{"epochs", 1}, {"train", {"head", "nothing.*"}}}}}});
            },
            2, "nothing.*"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Data, BadInput,
    ::testing::Values(Bad{"missing", no_file("train.csv"), 3, "train.csv"},
                      Bad{"missing_test", no_file("test.csv"), 3, "test.csv"},
                      Bad{"empty", file("train.csv", ""), 3, "train.csv"},
                      Bad{"header_only", file("train.csv", "text,intent\n"), 3, "train.csv"},
                      Bad{"directory", directory_at("train.csv"), 3, "train.csv"},
                      Bad{"missing_column", file("train.csv", "text,label\na,b\n"), 3, "train.csv:1"},
                      Bad{"unclosed_quote", file("train.csv", "text,intent\nok,a\n\"open,b\nmore,b\n"), 3,
                          "train.csv:3"},
                      Bad{"truncated_row", file("train.csv", "text,intent\nmy card,a\nmy bal"), 3, "train.csv:3"},
                      Bad{"invalid_utf8", file("train.csv", "text,intent\nmy card,a\nmy \x81,b\n"), 3, "train.csv:3"},
                      Bad{"empty_label", file("train.csv", "text,intent\nmy card,a\nmy balance,\n"), 3, "train.csv:3"},
                      Bad{"one_label", file("train.csv", "text,intent\nmy card,a\nmy balance,a\n"), 3, "train.csv"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Encoder, BadInput,
    ::testing::Values(Bad{"missing", no_file("encoder"), 4, "encoder"},
                      Bad{"file",
                          [](const auto& w) {
                            fs::remove_all(w.path() / "encoder");
                            write_file(w.path() / "encoder", "x");
                          },
                          4, "encoder"},
                      Bad{"no_config", no_file("encoder/config.json"), 4, "config.json"},
                      Bad{"empty_config", file("encoder/config.json", ""), 4, "config.json"},
                      Bad{"no_weights", no_file("encoder/model.safetensors"), 4, "model.safetensors"},
                      Bad{"empty_weights", file("encoder/model.safetensors", ""), 4, "model.safetensors"},
                      Bad{"truncated_weights", cut("encoder/model.safetensors", 5000), 4, "model.safetensors"},
                      Bad{"weights_directory", directory_at("encoder/model.safetensors"), 4, "model.safetensors"},
                      Bad{"lying_header_length", file("encoder/model.safetensors", std::string(8, '\x7f') + "{}"), 4,
                          "model.safetensors"},
                      Bad{"pickle",
                          [](const auto& w) {
                            fs::rename(w.path() / "encoder/model.safetensors", w.path() / "encoder/pytorch_model.bin");
                          },
                          4, "safetensors"},
                      Bad{"model_type", model_config("model_type", "gpt9"), 4, "bert"},
                      Bad{"ids_beyond_the_table", model_config("vocab_size", 12), 4, "12"},
                      Bad{"wrong_shape", model_config("hidden_size", 12), 4,
                          "\n  embeddings.word_embeddings.weight has shape [19, 16]; config.json asks for [19, 12]"},
                      Bad{"no_tokenizer", no_file("encoder/vocab.txt"), 4, "vocab.txt"},
                      Bad{"empty_vocabulary", file("encoder/vocab.txt", ""), 4, "vocab.txt"},
                      Bad{"tokenizer_not_json", file("encoder/tokenizer.json", "{\"model\": "), 4, "tokenizer.json"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(Output, BadInput,
                         ::testing::Values(Bad{"name_taken_by_a_file", file("out", "mine"), 5, "out"},
                                           Bad{"file_in_the_way",
                                               [](const auto& w) {
                                                 write_file(w.path() / "way", "x");
                                                 set_config(w, "/output/dir", "way/out");
                                               },
                                               5, "way"}),
                         [](const auto& test) { return test.param.name; });

// NOLINTEND(clang-analyzer-cplusplus.NewDeleteLeaks)

TEST(BadInput, AWriteThatFailsLeavesNoOutput) {
  const Workplace workplace;
  Launch launch{{"--config", "run.json"}};
  launch.largest_file = 4096;  // less than the checkpoint takes
  const Outcome outcome = workplace.run(launch);
  EXPECT_EQ(outcome.code, 5) << outcome.err;
  EXPECT_TRUE(holds(outcome.err, "File too large"));
  EXPECT_FALSE(fs::exists(workplace.path() / "out"));
}

TEST(BadInput, WeightsThatAreNotNumbersAreNamedByEveryCommand) {
  const Workplace workplace;
  Workplace::write_encoder(workplace.path() / "encoder", true);
  for (const std::vector<std::string>& command : {std::vector<std::string>{"--config", "run.json"},
                                                  {"validate", "--config", "run.json"},
                                                  {"inspect", "--encoder", "encoder"}}) {
    const Outcome outcome = workplace.run(command);
    EXPECT_EQ(outcome.code, 4) << outcome.err;
    EXPECT_TRUE(holds(outcome.err,
                      "encoder/model.safetensors: embeddings.word_embeddings.weight holds values that are not "
                      "finite"));
  }
  EXPECT_FALSE(fs::exists(workplace.path() / "out"));
}

TEST(BadInput, ATextWhoseLogitsOverflowEndsPredictAfterTheAnswersBeforeIt) {
  const Workplace workplace;
  ASSERT_EQ(workplace.run({"--config", "run.json", "--quiet"}).code, 0);
  // The row of "friend" in the table of words becomes as large as floats are.
  const std::string file = "out/checkpoint/0_Transformer/model.safetensors";
  std::string bytes = workplace.read(file);
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), sizeof header);
  const auto tensor = Workplace::Json::parse(bytes.substr(8, header))["embeddings.word_embeddings.weight"];
  const std::size_t width = tensor["shape"][1].get<std::size_t>() * sizeof(float);
  const std::string vocabulary = workplace.read("encoder/vocab.txt");
  const auto row = static_cast<std::size_t>(std::count(
      vocabulary.begin(), vocabulary.begin() + static_cast<std::ptrdiff_t>(vocabulary.find("\nfriend\n") + 1), '\n'));
  const float largest = std::numeric_limits<float>::max();
  const std::size_t begin = 8 + header + tensor["data_offsets"][0].get<std::size_t>() + row * width;
  for (std::size_t at = begin; at < begin + width; at += sizeof largest) {
    std::memcpy(bytes.data() + at, &largest, sizeof largest);
  }
  write_file(workplace.path() / file, bytes);

  const Outcome outcome =
      workplace.run({"predict", "--checkpoint", "out"}, "my card is lost\nwhat\nsend money to my friend\nwhat\n");
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 2) << outcome.out;
  EXPECT_TRUE(holds(outcome.err, "standard input:3: a logit of this text is not finite"));
}

TEST(BadInput, DirectoriesThatAreNoEncodersAreCalledWhatTheyAre) {
  const Workplace workplace;
  const auto says = [&](const std::string& encoder, const std::string& part) {
    const Outcome outcome = workplace.run({"inspect", "--encoder", encoder});
    EXPECT_EQ(outcome.code, 4) << outcome.err;
    EXPECT_TRUE(holds(outcome.err, part));
  };
  says("organisation/model", "no directory of that name, and the hub's cache");
  says("./encoders/model", "or the name of a model on the hub");
  make_directories(workplace.path() / "adapter");
  write_file(workplace.path() / "adapter/adapter_config.json", R"({"base_model_name_or_path": "base"})");
  says("adapter", "merge_and_unload");
  for (const char* name : {"model.safetensors", "config.json", "tokenizer_config.json", "vocab.txt"}) {
    Workplace::write_encoder(workplace.path() / "encoder");
    write_file(workplace.path() / "encoder" / name,
               "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
    says("encoder", concat(name, ": a Git LFS pointer"));
  }
}

TEST(BadInput, ADivergingRunEndsWithItsCode) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"--config", "run.json", "--set", "training.learning_rate=1", "--set",
                                         "training.head_learning_rate=1", "--set", "training.max_grad_norm=0", "--set",
                                         "training.adam_epsilon=1e-30", "--set", "training.adam_beta1=0", "--set",
                                         "training.l2_sp=1e38", "--set", "training.epochs=50"});
  EXPECT_EQ(outcome.code, 6) << outcome.err;
  EXPECT_TRUE(holds(outcome.err, "finite"));
  EXPECT_FALSE(fs::exists(workplace.path() / "out"));
}

TEST(BadInput, PredictAndEvaluateNeedACheckpointOfAClassifier) {
  const Workplace workplace;
  EXPECT_EQ(workplace.run({"predict", "--checkpoint", "none"}, "my card\n").code, 4);
  EXPECT_EQ(workplace.run({"predict", "--checkpoint", "encoder"}, "my card\n").code, 4);
  EXPECT_EQ(
      workplace.run({"evaluate", "--checkpoint", "encoder", "--data", "test.csv", "--label-column", "intent"}).code, 4);
  EXPECT_EQ(workplace.run({"tokenize", "--encoder", "none"}, "my card\n").code, 4);
  EXPECT_EQ(workplace.run({"inspect", "--encoder", "none"}).code, 4);
}
