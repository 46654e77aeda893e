#pragma once

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/data/dataset.hpp"

#include "support/messages.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace tt::tests {

inline const std::filesystem::path kShared = std::filesystem::path(TT_SOURCE_DIR) / "../shared/data";

/// Files of one test.
class DataTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path write(const std::string& name, std::string_view content) const {
    auto path = directory_.path() / name;
    std::filesystem::remove(path);  // truncating a file in place makes some file systems wait for the disk
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  [[nodiscard]] data::Dataset read(const std::string& name, std::string_view content,
                                   const data::ReadOptions& options = {}) const {
    return data::read_dataset(write(name, content), options);
  }

  /// The message of the data error that reading ends in, the directory's name left out.
  [[nodiscard]] std::string error_of(const std::filesystem::path& path, const data::ReadOptions& options = {}) const {
    return replaced(message_of<DataError>([&] { (void)data::read_dataset(path, options); }),
                    directory_.path().string() + "/", "");
  }

  [[nodiscard]] std::string error_of(const std::string& name, std::string_view content,
                                     const data::ReadOptions& options = {}) const {
    return error_of(write(name, content), options);
  }

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_.path(); }

 private:
  TemporaryDirectory directory_;
};

}  // namespace tt::tests
