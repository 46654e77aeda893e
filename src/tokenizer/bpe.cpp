#include "tokenizer/bpe.hpp"

#include "tokenizer/located.hpp"
#include "tokenizer/merging.hpp"
#include "tokenizer/utf8.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <bit>
#include <span>
#include <utility>

namespace tt::tokenizer {
namespace {

/// As of `TokenTable`.
constexpr std::size_t kMostProbes = 4096;

std::uint64_t key_of(std::int32_t left, std::int32_t right) noexcept {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32U | static_cast<std::uint32_t>(right);
}

/// A merge as it is written: "a b", or ["a", "b"] in newer files.
std::pair<std::string_view, std::string_view> read_merge(const JsonView& merge) {
  if (merge.is_array()) {
    if (merge.size() != 2) merge.fail(concat("has ", merge.size(), " items, expected the two tokens of a merge"));
    return {merge.at(0).string(), merge.at(1).string()};
  }
  const std::string_view text = merge.string();
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos || text.find(' ', blank + 1) != std::string_view::npos) {
    merge.fail(concat("found ", quote(text), ", expected two tokens with one space between them"));
  }
  return {text.substr(0, blank), text.substr(blank + 1)};
}

/// Settings that change ids and are not supported must be off.
void require_off(const JsonView& model, std::string_view key) {
  if (!model.has(key)) return;
  const JsonView value = model.at(key);
  const bool off = (value.is_boolean() && !value.boolean()) || (value.is_number() && value.number() == 0) ||
                   (value.is_string() && value.string().empty());
  if (!off) value.fail(concat("a BPE model with ", quote(key), " is not supported, only one without"));
}

}  // namespace

void MergeTable::grow(std::size_t slots) {
  const auto old = std::exchange(slots_, std::vector<Slot>(slots));
  shift_ = static_cast<unsigned>(64 - std::countr_zero(slots));
  for (const Slot& slot : old) {
    if (slot.merge.rank != Merge::kNone) slots_[locate(slot.pair)] = slot;
  }
}

std::size_t MergeTable::locate(std::uint64_t pair) const noexcept {
  std::size_t at = home(pair);
  while (slots_[at].merge.rank != Merge::kNone && slots_[at].pair != pair) at = (at + 1) & (slots_.size() - 1);
  return at;
}

void MergeTable::insert(std::int32_t left, std::int32_t right, const Merge& merge) {
  if (2 * (size_ + 1) > slots_.size()) grow(2 * slots_.size());
  const std::uint64_t pair = key_of(left, right);
  const std::size_t at = locate(pair);
  if (((at - home(pair)) & (slots_.size() - 1)) > kMostProbes) {
    throw CheckpointError("thousands of merges have one hash, as if they were made for it");
  }
  Slot& slot = slots_[at];
  if (slot.merge.rank == Merge::kNone) ++size_;
  slot = {pair, merge};
}

Merge MergeTable::find(std::int32_t left, std::int32_t right) const noexcept {
  return slots_[locate(key_of(left, right))].merge;
}

Bpe::Bpe(std::vector<std::string> vocabulary, const Settings& settings)
    : settings_(settings), vocabulary_(std::move(vocabulary)), table_(token_table(vocabulary_)) {
  for (char32_t c = 0; c < characters_.size(); ++c) {
    std::string text;
    append_utf8(c, text);
    characters_[c] = find(text).value_or(kNoToken);
  }
  if (!settings_.unknown_token.empty()) unknown_id_ = unknown_token_id(table_, settings_.unknown_token);
  if (settings_.byte_fallback) bytes_.emplace([&](std::string_view token) { return find(token); });
}

Bpe Bpe::read(const JsonView& model, std::vector<std::string> vocabulary) {
  require_off(model, "dropout");
  Settings settings;
  settings.unknown_token = model.string_or("unk_token", "");
  settings.continuation_prefix = model.string_or("continuing_subword_prefix", "");
  settings.word_suffix = model.string_or("end_of_word_suffix", "");
  settings.byte_fallback = model.boolean_or("byte_fallback", false);
  settings.fuse_unknown = model.boolean_or("fuse_unk", false);
  settings.ignore_merges = model.boolean_or("ignore_merges", false);
  Bpe out = located(model, [&] { return Bpe(std::move(vocabulary), settings); });
  for (const JsonView& merge : model.at("merges").items()) {
    const auto [left, right] = read_merge(merge);
    located(merge, [&, left = left, right = right] { out.add_merge(left, right); });
  }
  return out;
}

