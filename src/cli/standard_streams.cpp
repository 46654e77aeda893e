#include "cli/standard_streams.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/text.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace tt::cli {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 16U;

std::string reason(int error) { return std::generic_category().message(error); }

/// True when reading standard input would not wait.
bool input_waits() {
  ::pollfd input{STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, 0) > 0;
}

}  // namespace

void write_output(std::string_view text) {
  while (!text.empty()) {
    const ::ssize_t count = ::write(STDOUT_FILENO, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EINTR) {
      throw_if_interrupted();
    } else if (errno == EPIPE) {
      throw ReaderGone{};
    } else {
      throw IoError("standard output: cannot write: " + reason(errno));
    }
  }
}

std::vector<InputLine> InputLines::next(std::size_t limit) {
  std::vector<InputLine> lines;
  while (lines.size() < limit) {
    const std::size_t newline = find_newline();
    if (newline != std::string::npos) {
      lines.push_back(take_line(newline));
    } else if (ended_) {
      if (begin_ < buffer_.size()) lines.push_back(take_line(buffer_.size()));
      break;
    } else if (lines.empty() || input_waits()) {
      fill();
    } else {
      break;
    }
  }
  return lines;
}

std::size_t InputLines::find_newline() {
  const std::size_t newline = buffer_.find('\n', searched_);
  searched_ = std::min(newline, buffer_.size());
  return newline;
}

void InputLines::fill() {
  throw_if_interrupted();
  buffer_.erase(0, begin_);
  searched_ -= begin_;
  begin_ = 0;
  const std::size_t size = buffer_.size();
  buffer_.resize(size + kBlock);
  const ::ssize_t count = ::read(STDIN_FILENO, buffer_.data() + size, kBlock);
  const int error = errno;
  buffer_.resize(size + static_cast<std::size_t>(std::max<::ssize_t>(count, 0)));
  if (count < 0 && error != EINTR) throw DataError("standard input: cannot read: " + reason(error));
  ended_ = count == 0;
}

InputLine InputLines::take_line(std::size_t end) {
  InputLine line{++taken_, buffer_.substr(begin_, end - begin_)};
  begin_ = searched_ = std::min(end + 1, buffer_.size());
  if (line.text.ends_with('\r')) line.text.pop_back();
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (line.number == 1 && line.text.starts_with(kByteOrderMark)) line.text.erase(0, kByteOrderMark.size());
  return line;
}

void require_utf8(const InputLine& line) {
  if (const auto offset = find_invalid_utf8(line.text)) {
    throw DataError(concat("standard input:", line.number, ": found invalid UTF-8 at byte ", *offset,
                           " of the line; convert the input to UTF-8"));
  }
}

}  // namespace tt::cli
