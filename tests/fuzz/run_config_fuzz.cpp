#include "fuzz/fuzz_target.hpp"
#include "transfer_tune/config/run_config.hpp"

// A run's config. What is accepted must be accepted again with every default filled in.

TT_FUZZ_TARGET(run_config) {
  const auto config = tt::config::load(tt::fuzz::write_file_named("run.json", input));
  const std::string resolved = tt::config::resolved_json(config);
  const auto again = tt::config::load(tt::fuzz::write_file_named("run.json", resolved));
  if (tt::config::resolved_json(again) != resolved) tt::fuzz::fail("a resolved config that resolves to another");
}