void Bpe::add_merge(std::string_view left, std::string_view right) {
  const auto required = [&](std::string_view token) {
    const auto id = find(token);
    if (!id) throw CheckpointError(concat("the token ", quote(token), " of the merge is not in the vocabulary"));
    return *id;
  };
  const Pair pair{required(left), required(right)};
  const std::size_t prefix = settings_.continuation_prefix.size();
  if (right.size() < prefix) {
    throw CheckpointError(concat("the token ", quote(right), " of the merge is shorter than the prefix ",
                                 quote(settings_.continuation_prefix)));
  }
  const std::int32_t merged = required(std::string(left).append(right.substr(prefix)));
  merges_.insert(pair.first, pair.second, {static_cast<std::uint32_t>(ranked_.size()), merged});
  ranked_.push_back(pair);
}

/// `symbol`: the character as the vocabulary has it, with what belongs before and behind it there.
std::int32_t Bpe::id_of(char32_t character, std::string_view symbol, bool is_bare) const noexcept {
  const bool is_quick = is_bare && character < characters_.size();
  return is_quick ? characters_[character] : table_.find(symbol).value_or(kNoToken);
}

void Bpe::append_characters(std::string_view word, std::vector<std::int32_t>& ids) const {
  const bool is_bare = settings_.continuation_prefix.empty() && settings_.word_suffix.empty();
  bool unknown = false;  // one that is not yet written: what comes next may go with it
  const auto write_unknown = [&] {
    if (unknown) ids.push_back(unknown_id_);
    unknown = false;
  };
  std::string spelt;
  for (std::size_t i = 0; i < word.size();) {
    const std::size_t begin = i;
    const char32_t character = next_code_point(word, i);
    std::string_view symbol = word.substr(begin, i - begin);
    if (!is_bare) {
      spelt.assign(begin > 0 ? settings_.continuation_prefix : "").append(symbol);
      if (i == word.size()) spelt += settings_.word_suffix;
      symbol = spelt;
    }
    if (const std::int32_t id = id_of(character, symbol, is_bare); id != kNoToken) {
      write_unknown();
      ids.push_back(id);
    } else if (bytes_ && bytes_->append(symbol, ids)) {
      // An unknown token before these bytes is written behind them, as the tokenizers package does.
    } else if (unknown_id_ != kNoToken) {
      if (!settings_.fuse_unknown) write_unknown();
      unknown = true;
    }
  }
  write_unknown();
}

void Bpe::tokenize(std::string_view word, std::vector<std::int32_t>& ids) const {
  if (settings_.ignore_merges) {
    if (const auto id = find(word)) return ids.push_back(*id);
  }
  const std::size_t before = ids.size();
  append_characters(word, ids);
  ids.resize(before + merge_all(std::span(ids).subspan(before), merges_));
}

std::string Bpe::describe() const {
  return concat("BPE", settings_.unknown_token.empty() ? "" : concat(" (unknown: ", settings_.unknown_token, ")"),
                settings_.fuse_unknown ? ", unknown runs fused" : "",
                settings_.byte_fallback ? ", bytes before that" : "",
                settings_.continuation_prefix.empty()
                    ? ""
                    : concat(", ", quote(settings_.continuation_prefix), " before parts of words"),
                settings_.word_suffix.empty() ? "" : concat(", ", quote(settings_.word_suffix), " behind words"),
                settings_.ignore_merges ? ", whole words first" : "");
}

void Bpe::fingerprint(Sha256& hash) const {
  for (const std::string& token : vocabulary_) hash.update_field(token);
  hash.update_field(std::to_string(ranked_.size()));
  hash.update(std::as_bytes(std::span(ranked_)));
}

}  // namespace tt::tokenizer
