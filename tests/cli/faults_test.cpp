#include "cli/workplace.hpp"
#include "support/messages.hpp"
#include "support/run_outputs.hpp"
#include "transfer_tune/core/owned_files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>

namespace fs = std::filesystem;
using namespace tt;
using namespace tt::tests;
using Json = Workplace::Json;

namespace {

using Files = std::map<std::string, std::string>;

/// A command, and what stands there before it is run.
struct Command {
  std::string name;
  std::vector<std::string> arguments;
  Json changes;                      ///< to the config
  bool replaces = false;             ///< an older output is there
  std::vector<std::string> goes_on;  ///< the arguments that finish what a fault broke off
};

constexpr std::array kKinds{"ENOSPC", "EIO", "EINTR", "SHORT", "KILL"};
/// For each command; TT_FAULTS says another number.
constexpr std::size_t kFaults = 20;

Files outputs(const fs::path& out) {
  Files files = steady_outputs(out, {"train_seconds", "total_seconds", "latency", "cost", "peak_rss_bytes"});
  // What could not be removed of a saved state stays beside the output.
  std::erase_if(files, [](const auto& file) { return file.first.starts_with("state/"); });
  for (auto& [name, content] : files) {
    // Each stands in a place of its own.
    const std::string place = out.parent_path().string();
    for (std::size_t at = 0; (at = content.find(place, at)) != std::string::npos;) content.erase(at, place.size());
  }
  return files;
}

/// Every file's path but the cache's entries.
std::vector<std::string> names_in(const fs::path& place) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(place)) {
    const std::string name = entry.path().lexically_relative(place).string();
    const bool is_temporary = holds(name, ".partial") || holds(name, ".tmp-") || holds(name, ".replaced");
    if (!name.starts_with("cache/") || is_temporary) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Faults : public ::testing::TestWithParam<Command> {
 protected:
  void SetUp() override {
    if (!fs::exists(TT_FAULTS_LIBRARY)) GTEST_SKIP() << TT_FAULTS_LIBRARY << " was not built";
    prepare(whole_);
    if (GetParam().replaces) old_ = outputs(whole_.path() / "out");
    const Outcome outcome = faulty(whole_, "", "");
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    new_ = outputs(whole_.path() / "out");
    after_ = names_in(whole_.path());
    ASSERT_NE(old_, new_);
    calls_ = calls().size();
  }

  /// What the last command asked of the system, by number; each process that it starts counts on by itself.
  [[nodiscard]] std::map<std::size_t, std::set<std::string>> calls() const {
    std::map<std::size_t, std::set<std::string>> names;
    std::istringstream lines(read_file(log_.path() / "calls", ErrorKind::internal));
    std::size_t number = 0;
    for (std::string name; lines >> number >> name;) names[number].insert(name);
    return names;
  }

  static void prepare(const Workplace& place) {
    Json config = Workplace::config();
    config["evaluation"] = {{"latency", false}, {"data_checks", false}, {"bootstrap_samples", 100}};
    config["training"]["epochs"] = 1;
    config.merge_patch(GetParam().changes);
    write_file(place.path() / "run.json", config.dump());
    if (!GetParam().replaces) return;
    std::vector<std::string> arguments = GetParam().arguments;
    std::erase(arguments, "--overwrite");
    arguments.insert(arguments.end(), {"--set", "training.seed=1"});
    const Outcome outcome = place.run(arguments);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }

  /// The command with its `number`th call failing; with "", none.
  Outcome faulty(const Workplace& place, const std::string& kind, const std::string& number) const {
    Launch launch{GetParam().arguments};
    launch.environment = {{"LD_PRELOAD", TT_FAULTS_LIBRARY}, {"TT_FAULT_UNDER", place.path().string() + "/"}};
    write_file(log_.path() / "calls", "");
    launch.environment["TT_FAULT_LOG"] = (log_.path() / "calls").string();
    if (!kind.empty()) launch.environment["TT_FAULT"] = concat(kind, ':', number);
    return place.run(launch);
  }

  /// Nothing that stood there may be lost, and what stands there is whole.
  void expect_old_or_new(const Workplace& place, bool succeeded) const {
    const fs::path out = place.path() / "out";
    if (!fs::exists(out)) {
      EXPECT_TRUE(!GetParam().replaces && !succeeded) << "the output is gone";
      return;
    }
    if (GetParam().arguments[0] == "compare") return;  // grows in its place: see what goes on
    const auto manifest = read_manifest(out);
    ASSERT_TRUE(manifest) << "no manifest";
    EXPECT_EQ(first_damage(out, *manifest), "");
    const Files found = outputs(out);
    EXPECT_TRUE(found == new_ || (!succeeded && found == old_)) << "neither old nor new";
  }

  void fault(const std::string& kind, std::size_t call) const {
    const Workplace place;
    prepare(place);
    const Outcome outcome = faulty(place, kind, std::to_string(call));
    // Directories are read in an order of their own, so that a call is not the same in every place.
    const auto made = calls();
    const std::set<std::string> names = made.contains(call) ? made.at(call) : std::set<std::string>();
    const std::string name = join(std::vector<std::string>(names.begin(), names.end()), " and ");
    SCOPED_TRACE(concat(kind, " at call ", call, ", ", name));
    const bool killed = kind == "KILL";  // or one arm of a comparison is
    ASSERT_TRUE(outcome.code < 1000 || killed) << outcome.code << '\n' << outcome.err;
    if (outcome.code > 0 && !killed) {
      EXPECT_TRUE(holds(outcome.err, "error: ")) << outcome.err;
    }
    const std::set<std::string> restarted{"read", "write", "create", "open", "fsync", "close", "ftruncate"};
    const bool is_restarted = std::ranges::includes(restarted, names);
    if (kind == "EINTR" && is_restarted) {
      EXPECT_EQ(outcome.code, 0) << outcome.err;
    }
    expect_old_or_new(place, outcome.code == 0);
    if (!killed) {
      for (const std::string& left : names_in(place.path())) {
        EXPECT_FALSE(holds(left, ".tmp-") || (left.starts_with("cache/") && holds(left, ".partial"))) << left;
      }
    }
    if (outcome.code == 0 && kind != "KILL") return;

    const Outcome again = place.run(GetParam().goes_on);
    ASSERT_EQ(again.code, 0) << outcome.err << "\nand then\n" << again.err;
    expect_old_or_new(place, true);
    EXPECT_TRUE(outputs(place.path() / "out") == new_);
    std::vector<std::string> left = names_in(place.path());
    // What a killed process left in the cache goes within the hour, or with its next entry.
    if (killed) std::erase_if(left, [](const std::string& each) { return each.starts_with("cache/"); });
    EXPECT_EQ(left, after_);
  }

  TemporaryDirectory log_;
  Workplace whole_;
  Files old_, new_;
  std::vector<std::string> after_;
  std::size_t calls_ = 0;
};

TEST_P(Faults, LeaveTheOldOrTheNew) {
  const char* wanted = std::getenv("TT_FAULTS");  // NOLINT(concurrency-mt-unsafe)
  const auto most = wanted == nullptr ? kFaults : static_cast<std::size_t>(std::strtoul(wanted, nullptr, 10));
  // Every kind at every call, or as many of these as there is time for, evenly spread.
  const std::size_t possible = calls_ * kKinds.size();
  const std::size_t faults = std::min(possible, most);
  for (std::size_t i = 0; i < faults; ++i) {
    const std::size_t at = i * possible / faults;
    fault(kKinds.at((i + at) % kKinds.size()), 1 + at / kKinds.size());
  }
  std::cout << faults << " faults at " << calls_ << " calls\n";
}

const Json kSaves = Json::parse(R"({"training": {"save_steps": 1}})");
const Json kFrozen = Json::parse(R"({"transfer": {"policy": "frozen"}})");
const Json kCompare = Json::parse(R"({"compare": {"arms": {"frozen": {"transfer.policy": "frozen"},
                                                          "full": {}}, "seeds": [1]}})");

INSTANTIATE_TEST_SUITE_P(
    Commands, Faults,
    ::testing::Values(
        Command{"run", {"run", "--config", "run.json"}, kSaves, false, {"run", "--config", "run.json", "--resume"}},
        Command{"overwrite",
                {"run", "--config", "run.json", "--overwrite"},
                kFrozen,
                true,
                {"run", "--config", "run.json", "--overwrite"}},
        Command{"compare",
                {"compare", "--config", "run.json"},
                kCompare,
                false,
                {"compare", "--config", "run.json", "--resume"}}),
    [](const auto& test) { return test.param.name; });

}  // namespace
