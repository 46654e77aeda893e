#include "transfer_tune/core/output_directory.hpp"
#include "support/messages.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/text.hpp"

#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <map>

namespace fs = std::filesystem;
using namespace tt;
using tests::holds;

namespace {

/// A directory with an output "run" of the files a and sub/b, and whatever else a test puts there.
class Output : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path place(const std::string& name) const { return directory_.path() / name; }
  void put(const std::string& name, const std::string& text) const {
    make_directories(place(name).parent_path());
    write_file(place(name), text);
  }
  [[nodiscard]] OutputOptions options(bool overwrite = true) const {
    return {
        .files = {.names = {"a", "sub/b", "c"}, .signs = {"a", "sub/b"}}, .inputs = inputs_, .overwrite = overwrite};
  }
  /// Of an output whose unfinished ones keep state/0.
  [[nodiscard]] OutputOptions keeping() const {
    OutputOptions out = options();
    out.files.kept = {"state/0"};
    return out;
  }
  void fill(const OutputDirectory& out, const std::string& text) const {
    make_directories(out.partial() / "sub");
    write_file(out.partial() / "a", text);
    write_file(out.partial() / "sub/b", text);
  }
  void make(const std::string& text, bool overwrite = true) const {
    OutputDirectory out(place("run"), options(overwrite));
    fill(out, text);
    out.commit();
  }
  /// Every path below the test's directory with its content, links by what they name.
  [[nodiscard]] std::map<std::string, std::string> everything() const {
    std::map<std::string, std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(directory_.path())) {
      std::string& content = found[entry.path().lexically_relative(directory_.path()).string()];
      if (entry.is_symlink()) {
        content = "-> " + fs::read_symlink(entry.path()).string();
      } else if (entry.is_regular_file()) {
        content = read_file(entry.path(), ErrorKind::io);
      }
    }
    return found;
  }
  /// The message of a refusal that left everything as it was; both ways of asking must agree.
  [[nodiscard]] std::string refusal(bool overwrite = true, const std::string& name = "run") const {
    const auto before = everything();
    std::string messages;
    for (const bool only_check : {true, false}) {
      try {
        if (only_check) {
          check_output(place(name), options(overwrite));
        } else {
          const OutputDirectory out(place(name), options(overwrite));
        }
        ADD_FAILURE() << "not refused by " << (only_check ? "check_output" : "OutputDirectory");
      } catch (const IoError& error) {
        if (only_check) messages = error.what();
        EXPECT_EQ(messages, error.what());
      }
    }
    EXPECT_EQ(everything(), before);
    return messages;
  }

  std::vector<Input> inputs_;
  tests::TemporaryDirectory directory_;
};

TEST_F(Output, KeptFilesAreThereForTheNextProcessUntilTheEnd) {
  {
    const OutputDirectory out(place("run"), keeping());
    fill(out, "stopped");
    make_directories(out.partial() / "state");
    write_file(out.partial() / "state/0", "kept");
  }
  EXPECT_NO_THROW(check_output(place("run"), keeping()));
  OutputDirectory out(place("run"), keeping());
  EXPECT_EQ(read_file(out.partial() / "state/0", ErrorKind::io), "kept");
  EXPECT_FALSE(fs::exists(out.partial() / "a"));
  out.clear_kept();
  EXPECT_FALSE(fs::exists(out.partial() / "state"));
  fill(out, "whole");
  make_directories(out.partial() / "state");
  write_file(out.partial() / "state/0", "kept again");
  out.commit();
  EXPECT_TRUE(fs::exists(place("run/a")));
  EXPECT_FALSE(fs::exists(place("run/state")));
}

