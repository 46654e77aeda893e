#include "fuzz/encode_any.hpp"
#include "fuzz/fuzz_target.hpp"
#include "transfer_tune/tokenizer/tokenizer.hpp"

#include <array>
#include <filesystem>
#include <vector>

// Texts of any bytes, by a tokenizer of each kind: those of the goldens. The first byte says which.

namespace {

const std::vector<tt::tokenizer::Tokenizer>& tokenizers() {
  static const auto all = [] {
    constexpr std::array kNames{"vocab_txt", "tokenizer_json", "roberta",       "cl100k",
                                "llama",     "unigram",        "unigram_bytes", "word_ends"};
    std::vector<tt::tokenizer::Tokenizer> out;
    for (const char* name : kNames) {
      out.push_back(tt::tokenizer::Tokenizer::from_directory(std::filesystem::path(TT_SOURCE_DIR) /
                                                             "tests/tokenizer/goldens" / name));
    }
    return out;
  }();
  return all;
}

}  // namespace

TT_FUZZ_TARGET(tokenizer_text) {
  if (input.empty()) return;
  const std::size_t kind = static_cast<unsigned char>(input.front());
  tt::fuzz::encode_any(tokenizers()[kind % tokenizers().size()], input.substr(1));
}
