#include "fuzz/fuzz_target.hpp"
#include "fuzz/read_tensors.hpp"
#include "runs/run_state.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/training/train_state.hpp"

#include <nlohmann/json.hpp>

#include <string>

// The state that a stopped run goes on from. An input that spells "state.json" gets the hashes that belong to it, since
// no change of bytes would come past those; "0.json" is taken as it is.

namespace {

using nlohmann::json;

std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

/// The JSON file of a state with `content`, an object, over `tensors`.
std::string with_hashes(std::string_view content, std::string_view tensors) {
  json state = json::parse(content, nullptr, false);
  if (!state.is_object()) return std::string(content);
  state["sha256"] = tt::sha256_hex(tensors);
  return dump({{"sha256", tt::sha256_hex(dump(state))}, {"state", state}});
}

}  // namespace

TT_FUZZ_TARGET(saved_state) {
  tt::fuzz::write_files(input, {"0.json", "0.safetensors", "1.json", "1.safetensors"});
  const auto parts = tt::fuzz::parts_of(input);
  if (const auto content = parts.find("state.json"); content != parts.end()) {
    const auto tensors = parts.find("0.safetensors");
    (void)tt::fuzz::write_file_named("0.json",
                                     with_hashes(content->second, tensors == parts.end() ? "" : tensors->second));
  }
  tt::runs::RunState state(tt::fuzz::scratch(), {}, [] { return std::string("{}"); });
  if (!state.is_there()) return;
  if (!state.load()) return;
  const auto keep = [](tt::training::FitKeeper*, tt::training::TrainState from) { return from; };
  state.enter("");
  for (const char* name : {"target", "source"}) {
    (void)tt::fuzz::guarded([&] { (void)state.fit(name, tt::runs::FitUse::figures, keep); });
    (void)tt::fuzz::guarded(
        [&] { tt::fuzz::read_tensors(state.once(name, [] { return tt::checkpoint::NamedTensors{}; })); });
  }
}
