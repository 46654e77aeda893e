#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tt::cli {

/// Thrown when the reader of standard output has gone (`| head`): there is nothing left to do, and nothing is wrong.
struct ReaderGone {};

/// Writes all of `text` to standard output at once, unbuffered. Throws `IoError`, `ReaderGone`.
void write_output(std::string_view text);

/// A line of standard input, without its line end.
struct InputLine {
  std::size_t number = 0;  ///< from 1
  std::string text;
};

/// The lines of standard input, handed out as they come.
class InputLines {
 public:
  /// Up to `limit` lines; fewer when no more have arrived yet, none at the end of the input. Throws `InterruptedError`
  /// when a stop was asked for, `DataError` when the input cannot be read.
  [[nodiscard]] std::vector<InputLine> next(std::size_t limit);

 private:
  [[nodiscard]] std::size_t find_newline();
  void fill();
  [[nodiscard]] InputLine take_line(std::size_t end);

  std::string buffer_;
  std::size_t begin_ = 0;     ///< of what has not been handed out
  std::size_t searched_ = 0;  ///< no newline between `begin_` and here
  std::size_t taken_ = 0;     ///< lines handed out
  bool ended_ = false;
};

/// Throws `DataError` for a line that is not UTF-8.
void require_utf8(const InputLine& line);

}  // namespace tt::cli