TEST_F(Output, AppearsWholeOrNotAtAll) {
  {
    const OutputDirectory unfinished(place("run"), options(false));
    write_file(unfinished.partial() / "c", "1");
  }
  EXPECT_FALSE(fs::exists(place("run")));
  EXPECT_TRUE(fs::exists(place("run.partial/c")));
  make("one", false);
  EXPECT_EQ(everything().size(), 5U) << "run, a, sub, sub/b, the manifest: " << ::testing::PrintToString(everything());
  EXPECT_TRUE(holds(refusal(false), "--overwrite"));
  make("two");
  EXPECT_EQ(everything().size(), 5U);
  EXPECT_EQ(read_file(place("run/sub/b"), ErrorKind::io), "two");
}

TEST_F(Output, ListsWhatWasWrittenAsSha256sumDoes) {
  make("one");
  put("run/notes", "mine");
  const std::string hash = sha256_hex("one");
  const std::string text = read_file(place("run/manifest.sha256"), ErrorKind::io);
  EXPECT_TRUE(text.ends_with(concat("\n", hash, "  a\n", hash, "  sub/b\n"))) << text;
  const Manifest files = read_manifest(place("run")).value();
  EXPECT_EQ(first_damage(place("run"), files), "");
  put("run/sub/b", "");
  EXPECT_EQ(first_damage(place("run"), files), "sub/b has changed");
  fs::remove(place("run/a"));
  EXPECT_EQ(first_damage(place("run"), files), "a is missing");
}

TEST_F(Output, NamesWhatItDidNotWriteAndTouchesNothing) {
  make("one");
  for (const char* name : {"run/notes.txt", "run/sub/notes", "run/data/train.csv", "run/c"}) {
    put(name, "mine");
    const std::string inside = std::string(name).substr(4);
    EXPECT_TRUE(holds(refusal(), inside.starts_with("data") ? "data/" : inside)) << name;
    fs::remove_all(place(inside.starts_with("data") ? "run/data" : name));
  }
  fs::create_directory(place("run/empty"));
  EXPECT_TRUE(holds(refusal(), "empty/"));
  fs::remove(place("run/empty"));
  put("elsewhere", "mine");
  fs::create_symlink(place("elsewhere"), place("run/link"));
  EXPECT_TRUE(holds(refusal(), "link"));
  fs::remove(place("run/link"));
  for (int i = 0; i < 8; ++i) put(concat("run/file", i), "mine");
  EXPECT_TRUE(holds(refusal(), "file0, file1, file2, file3, file4 and 3 more"));
}

TEST_F(Output, FollowsNoLinkThatTookTheirPlace) {
  put("elsewhere/b", "one");
  make("one");
  fs::remove(place("run/sub/b"));
  fs::remove(place("run/sub"));
  fs::create_directory_symlink(place("elsewhere"), place("run/sub"));
  EXPECT_TRUE(holds(refusal(), "sub"));
  // The same while the next one is made: what the link leads to stays.
  fs::remove(place("run/sub"));
  OutputDirectory out(place("run"), options());
  fill(out, "two");
  fs::create_directory_symlink(place("elsewhere"), place("run/sub"));
  out.commit();
  EXPECT_EQ(read_file(place("elsewhere/b"), ErrorKind::io), "one");
  EXPECT_TRUE(fs::is_symlink(place("run.replaced/sub")));
}

TEST_F(Output, KeepsWhatWasChangedOrAddedMeanwhile) {
  make("one");
  put("run/a", "my corrections");
  OutputDirectory out(place("run"), options());
  fill(out, "two");
  put("run/notes", "mine");
  out.commit();
  EXPECT_EQ(read_file(place("run/a"), ErrorKind::io), "two");
  EXPECT_EQ(read_file(place("run.replaced/a"), ErrorKind::io), "my corrections");
  EXPECT_EQ(read_file(place("run.replaced/notes"), ErrorKind::io), "mine");
  EXPECT_FALSE(fs::exists(place("run.replaced/sub")));
  put("run/a", "more corrections");
  make("three");
  EXPECT_EQ(read_file(place("run.replaced-2/a"), ErrorKind::io), "more corrections");
  EXPECT_EQ(read_file(place("run.replaced/a"), ErrorKind::io), "my corrections");
}

