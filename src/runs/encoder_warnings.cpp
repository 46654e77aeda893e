#include "runs/encoder_warnings.hpp"

#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"
#include "transfer_tune/tokenizer/coverage.hpp"

#include <map>

namespace tt::runs {
namespace {

/// Of the training texts: where the vocabulary breaks as many, the encoder hardly suits some language of theirs.
constexpr double kManyBroken = 0.1;

constexpr const char* kFallApart =
    " fall apart into pieces that are unknown or single characters: the encoder's vocabulary hardly knows their "
    "language or script, so little is learnt from them; an encoder of that language, or a multilingual one, will "
    "answer better";
constexpr std::size_t kNamedLanguages = 20;

/// How many of some texts the vocabulary breaks.
struct Broken {
  std::size_t texts = 0;
  std::size_t broken = 0;
  std::string first{};  ///< where one stands

  [[nodiscard]] double share() const {
    return texts == 0 ? 0 : static_cast<double>(broken) / static_cast<double>(texts);
  }
  [[nodiscard]] std::string example() const { return concat(" (such as ", first, ")"); }
};

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
  if (!used && !encoder.directory.dense.empty()) {
    out.push_back(concat(encoder.directory.root.string(), ": head.type native does without the Dense modules (",
                         encoder.directory.dense.front().folder.filename().string(),
                         ") that its vectors go through; head.type auto learns from what they give"));
  }
  if (stated && used && stated != used) {
    out.push_back(concat(encoder.directory.root.string(), ": its Pooling module takes ", words_of(*stated),
                         " for a text's vector, but head.type asks for ", words_of(*used),
                         "; head.type auto follows the encoder"));
  }
  return out;
}

std::optional<std::string> vocabulary_warning(std::size_t broken, std::size_t texts) {
  const Broken count{texts, broken};
  if (count.share() < kManyBroken) return std::nullopt;
  return concat(report::percent(count.share()), " of the texts", kFallApart);
}

std::vector<std::string> vocabulary_warnings(const tokenizer::Tokenizer& tokenizer,
                                             const std::vector<TokenizedFile>& files, const std::string& what) {
  std::map<std::string, Broken> languages;
  Broken all;
  for (const TokenizedFile& file : files) {
    for (std::size_t i = 0; i < file.texts.examples.size(); ++i) {
      const data::Example& example = file.texts.examples[i];
      const bool broken = tokenizer::falls_apart(tokenizer, example.text, file.ids.sequences[i]);
      for (Broken* count : {&all, &languages[example.language]}) {
        ++count->texts;
        if (broken && count->broken++ == 0) count->first = data::place_of(file.texts, example);
      }
    }
  }
  std::vector<std::string> found;
  if (all.share() >= kManyBroken) found.push_back(concat(report::percent(all.share()), " of ", what, all.example()));
  languages.erase("");
  if (languages.size() > 1) {
    for (const auto& [language, count] : languages) {
      if (count.share() < kManyBroken || found.size() > kNamedLanguages) continue;
      found.push_back(concat(report::percent(count.share()), " of those in ", quote(language), count.example()));
    }
  }
  if (found.empty()) return {};
  return {concat(join(found, ", "), found.size() > 1 ? "," : "", kFallApart)};
}

}  // namespace tt::runs
