#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace fs = std::filesystem;
using namespace tt;

namespace {

using Modules = std::map<std::string, std::set<std::string>>;

/// Each tt_module(NAME ... DEPENDS ...) of the build, and what it may use.
Modules declared_modules() {
  const std::string build = read_file(fs::path(TT_SOURCE_DIR) / "CMakeLists.txt", ErrorKind::internal);
  const std::regex call(R"(tt_module\(([^)]*)\))");
  Modules modules;
  for (std::sregex_iterator at(build.begin(), build.end(), call), end; at != end; ++at) {
    std::istringstream words((*at)[1].str());
    std::string name;
    words >> name;
    std::set<std::string>& used = modules[name];
    bool depends = false;
    for (std::string word; words >> word;) {
      const bool is_keyword = word == "DEPENDS" || word == "LIBRARIES" || word == "TORCH";
      if (is_keyword) depends = word == "DEPENDS";
      if (depends && !is_keyword) used.insert(word);
    }
  }
  return modules;
}

/// What `file` of `module` includes against the rules, one a line.
std::string faults_of(const fs::path& file, const std::string& module, const Modules& modules) {
  const std::string text = read_file(file, ErrorKind::internal);
  const std::regex include(R"(#include "(transfer_tune/)?([a-z0-9_]+)/[^"]+")");
  std::string faults;
  for (std::sregex_iterator at(text.begin(), text.end(), include), end; at != end; ++at) {
    const std::string other = (*at)[2].str();
    if (other == module) continue;
    const bool is_public = (*at)[1].matched;
    if (!is_public) {
      faults += concat("  ", at->str(), ": a private header of ", other, '\n');
    } else if (!modules.at(module).contains(other)) {
      faults += concat("  ", at->str(), ": ", other, " is not among the DEPENDS of ", module, " in CMakeLists.txt\n");
    }
  }
  return faults;
}

}  // namespace

// Every target sees all of include/ and src/, so only this keeps the modules apart.
TEST(Modules, IncludeWhatTheyDeclareAlone) {
  const Modules modules = declared_modules();
  ASSERT_GT(modules.size(), 10U);
  std::size_t files = 0;
  for (const auto& [module, used] : modules) {
    for (const std::string& other : used) {
      EXPECT_TRUE(modules.contains(other)) << module << " depends on " << other << ", which is no module";
    }
    for (const fs::path& folder : {fs::path("src") / module, fs::path("include/transfer_tune") / module}) {
      const fs::path root = fs::path(TT_SOURCE_DIR) / folder;
      if (!fs::exists(root)) continue;
      for (const auto& entry : fs::recursive_directory_iterator(root)) {
        if (!entry.is_regular_file()) continue;
        EXPECT_EQ(faults_of(entry.path(), module, modules), "") << entry.path();
        ++files;
      }
    }
  }
  EXPECT_GT(files, 100U);
}

TEST(Modules, DependOnEachOtherInOneDirection) {
  Modules left = declared_modules();
  while (!left.empty()) {
    const auto lowest = std::ranges::find_if(left, [&](const auto& module) {
      return std::ranges::none_of(module.second, [&](const std::string& other) { return left.contains(other); });
    });
    ASSERT_NE(lowest, left.end()) << "a circle through " << left.begin()->first;
    left.erase(lowest);
  }
}
