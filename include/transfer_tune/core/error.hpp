#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace tt {

/// What a failure is about. The value is the program's exit code for it.
enum class ErrorKind : int {
  internal = 1,
  usage = 2,  ///< command line or config
  data = 3,
  checkpoint = 4,  ///< checkpoint or tokenizer
  io = 5,          ///< a file could not be written, or read for a reason that is not its content
  non_finite = 6,  ///< training diverged
  gate = 7,        ///< a quality gate failed
  interrupted = 130,
};

/// Ends the run. The message names the file, line or JSON pointer, what was found, what was expected
/// and the likely fix.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

/// `Error` with its kind in the type, so that `throw DataError("...")` says what it is.
template <ErrorKind Kind>
class ErrorOf : public Error {
 public:
  explicit ErrorOf(const std::string& message) : Error(Kind, message) {}
};

using InternalError = ErrorOf<ErrorKind::internal>;
using UsageError = ErrorOf<ErrorKind::usage>;
using DataError = ErrorOf<ErrorKind::data>;
using CheckpointError = ErrorOf<ErrorKind::checkpoint>;
using IoError = ErrorOf<ErrorKind::io>;
using NonFiniteError = ErrorOf<ErrorKind::non_finite>;
using GateError = ErrorOf<ErrorKind::gate>;
using InterruptedError = ErrorOf<ErrorKind::interrupted>;

/// Throws the error of `kind` whose type says so too, for code that learns the kind when it runs.
[[noreturn]] void throw_error(ErrorKind kind, const std::string& message);

}  // namespace tt
