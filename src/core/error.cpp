#include "transfer_tune/core/error.hpp"

namespace tt {

void throw_error(ErrorKind kind, const std::string& message) {
  switch (kind) {
    case ErrorKind::internal:
      throw InternalError(message);
    case ErrorKind::usage:
      throw UsageError(message);
    case ErrorKind::data:
      throw DataError(message);
    case ErrorKind::checkpoint:
      throw CheckpointError(message);
    case ErrorKind::io:
      throw IoError(message);
    case ErrorKind::non_finite:
      throw NonFiniteError(message);
    case ErrorKind::gate:
      throw GateError(message);
    case ErrorKind::interrupted:
      throw InterruptedError(message);
  }
  throw Error(kind, message);
}

}  // namespace tt
