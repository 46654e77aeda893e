#include "checkpoint/json_file.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/text.hpp"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

namespace tt::checkpoint {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kMaximalDepth = 64;

/// What nlohmann says, without its "[json.exception.parse_error.101] " in front.
std::string_view without_exception_id(std::string_view message) {
  const std::size_t end = message.starts_with("[json.exception.") ? message.find("] ") : std::string_view::npos;
  return end == std::string_view::npos ? message : message.substr(end + 2);
}

}  // namespace

json parse_json(std::string_view text, const fs::path& file) {
  if (text.empty()) throw CheckpointError(concat(file.string(), ": the file is empty; expected JSON"));
  // The parser takes a zero byte for the end of the text.
  if (text.find('\0') != std::string_view::npos) {
    throw CheckpointError(concat(file.string(), ": not valid JSON: holds a zero byte at offset ", text.find('\0')));
  }
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  const auto check = [&](int depth, json::parse_event_t event, json& parsed) {
    switch (event) {
      case json::parse_event_t::object_start:
      case json::parse_event_t::array_start:
        if (depth >= kMaximalDepth) {
          throw CheckpointError(concat(file.string(), ": JSON nested deeper than ", kMaximalDepth, " levels"));
        }
        if (event == json::parse_event_t::object_start) keys.emplace_back();
        break;
      case json::parse_event_t::object_end:
        keys.pop_back();
        break;
      case json::parse_event_t::key:
        if (!keys.back().insert(parsed.get<std::string>()).second) {
          throw CheckpointError(
              concat(file.string(), ": the key ", quote(parsed.get<std::string>()), " stands twice in one object"));
        }
        break;
      default:
        break;
    }
    return true;
  };
  try {
    return json::parse(text, check);
  } catch (const json::exception& error) {
    throw CheckpointError(concat(file.string(), ": not valid JSON: ", without_exception_id(error.what())));
  }
}

json parse_json_object(std::string_view text, const fs::path& file) {
  json value = parse_json(text, file);
  if (!value.is_object()) {
    throw CheckpointError(concat(file.string(), ": expected a JSON object, found ", value.type_name()));
  }
  return value;
}

json read_json_object(const fs::path& file) { return parse_json_object(read_file(file, ErrorKind::checkpoint), file); }

void write_json(const fs::path& file, const json& value) { write_file(file, value.dump(2) + "\n"); }

}  // namespace tt::checkpoint