TEST_F(Output, TakesAnOlderVersionsForWhatItIs) {
  put("run/a", "one");
  EXPECT_TRUE(holds(refusal(), "this is none"));
  put("run/sub/b", "one");
  put("run/notes", "mine");
  EXPECT_TRUE(holds(refusal(), "notes"));
  fs::remove(place("run/notes"));
  make("two");
  EXPECT_EQ(everything().size(), 5U);
}

TEST_F(Output, IsNoInputAndHoldsAndLiesInNone) {
  make("one");
  put("data/train.csv", "text");
  fs::create_directory_symlink(place("run"), place("alias"));
  for (const auto& [what, name] :
       {std::pair{"the baseline", "run/a"}, {"the encoder", "run"}, {"the config", "alias/a"}}) {
    inputs_ = {{what, place(name)}};
    EXPECT_TRUE(holds(refusal(), what)) << name;
  }
  inputs_ = {{"the encoder", place("data")}};
  EXPECT_TRUE(holds(refusal(false, "data/out"), "lies in the encoder"));
  inputs_ = {{"the texts", place("next.partial/c")}};
  put("next.partial/c", "text");
  EXPECT_TRUE(holds(refusal(false, "next"), "the texts"));
  // What the tool wrote and will write again may be read from there.
  inputs_ = {{"the config", place("run/a"), true}};
  make("two");
  put("run/a", "edited");
  EXPECT_TRUE(holds(refusal(), "the config"));
}

TEST_F(Output, SaysWhatStandsInTheWay) {
  put("file", "text");
  EXPECT_TRUE(holds(refusal(true, "file"), "taken by a file"));
  EXPECT_TRUE(holds(refusal(true, "file/run"), "file is a file")) << refusal(true, "file/run");
  EXPECT_TRUE(holds(refusal(true, "file/a/run"), "file is a file"));
  fs::create_symlink(place("nowhere"), place("dangling"));
  EXPECT_TRUE(holds(refusal(true, "dangling"), "leads nowhere"));
  EXPECT_THROW(check_output("/proc/nope/run", options()), IoError);
  EXPECT_THROW(OutputDirectory("/proc/nope/run", options()), IoError);
  check_output(place("new/deep/run"), options());
  EXPECT_FALSE(fs::exists(place("new"))) << "a check leaves nothing";
}

TEST_F(Output, ALinkToADirectoryStays) {
  fs::create_directory(place("disk"));
  fs::create_directory_symlink(place("disk"), place("run"));
  make("one", false);
  make("two");
  EXPECT_TRUE(fs::is_symlink(place("run")));
  EXPECT_EQ(read_file(place("disk/a"), ErrorKind::io), "two");
}

TEST_F(Output, TakesOverOnlyWhatACrashLeftOfOurs) {
  {
    const OutputDirectory crashed(place("run"), options());
    fill(crashed, "half");
  }
  put("run.partial/notes", "mine");
  EXPECT_TRUE(holds(refusal(), "run.partial"));
  EXPECT_TRUE(holds(refusal(), "notes"));
  fs::remove(place("run.partial/notes"));
  make("one");
  EXPECT_FALSE(fs::exists(place("run.partial")));

  put("run.partial/notes", "a directory of the user's");
  EXPECT_TRUE(holds(refusal(), "notes"));
  fs::remove_all(place("run.partial"));
  put("run.partial", "a file of the user's");
  EXPECT_TRUE(holds(refusal(), "no directory"));
  fs::remove(place("run.partial"));
  fs::rename(place("run"), place("run.partial"));
  EXPECT_TRUE(holds(refusal(false), "finished output")) << "that a crash kept from its place";
  put("run.partial/notes", "mine");
  EXPECT_TRUE(holds(refusal(), "notes"));
  fs::remove(place("run.partial/notes"));
  const std::string was = read_file(place("run.partial/a"), ErrorKind::internal);
  write_file(place("run.partial/a"), "with my remarks");
  EXPECT_TRUE(holds(refusal(), "a; move"));
  write_file(place("run.partial/a"), was);
  make("two");
  EXPECT_FALSE(fs::exists(place("run.partial")));
}

