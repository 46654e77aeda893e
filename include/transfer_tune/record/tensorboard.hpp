#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "transfer_tune/record/run_report.hpp"

// A run's course as TensorBoard reads it: an event file, written without TensorFlow or protobuf.

namespace tt::report {

/// The file's name below <output.dir>/tensorboard; TensorBoard reads every file with "tfevents" in its name.
inline constexpr std::string_view kTensorboardFile = "events.out.tfevents.transfer-tune";

struct Scalar {
  std::string tag;
  double value = 0;
};

/// The figures known at one step.
struct ScalarStep {
  std::int64_t step = 0;
  double wall_time = 0;  ///< seconds since 1970
  std::vector<Scalar> scalars;
};

/// Bytes of an event file begun at `wall_time`: records of Event messages (tensorflow/core/util/event.proto) in
/// TFRecord framing, their lengths and contents each with a masked CRC-32C. A value that is not a number is left out.
[[nodiscard]] std::string event_file(double wall_time, const std::vector<ScalarStep>& steps);

/// Figures by epoch, source stage first: `training/loss`, `training/learning_rate`, `training/examples_per_second` and
/// `validation/…`; at the last epoch `test/…` (the figures of the run, also where they are cross-validated). Tags of
/// the source stage begin with `source/`. Times are the run's start plus the seconds of the epochs so far.
[[nodiscard]] std::vector<ScalarStep> scalar_steps(const RunReport& report);

/// The whole file of a run: the same report gives the same bytes.
[[nodiscard]] std::string event_file(const RunReport& report);

/// CRC-32C (Castagnoli, polynomial 0x1EDC6F41 reflected), as in RFC 3720, appendix B.4.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes);

}  // namespace tt::report
