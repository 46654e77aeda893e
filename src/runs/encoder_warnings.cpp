#include "runs/encoder_warnings.hpp"

#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"
#include "transfer_tune/tokenizer/coverage.hpp"

namespace tt::runs {
namespace {

/// Of the training texts: where the vocabulary breaks as many, the encoder hardly suits some language of theirs.
constexpr double kManyBroken = 0.1;

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
  if (!used && !encoder.tokenizer.prompt().empty()) {
    out.push_back(
        concat("head.type native: transformers knows no prompts, so whoever uses the checkpoint there must put ",
               quote(encoder.tokenizer.prompt()), " in front of every text; predict does so by itself"));
  }
  if (stated && used && stated != used) {
    out.push_back(concat(encoder.directory.root.string(), ": its Pooling module takes ", words_of(*stated),
                         " for a text's vector, but head.type asks for ", words_of(*used),
                         "; head.type auto follows the encoder"));
  }
  return out;
}

std::optional<std::string> vocabulary_warning(const tokenizer::Tokenizer& tokenizer, const data::Dataset& texts,
                                              const training::EncodedSet& ids) {
  std::size_t broken = 0;
  const data::Example* first = nullptr;
  for (std::size_t i = 0; i < texts.examples.size(); ++i) {
    if (!tokenizer::falls_apart(tokenizer, texts.examples[i].text, ids.sequences[i])) continue;
    if (broken++ == 0) first = &texts.examples[i];
  }
  const double share = static_cast<double>(broken) / static_cast<double>(texts.examples.size());
  if (first == nullptr || share < kManyBroken) return std::nullopt;
  return concat(report::percent(share), " of the training texts (such as ", data::place_of(texts, *first),
                ") fall apart into pieces that are unknown or single characters: the encoder's vocabulary hardly knows "
                "their language or script, so little is learnt from them; an encoder of that language, or a "
                "multilingual one, will answer better");
}

}  // namespace tt::runs