TEST_F(Output, FinishesARemovalThatWasBrokenOff) {
  make("one");
  fs::create_directory(place("run.replaced"));
  fs::copy(place("run"), place("run.replaced"), fs::copy_options::recursive);
  put("run.replaced-2/notes", "mine");
  make("two");
  EXPECT_FALSE(fs::exists(place("run.replaced")));
  EXPECT_TRUE(fs::exists(place("run.replaced-2/notes")));
}

TEST_F(Output, IsMadeByOneProcessAtATime) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const ::pid_t other = ::fork();
  if (other == 0) {
    const OutputDirectory out(place("run"), options());
    fill(out, "other");
    if (::write(ends[1], "x", 1) == 1) ::pause();
    ::_exit(1);
  }
  char ready = 0;
  ASSERT_EQ(::read(ends[0], &ready, 1), 1);
  const std::string message = tests::message_of<IoError>([&] { const OutputDirectory out(place("run"), options()); });
  EXPECT_TRUE(holds(message, concat("another run, process ", other, ", writes there")));
  EXPECT_TRUE(fs::exists(place("run.partial/a")));
  ::kill(other, SIGKILL);
  ::waitpid(other, nullptr, 0);
  make("one");
  EXPECT_EQ(everything().size(), 5U) << "no lock is left lying";
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(Output, ThatAnotherMadeMeanwhileStays) {
  OutputDirectory out(place("run"), options(false));
  fill(out, "mine");
  put("run/theirs", "text");
  EXPECT_THROW(out.commit(), IoError);
  EXPECT_EQ(read_file(place("run/theirs"), ErrorKind::io), "text");
  EXPECT_EQ(read_file(place("run.partial/a"), ErrorKind::io), "mine");
}

TEST_F(Output, CacheEntriesOfTwoProcessesReplaceOneAnotherWhole) {
  const std::string key(32, 'a');
  const auto write = [&](const fs::path& folder, const std::string& text) {
    write_file(folder / "a", text);
    make_directories(folder / "sub");
    write_file(folder / "sub/b", text);
  };
  fill_cache_entry(place("cache/" + key), options().files.names, [&](const fs::path& outer) {
    write(outer, "outer");
    const ::pid_t other = ::fork();
    if (other == 0) {
      fill_cache_entry(place("cache/" + key), options().files.names,
                       [&](const fs::path& folder) { write(folder, "inner"); });
      ::_exit(0);
    }
    ::waitpid(other, nullptr, 0);
    EXPECT_EQ(read_file(place("cache/" + key + "/sub/b"), ErrorKind::io), "inner");
  });
  EXPECT_EQ(read_file(place("cache/" + key + "/sub/b"), ErrorKind::io), "outer");
  // What a killed process left goes, what the user put beside it stays.
  const ::pid_t killed = ::fork();
  if (killed == 0) {
    fill_cache_entry(place("cache/" + key), options().files.names, [&](const fs::path& folder) {
      write(folder, "half");
      ::_exit(0);
    });
  }
  ::waitpid(killed, nullptr, 0);
  put("cache/" + key + ".partial-mine/notes", "mine");
  put("cache/notes", "mine");
  EXPECT_TRUE(fs::exists(place(concat("cache/", key, ".partial-", killed))));
  fill_cache_entry(place("cache/" + std::string(32, 'b')), options().files.names,
                   [&](const fs::path& folder) { write(folder, "b"); });
  EXPECT_FALSE(fs::exists(place(concat("cache/", key, ".partial-", killed))));
  EXPECT_TRUE(fs::exists(place("cache/" + key + ".partial-mine/notes")));
  EXPECT_TRUE(fs::exists(place("cache/notes")));
  EXPECT_TRUE(fs::exists(place("cache/" + key + "/a")));
}

}  // namespace
