#include "fuzz/encode_any.hpp"
#include "fuzz/fuzz_target.hpp"
#include "transfer_tune/tokenizer/tokenizer.hpp"
#include "transfer_tune/tokenizer/tokenizer_json.hpp"

// tokenizer.json, and the other files that a tokenizer is read from. A text of the input's own goes through what was
// read.

TT_FUZZ_TARGET(tokenizer_json) {
  const auto text = tt::fuzz::write_files(
      input, {"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt",
              "vocab.json", "merges.txt", "sentencepiece.bpe.model", "spiece.model", "spm.model", "config.json"});
  const auto tokenizer = tt::tokenizer::Tokenizer::from_directory(tt::fuzz::scratch());
  (void)tokenizer.summary();
  (void)tokenizer.fingerprint();
  (void)tt::tokenizer::tokenizer_json_of(tt::fuzz::scratch());
  tt::fuzz::encode_any(tokenizer, text);
}
