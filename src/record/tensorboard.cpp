#include "transfer_tune/record/tensorboard.hpp"

#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <utility>

namespace tt::report {
namespace {

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1U) ^ ((value & 1U) != 0 ? 0x82F63B78U : 0U);
    table[byte] = value;
  }
  return table;
}

/// TFRecord stores checksums rotated and shifted, so that a record of records has no checksum of a checksum.
std::uint32_t masked_crc(std::string_view bytes) { return std::rotr(crc32c(bytes), 15) + 0xA282EAD8U; }

template <class Unsigned>
void append_little_endian(std::string& out, Unsigned value) {
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) out += static_cast<char>((value >> (8 * i)) & 0xFFU);
}

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U) out += static_cast<char>((value & 0x7FU) | 0x80U);
  out += static_cast<char>(value);
}

/// A field's number and how its value is laid out, as Protocol Buffers encode them.
enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };
void append_key(std::string& out, std::uint32_t field, Wire wire) {
  append_varint(out, (field << 3U) | static_cast<std::uint32_t>(wire));
}

void append_bytes(std::string& out, std::uint32_t field, std::string_view bytes) {
  append_key(out, field, Wire::bytes);
  append_varint(out, bytes.size());
  out += bytes;
}

// Field numbers of Event, Summary and Summary.Value.
constexpr std::uint32_t kEventWallTime = 1;
constexpr std::uint32_t kEventStep = 2;
constexpr std::uint32_t kEventFileVersion = 3;
constexpr std::uint32_t kEventSummary = 5;
constexpr std::uint32_t kSummaryValue = 1;
constexpr std::uint32_t kValueTag = 1;
constexpr std::uint32_t kValueSimpleValue = 2;

std::string event_at(double wall_time) {
  std::string event;
  append_key(event, kEventWallTime, Wire::fixed64);
  append_little_endian(event, std::bit_cast<std::uint64_t>(wall_time));
  return event;
}

std::string summary_of(const std::vector<Scalar>& scalars) {
  std::string summary;
  for (const Scalar& scalar : scalars) {
    if (std::isnan(scalar.value)) continue;
    std::string value;
    append_bytes(value, kValueTag, scalar.tag);
    append_key(value, kValueSimpleValue, Wire::fixed32);
    append_little_endian(value, std::bit_cast<std::uint32_t>(static_cast<float>(scalar.value)));
    append_bytes(summary, kSummaryValue, value);
  }
  return summary;
}

void append_record(std::string& out, std::string_view event) {
  std::string length;
  append_little_endian(length, std::uint64_t{event.size()});
  out += length;
  append_little_endian(out, masked_crc(length));
  out += event;
  append_little_endian(out, masked_crc(event));
}

/// Seconds since 1970 of "2025-01-31T12:00:00Z"; 0 for anything else.
double seconds_of(const std::string& started_at) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (std::sscanf(started_at.c_str(), "%4d-%2u-%2uT%2d:%2d:%2dZ", &year, &month, &day, &hour, &minute, &second) != 6) {
    return 0;
  }
  const std::chrono::sys_days date = std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day};
  const auto whole = std::chrono::sys_seconds(date) + std::chrono::hours(hour) + std::chrono::minutes(minute);
  return static_cast<double>(whole.time_since_epoch().count() + second);
}

/// The epochs of a stage, the last of them with its test figures; `time` moves on by their seconds.
void add_stage(std::vector<ScalarStep>& steps, const TrainingReport& training, const EvaluationReport* test,
               const std::string& prefix, double& time) {
  std::int64_t last = 0;
  for (const EpochReport& epoch : training.per_epoch) {
    if (!std::isnan(epoch.seconds)) time += epoch.seconds;
    last = epoch.epoch;
    steps.push_back({epoch.epoch,
                     time,
                     {{prefix + "training/loss", epoch.train_loss},
                      {prefix + "training/learning_rate", epoch.learning_rate},
                      {prefix + "training/examples_per_second", epoch.examples_per_second},
                      {prefix + "validation/accuracy", epoch.validation_accuracy},
                      {prefix + "validation/macro_f1", epoch.validation_macro_f1},
                      {prefix + "validation/log_loss", epoch.validation_log_loss}}});
  }
  if (test == nullptr || test->examples == 0) return;
  steps.push_back({last,
                   time,
                   {{prefix + "test/accuracy", test->accuracy},
                    {prefix + "test/macro_f1", test->macro.f1},
                    {prefix + "test/log_loss", test->log_loss},
                    {prefix + "test/ece", test->ece}}});
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  static constexpr std::array<std::uint32_t, 256> kTable = crc_table();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char byte : bytes) crc = (crc >> 8U) ^ kTable[(crc ^ static_cast<unsigned char>(byte)) & 0xFFU];
  return ~crc;
}

std::string event_file(double wall_time, const std::vector<ScalarStep>& steps) {
  std::string first = event_at(wall_time);
  append_bytes(first, kEventFileVersion, "brain.Event:2");
  std::string out;
  append_record(out, first);
  for (const ScalarStep& step : steps) {
    const std::string summary = summary_of(step.scalars);
    if (summary.empty()) continue;
    std::string event = event_at(step.wall_time);
    append_key(event, kEventStep, Wire::varint);
    append_varint(event, static_cast<std::uint64_t>(step.step));
    append_bytes(event, kEventSummary, summary);
    append_record(out, event);
  }
  return out;
}

std::vector<ScalarStep> scalar_steps(const RunReport& report) {
  std::vector<ScalarStep> steps;
  double time = seconds_of(report.started_at);
  if (report.source && report.source->stage) {
    const StageReport& source = *report.source->stage;
    add_stage(steps, source.training, source.test ? &*source.test : nullptr, "source/", time);
  }
  const auto& test = report.target.test ? report.target.test : report.cross_validation;
  add_stage(steps, report.target.training, test ? &*test : nullptr, "", time);
  return steps;
}

std::string event_file(const RunReport& report) {
  return event_file(seconds_of(report.started_at), scalar_steps(report));
}

}  // namespace tt::report
