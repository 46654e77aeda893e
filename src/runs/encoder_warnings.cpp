#include "runs/encoder_warnings.hpp"

#include "transfer_tune/core/text.hpp"

namespace tt::runs {
namespace {

/// The head's pooling in the words of sentence-transformers; nothing for the family's own pooler.
std::optional<checkpoint::Pooling> plain_pooling(model::Pooling pooling) {
  switch (pooling) {
    case model::Pooling::mean:
      return checkpoint::Pooling::mean;
    case model::Pooling::cls:
      return checkpoint::Pooling::cls;
    case model::Pooling::first:
      return std::nullopt;
  }
  return std::nullopt;
}

const char* words_of(checkpoint::Pooling pooling) {
  return pooling == checkpoint::Pooling::mean ? "the mean of its tokens" : "its first token";
}

}  // namespace

std::vector<std::string> encoder_warnings(const LoadedEncoder& encoder) {
  std::vector<std::string> out = encoder.tokenizer.disagreements();
  const std::vector<std::string>& unused = encoder.directory.unused_settings;
  out.insert(out.end(), unused.begin(), unused.end());
  return out;
}

std::vector<std::string> encoder_warnings(const LoadedEncoder& encoder, const model::HeadSpec& head) {
  std::vector<std::string> out = encoder_warnings(encoder);
  const auto stated = encoder.directory.pooling;
  const auto used = plain_pooling(head.pooling);
  if (stated && used && stated != used) {
    out.push_back(concat(encoder.directory.root.string(), ": its Pooling module takes ", words_of(*stated),
                         " for a text's vector, but head.type asks for ", words_of(*used),
                         "; head.type auto follows the encoder"));
  }
  return out;
}

}  // namespace tt::runs
