#include "tokenizer/unigram.hpp"

#include "tokenizer/located.hpp"
#include "tokenizer/scores.hpp"
#include "tokenizer/utf8.hpp"
#include "tokenizer/vocabulary.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/json_text.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

namespace tt::tokenizer {
namespace {

/// What an unknown character costs more than the least probable token.
constexpr double kUnknownPenalty = 10;
/// Words of fewer bytes are parted without asking for memory.
constexpr std::size_t kShortWord = 128;

double unknown_score(const std::vector<double>& scores) {
  return scores.empty() ? 0 : *std::ranges::min_element(scores) - kUnknownPenalty;
}

}  // namespace

/// The best way to a place in a word: where its last token starts, and which it is.
struct Unigram::Step {
  static constexpr std::uint32_t kNone = UINT32_MAX;
  double score;
  std::uint32_t start;
  std::int32_t id;

  void improve(double other_score, std::size_t other_start, std::int32_t other_id) noexcept {
    if (start != kNone && !(other_score > score)) return;
    *this = {other_score, static_cast<std::uint32_t>(other_start), other_id};
  }
};

Unigram::Unigram(std::vector<std::string> vocabulary, std::vector<double> scores, const Settings& settings)
    : settings_(settings),
      vocabulary_(std::move(vocabulary)),
      scores_(std::move(scores)),
      trie_(vocabulary_),
      unknown_score_(unknown_score(scores_)) {
  if (vocabulary_.empty()) throw CheckpointError("the vocabulary is empty");
  std::ranges::for_each(vocabulary_, check_length);
  for (std::size_t id = 0; id < vocabulary_.size(); ++id) {
    if (std::isfinite(scores_.at(id))) continue;
    throw CheckpointError(
        concat("the token ", quote(vocabulary_[id]), " has the score ", scores_[id], ", expected a finite number"));
  }
  if (settings_.unknown_id < 0 || static_cast<std::size_t>(settings_.unknown_id) >= vocabulary_.size()) {
    throw CheckpointError(concat("the unknown token's id is ", settings_.unknown_id,
                                 ", but the vocabulary has ids 0 to ", vocabulary_.size() - 1));
  }
  if (settings_.byte_fallback) bytes_.emplace([&](std::string_view token) { return find(token); });
}

Unigram Unigram::read(const JsonView& model, const WrittenScores& written) {
  Settings settings;
  if (!model.has("unk_id")) model.fail("has no \"unk_id\"; a Unigram model without an unknown token is not supported");
  settings.unknown_id = static_cast<std::int32_t>(model.at("unk_id").integer());
  settings.byte_fallback = model.boolean_or("byte_fallback", false);
  for (const char* key : {"alpha", "nbest_size"}) {
    if (model.has(key)) model.at(key).fail("a Unigram model that draws its tokens is not supported");
  }
  std::vector<std::string> vocabulary;
  std::vector<double> scores;
  const std::vector<JsonView> entries = model.at("vocab").items();
  vocabulary.reserve(entries.size());
  scores.reserve(entries.size());
  JsonItems texts(json_value_text(written.text, "/model/vocab"));
  for (const JsonView& entry : entries) {
    JsonItems pair(texts.next());
    static_cast<void>(pair.next());
    if (entry.size() != 2) entry.fail(concat("has ", entry.size(), " items, expected a token and its score"));
    vocabulary.push_back(entry.at(0).string());
    const double score = entry.at(1).number();
    const std::string_view score_text = pair.next();
    scores.push_back(score_text.empty() ? score : read_score(score_text));
  }
  if (!written.exact.empty()) scores.assign(written.exact.begin(), written.exact.end());
  return located(model, [&] { return Unigram(std::move(vocabulary), std::move(scores), settings); });
}

/// `steps` has one for each place in `word`, its end included. The order of the sums is that of the tokenizers
/// package, so that rivals that are nearly equal come out as they do there.
void Unigram::find_best_steps(std::string_view word, std::span<Step> steps) const {
  for (std::size_t begin = 0; begin < word.size();) {
    const double before = steps[begin].score;
    std::size_t next = begin;
    static_cast<void>(next_code_point(word, next));
    bool is_known = false;
    trie_.prefixes(word.substr(begin), [&](std::size_t length, std::int32_t id) {
      steps[begin + length].improve(scores_[static_cast<std::size_t>(id)] + before, begin, id);
      is_known = is_known || begin + length == next;
    });
    if (!is_known) steps[next].improve(unknown_score_ + before, begin, settings_.unknown_id);
    begin = next;
  }
}

/// `text`: what neighbouring unknown tokens stand for.
void Unigram::append_unknown(std::string_view text, std::vector<std::int32_t>& ids) const {
  if (const auto id = find(text)) return ids.push_back(*id);
  if (bytes_ && bytes_->append(text, ids)) return;
  ids.push_back(settings_.unknown_id);
}

void Unigram::tokenize(std::string_view word, std::vector<std::int32_t>& ids) const {
  if (word.size() >= Step::kNone) throw CheckpointError("a word of 4 GiB cannot be parted into tokens");
  const std::size_t places = word.size() + 1;
  std::array<Step, kShortWord> few;  // NOLINT(cppcoreguidelines-pro-type-member-init): those that are needed are set
  std::vector<Step> many(places <= few.size() ? 0 : places);
  const std::span<Step> steps = std::span<Step>(many.empty() ? few.data() : many.data(), places);
  std::ranges::fill(steps, Step{0, Step::kNone, 0});
  find_best_steps(word, steps);

  // From the end on, each step leads to the one before it.
  const std::size_t before = ids.size();
  const auto reverse_from = [&](std::size_t place) {
    std::reverse(ids.begin() + static_cast<std::ptrdiff_t>(place), ids.end());
  };
  for (std::size_t end = word.size(); end > 0;) {
    std::size_t start = steps[end].start;
    if (steps[end].id != settings_.unknown_id) {
      ids.push_back(steps[end].id);
    } else {
      while (start > 0 && steps[start].id == settings_.unknown_id) start = steps[start].start;
      const std::size_t place = ids.size();
      append_unknown(word.substr(start, end - start), ids);
      reverse_from(place);
    }
    end = start;
  }
  reverse_from(before);
}

std::string Unigram::describe() const {
  return concat("Unigram (unknown: ", vocabulary_[static_cast<std::size_t>(settings_.unknown_id)],
                settings_.byte_fallback ? ", else bytes" : "", ")");
}

void Unigram::fingerprint(Sha256& hash) const {
  hash.update_field(concat(settings_.unknown_id, ' ', vocabulary_.size()));
  for (const std::string& token : vocabulary_) hash.update_field(token);
  hash.update(std::as_bytes(std::span(scores_)));
}

}  // namespace tt::tokenizer
