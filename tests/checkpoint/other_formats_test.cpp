#include "checkpoint/raw_file.hpp"
#include "checkpoint/tiny_directory.hpp"
#include "support/messages.hpp"

#include <gtest/gtest.h>

namespace tt::checkpoint {
namespace {

using tests::holds;

namespace fs = std::filesystem;

constexpr std::string_view kLfsPointer =
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db\n"
    "size 90868376\n";

class OtherFormats : public testing::Test {
 protected:
  OtherFormats() { tests::write_tiny_encoder(root()); }
  [[nodiscard]] fs::path root() const { return temporary_.path() / "encoder"; }
  [[nodiscard]] fs::path above() const { return temporary_.path(); }
  /// What reading `directory` fails with.
  [[nodiscard]] static std::string error_of(const fs::path& directory) {
    return tests::message_of<CheckpointError>([&] { (void)read_directory(directory); });
  }
  static void expect(const std::string& error, const fs::path& path, const std::vector<std::string>& parts) {
    EXPECT_TRUE(error.starts_with(path.string() + ": ")) << error;
    for (const std::string& part : parts) EXPECT_TRUE(holds(error, part));
  }

 private:
  tests::TemporaryDirectory temporary_;
};

TEST_F(OtherFormats, ALfsPointerInPlaceOfAnyFile) {
  for (const char* name : {"model.safetensors", "config.json"}) {
    tests::write_tiny_encoder(root());
    write_file(root() / name, kLfsPointer);
    expect(error_of(root()), root() / name, {"a Git LFS pointer", "git lfs pull"});
  }
}

TEST_F(OtherFormats, AnAdapterIsToldToBeMerged) {
  const fs::path adapter = above() / "adapter";
  make_directories(adapter);
  write_file(adapter / "adapter_config.json", R"({"base_model_name_or_path": "org/base", "peft_type": "LORA"})");
  expect(error_of(adapter), adapter, {"a PEFT adapter", "\"org/base\"", "merge_and_unload"});
  // With its base's config beside it, as trainers save it.
  tests::write_tiny_encoder(adapter);
  fs::rename(adapter / "model.safetensors", adapter / "adapter_model.safetensors");
  expect(error_of(adapter), adapter, {"a PEFT adapter"});
}

TEST_F(OtherFormats, APathThatIsNotThereMayHaveMeantAName) {
  const fs::path typo = above() / "encoded";
  expect(error_of(typo), typo, {"no such directory", "the name of a model on the hub"});
}

TEST_F(OtherFormats, TheDirectoryOfTheModelIsNamedWhereItLiesInside) {
  expect(error_of(above()), above(), {"has no config.json", root().string() + " has one"});
  const fs::path cached = above() / "models--org--name";
  const fs::path snapshot = cached / "snapshots" / "0123abc";
  tests::write_tiny_encoder(snapshot);
  make_directories(cached / "blobs");
  expect(error_of(cached), cached, {snapshot.string() + " has one"});
}

TEST_F(OtherFormats, WeightsThatAreNotReadAreNamed) {
  fs::remove(root() / "model.safetensors");
  const auto expect_named = [&](const std::string& file, const std::string& what) {
    make_directories((root() / file).parent_path());
    write_file(root() / file, "x");
    expect(error_of(root()), root() / file, {what, "only model.safetensors and pytorch_model.bin are read"});
    fs::remove(root() / file);
  };
  expect_named("rust_model.bin", "under another name");
  expect_named("last.ckpt", "trainer");
  expect_named("onnx/model_O2.onnx", "ONNX");
  expect_named("tf_model.h5", "TensorFlow");
  expect_named("flax_model.msgpack", "Flax");
  expect_named("model-q4.gguf", "llama.cpp");
  expect_named("model.fp16.safetensors", "another name");
  write_file(root() / "training_args.bin", "x");
  expect(error_of(root()), root(), {"no weights"});
}

}  // namespace
}  // namespace tt::checkpoint
