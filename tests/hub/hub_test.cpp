#include "hub/cache.hpp"
#include "hub/git_hash.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>

// What needs no server; tests/oracle/test_hub.py has one.

namespace tt::hub {
namespace {

namespace fs = std::filesystem;
using tests::holds;

const std::string kCommit(40, 'a');

/// The environment's variables of the hub, all unset but these, until the object is gone.
class Environment {
 public:
  explicit Environment(const std::map<std::string, std::string>& set) {
    for (const char* name :
         {"HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "XDG_CACHE_HOME", "HOME", "HF_ENDPOINT", "HF_TOKEN",
          "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HUB_DISABLE_IMPLICIT_TOKEN", "HF_HUB_OFFLINE",
          "TRANSFORMERS_OFFLINE", "HF_HUB_DOWNLOAD_TIMEOUT"}) {
      const char* old = std::getenv(name);
      before_[name] = old == nullptr ? std::nullopt : std::optional<std::string>(old);
      ::unsetenv(name);
    }
    for (const auto& [name, value] : set) ::setenv(name.c_str(), value.c_str(), 1);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() {
    for (const auto& [name, value] : before_) {
      value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
    }
  }

 private:
  std::map<std::string, std::optional<std::string>> before_;
};

Settings settings_with(const std::map<std::string, std::string>& set) {
  const Environment environment(set);
  return settings_from_environment();
}

std::string refusal_of(const std::map<std::string, std::string>& set) {
  return tests::message_of<UsageError>([&] { (void)settings_with(set); });
}

TEST(HubSettings, TheCacheIsWherePythonHasIt) {
  EXPECT_EQ(settings_with({{"HOME", "/h"}}).cache, "/h/.cache/huggingface/hub");
  EXPECT_EQ(settings_with({{"HOME", "/h"}, {"XDG_CACHE_HOME", "/x"}}).cache, "/x/huggingface/hub");
  EXPECT_EQ(settings_with({{"HF_HOME", "/f"}, {"XDG_CACHE_HOME", "/x"}}).cache, "/f/hub");
  EXPECT_EQ(settings_with({{"HF_HOME", "~/f"}, {"HOME", "/h"}}).cache, "/h/f/hub");
  EXPECT_EQ(settings_with({{"HF_HUB_CACHE", "/c"}, {"HF_HOME", "/f"}}).cache, "/c");
}

TEST(HubSettings, OnlyAddressesOfTheWebAreEndpoints) {
  EXPECT_EQ(settings_with({}).endpoint, "https://huggingface.co");
  EXPECT_EQ(settings_with({{"HF_ENDPOINT", "http://localhost:80/"}}).endpoint, "http://localhost:80");
  for (const char* odd : {"file:///etc", "ftp://host", "host", "http://a b", "https://a\nb"}) {
    EXPECT_TRUE(holds(refusal_of({{"HF_ENDPOINT", odd}}), "HF_ENDPOINT: found")) << odd;
  }
  EXPECT_FALSE(holds(refusal_of({{"HF_ENDPOINT", "https://me:secret@host"}}), "secret"));
}

TEST(HubSettings, TheTokenIsOneLineAndNeverTold) {
  const tests::TemporaryDirectory home;
  write_file(home.path() / "token", "hf_file\n");
  const std::string folder = home.path().string();
  EXPECT_EQ(settings_with({{"HF_HOME", folder}}).token, "hf_file");
  EXPECT_EQ(settings_with({{"HF_HOME", folder}, {"HF_TOKEN", " hf_own "}}).token, "hf_own");
  EXPECT_EQ(settings_with({{"HF_HOME", folder}, {"HF_HUB_DISABLE_IMPLICIT_TOKEN", "1"}}).token, "");
  const std::string message = refusal_of({{"HF_TOKEN", "secret\nHost: elsewhere"}});
  EXPECT_TRUE(holds(message, "HF_TOKEN: found a token"));
  EXPECT_FALSE(holds(message, "secret"));
}

TEST(HubSettings, OddPatienceIsRefused) {
  EXPECT_EQ(settings_with({{"HF_HUB_DOWNLOAD_TIMEOUT", "7"}}).patience, 7);
  for (const char* odd : {"0", "-1", "ten", "1s", "99999999999999999999"}) {
    EXPECT_TRUE(holds(refusal_of({{"HF_HUB_DOWNLOAD_TIMEOUT", odd}}), odd));
  }
}

TEST(HubRevision, HasTheFormOfABranch) {
  for (const char* good : {"main", "v1.0", "refs/pr/3", "feature/x-1_y"}) check_revision(good);
  for (const char* odd : {"", "../x", "a/../b", "/a", "a/", "a//b", ".x", "a b", "a?b", "a\nb"}) {
    EXPECT_THROW(check_revision(odd), UsageError) << odd;
  }
}

TEST(HubFiles, OnlyThoseThatAreReadAreNeeded) {
  const auto needed = [](std::vector<std::string> files) {
    std::vector<std::string> out = needed_files(files);
    std::ranges::sort(out);
    return out;
  };
  EXPECT_EQ(needed({"config.json", "model.safetensors", "pytorch_model.bin", "tf_model.h5", "onnx/model.onnx",
                    "README.md", "tokenizer.json", ".gitattributes", "onnx/config.json"}),
            (std::vector<std::string>{"config.json", "model.safetensors", "tokenizer.json"}));
  EXPECT_EQ(needed({"config.json", "pytorch_model.bin", "training_args.bin", "vocab.txt"}),
            (std::vector<std::string>{"config.json", "pytorch_model.bin", "vocab.txt"}));
  EXPECT_EQ(needed({"config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
                    "model.safetensors.index.json", "model.fp16.safetensors"}),
            (std::vector<std::string>{"config.json", "model-00001-of-00002.safetensors",
                                      "model-00002-of-00002.safetensors", "model.safetensors.index.json"}));
  EXPECT_EQ(needed({"1_Pooling/config.json", "2_Dense/model.safetensors", "2_Dense/pytorch_model.bin",
                    "0_Transformer/vocab.txt", "modules.json", "../config.json", "/config.json", "a/../config.json"}),
            (std::vector<std::string>{"0_Transformer/vocab.txt", "1_Pooling/config.json", "2_Dense/model.safetensors",
                                      "modules.json"}));
}

TEST(HubHash, IsGits) {
  const tests::TemporaryDirectory dir;
  write_file(dir.path() / "file", "hello\n");
  EXPECT_EQ(git_hash(dir.path() / "file"), "ce013625030ba8dba906f756967f9e9ca394464a");
  write_file(dir.path() / "file", "");
  EXPECT_EQ(git_hash(dir.path() / "file"), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
}

class HubCache : public testing::Test {
 protected:
  HubCache() {
    settings_.cache = directory_.path();
    settings_.offline = true;
  }
  void put(const std::string& name, std::string_view text = "{}") const {
    const fs::path file = model() / name;
    make_directories(file.parent_path());
    write_file(file, text);
  }
  [[nodiscard]] fs::path model() const { return directory_.path() / "models--org--name"; }
  [[nodiscard]] fs::path snapshot() const { return model() / "snapshots" / kCommit; }
  void put_model() const {
    put("refs/main", kCommit);
    for (const char* name : {"config.json", "model.safetensors", "vocab.txt"}) put("snapshots/" + kCommit + "/" + name);
  }
  Settings settings_;

 private:
  tests::TemporaryDirectory directory_;
};

TEST_F(HubCache, AWholeModelIsFoundByBranchAndCommit) {
  EXPECT_FALSE(find_cached(settings_, "org/name", "main"));
  put_model();
  EXPECT_EQ(find_cached(settings_, "org/name", "main"), snapshot());
  EXPECT_EQ(find_cached(settings_, "org/name", kCommit), snapshot());
  EXPECT_FALSE(find_cached(settings_, "org/name", "v2"));
  EXPECT_FALSE(find_cached(settings_, "name", "main"));
  EXPECT_EQ(fetch(settings_, "org/name", "main"), snapshot());
  put("refs/main", "../../elsewhere");
  EXPECT_FALSE(find_cached(settings_, "org/name", "main"));
}

TEST_F(HubCache, AModelThatLacksAPartIsNotFound) {
  for (const char* name : {"config.json", "model.safetensors", "vocab.txt"}) {
    put_model();
    fs::remove(snapshot() / name);
    EXPECT_FALSE(find_cached(settings_, "org/name", "main")) << name;
  }
  put_model();
  const std::string in = "snapshots/" + kCommit + "/";
  put(in + "modules.json", R"([{"path":""},{"path":"1_Pooling"},{"path":"2_Normalize"}])");
  EXPECT_FALSE(find_cached(settings_, "org/name", "main"));
  put(in + "1_Pooling/config.json");
  EXPECT_TRUE(find_cached(settings_, "org/name", "main"));
  put(in + "modules.json", R"([{"path":""},{"path":"1_Pooling"},{"path":"2_Dense"}])");
  put(in + "2_Dense/config.json");
  EXPECT_FALSE(find_cached(settings_, "org/name", "main"));
  put(in + "2_Dense/pytorch_model.bin");
  EXPECT_TRUE(find_cached(settings_, "org/name", "main"));
  fs::remove(snapshot() / "model.safetensors");
  put(in + "model.safetensors.index.json", R"({"weight_map":{"a":"model-1.safetensors"}})");
  EXPECT_FALSE(find_cached(settings_, "org/name", "main"));
  put(in + "model-1.safetensors");
  EXPECT_TRUE(find_cached(settings_, "org/name", "main"));
}

TEST_F(HubCache, OfflineWhatIsMissingIsSaid) {
  const std::string message = tests::message_of<CheckpointError>([&] { (void)fetch(settings_, "org/name", "main"); });
  EXPECT_TRUE(holds(message, "no directory of that name"));
  EXPECT_TRUE(holds(message, "HF_HUB_OFFLINE"));
}

}  // namespace
}  // namespace tt::hub
