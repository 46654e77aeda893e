#include "fuzz/fuzz_target.hpp"
#include "transfer_tune/model/family.hpp"

// An encoder's config.json, by each family's reader.

TT_FUZZ_TARGET(encoder_config) {
  const std::string text(input);
  for (const auto& family : tt::model::families()) {
    (void)tt::fuzz::guarded([&] { (void)family.parse_spec(text, tt::fuzz::scratch() / "config.json"); });
  }
}
