#include "transfer_tune/tokenizer/tokenizer.hpp"

#include "tokenizer/conversion.hpp"
#include "tokenizer/growth.hpp"
#include "tokenizer/loaders.hpp"
#include "tokenizer/utf8.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <span>
#include <thread>
#include <utility>

namespace tt::tokenizer {
namespace {

namespace fs = std::filesystem;

/// The texts that a thread takes at a time.
constexpr std::size_t kBatch = 64;

/// Buffers that outlive a text, so that encoding rarely allocates.
struct Scratch {
  std::vector<Piece> pieces;
  std::string normal;
  std::string before;  // what a normalizer makes `normal` of
  std::vector<Piece> normal_pieces;
  std::vector<Words> stages;  // what each pre-tokenizer made
};

/// `text` itself where nothing changes it, else a view of `scratch.normal`.
std::string_view normalize(const std::vector<Normalizer>& normalizers, std::string_view text, Scratch& scratch) {
  const std::size_t size = text.size();
  for (std::size_t i = 0; i < normalizers.size(); ++i) {
    if (i > 0) {
      std::swap(scratch.before, scratch.normal);
      text = scratch.before;
    }
    std::visit([&](const auto& part) { part.normalize(text, scratch.normal); }, normalizers[i]);
    text = scratch.normal;
    check_growth(text.size(), size);
  }
  return text;
}

/// How many bytes of the form that `part` gives `text` stand for its first `length` bytes.
template <class Part>
std::size_t start_length(const Part& part, std::string_view text, std::size_t length) {
  if constexpr (requires { part.start_length(text, length); }) {
    return part.start_length(text, length);
  } else {
    std::string form;
    part.normalize(text.substr(0, length), form);
    return form.size();
  }
}

/// How many bytes of the normal form of `text` stand for its first character.
std::size_t start_length(const std::vector<Normalizer>& normalizers, std::string_view text) {
  std::size_t length = 0;
  if (!text.empty()) static_cast<void>(next_code_point(text, length));
  std::string before(text);
  std::string form;
  for (const Normalizer& normalizer : normalizers) {
    std::visit(
        [&](const auto& part) {
          length = length == 0 ? 0 : start_length(part, before, length);
          part.normalize(before, form);
        },
        normalizer);
    check_growth(form.size(), text.size());
    before.swap(form);
  }
  return length;
}

/// True if one of `parts` asks which word begins the text.
bool asks_for_start(const std::vector<PreTokenizer>& parts) {
  return std::ranges::any_of(parts, [](const PreTokenizer& part) {
    const auto* metaspace = std::get_if<Metaspace>(&part);
    return metaspace != nullptr && metaspace->asks_for_start();
  });
}

/// The words that `parts` make of `words`; they hold until the next call.
std::span<const Word> pre_tokenize(const std::vector<PreTokenizer>& parts, std::span<const Word> words,
                                   Scratch& scratch) {
  scratch.stages.resize(parts.size());
  std::size_t size = 0;
  for (const Word& word : words) size += word.text.size();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Words& out = scratch.stages[i];
    out.clear();
    std::visit([&](const auto& part) { part.split(words, out); }, parts[i]);
    check_growth(out.changed().size(), size);
    words = out.list();
  }
  return words;
}

template <class Part>
std::string describe(const std::vector<Part>& parts, const char* none) {
  std::vector<std::string> out;
  out.reserve(parts.size());
  for (const Part& part : parts) out.push_back(std::visit([](const auto& kind) { return kind.describe(); }, part));
  return out.empty() ? none : join(out, ", then ");
}

/// Runs `work(begin, end)` over 0..count in ranges taken by `threads` threads; the first exception is rethrown.
template <class Work>
void parallel_ranges(std::size_t count, std::size_t threads, const Work& work) {
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex failure_mutex;
  const auto run = [&] {
    try {
      for (std::size_t begin = next.fetch_add(kBatch); begin < count; begin = next.fetch_add(kBatch)) {
        work(begin, std::min(count, begin + kBatch));
      }
    } catch (...) {
      const std::scoped_lock lock(failure_mutex);
      failure = std::current_exception();
      next = count;
    }
  };
  {
    std::vector<std::jthread> others;
    const std::size_t useful = std::min(threads, (count + kBatch - 1) / kBatch);
    for (std::size_t i = 1; i < useful; ++i) others.emplace_back(run);
    run();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

struct Tokenizer::Impl {
  Parts parts;
  AddedTokenFinder in_text;         // added tokens that are looked for in the text as it is
  AddedTokenFinder in_normal_form;  // and those looked for in its normal form
  std::vector<std::string> tokens_beyond_model;
  bool needs_start = false;  // some part asks which word begins the text

  explicit Impl(Parts the_parts);

  [[nodiscard]] const std::vector<std::string>& model_vocabulary() const {
    return std::visit(
        [](const auto& model) -> const auto& { return model.vocabulary(); }, parts.model);
  }
  void check_max_length(std::size_t max_length) const;
  void append_words(const Word& text, std::size_t limit, Scratch& scratch, std::vector<std::int32_t>& ids) const;
  void append_piece(const Piece& piece, std::size_t start, std::size_t limit, Scratch& scratch,
                    std::vector<std::int32_t>& ids) const;
  [[nodiscard]] Encoding encode(std::string_view text, std::size_t max_length, Scratch& scratch) const;
};

Tokenizer::Impl::Impl(Parts the_parts)
    : parts(std::move(the_parts)), needs_start(asks_for_start(parts.pre_tokenizers)) {
  Scratch scratch;
  for (const AddedToken& token : parts.added_tokens) {
    if (token.normalized) {
      in_normal_form.add(normalize(parts.normalizers, token.content, scratch), token);
    } else {
      in_text.add(token.content, token);
    }
    if (static_cast<std::size_t>(token.id) >= model_vocabulary().size()) tokens_beyond_model.push_back(token.content);
  }
}

void Tokenizer::Impl::check_max_length(std::size_t max_length) const {
  const std::size_t least = parts.special_tokens.before.size() + parts.special_tokens.after.size() + 1;
  if (max_length < least) {
    throw UsageError(concat("a maximum length of ", max_length, " tokens leaves no room for the text: at least ", least,
                            " are needed, special tokens included"));
  }
}

/// Stops soon after `ids` has more than `limit`.
void Tokenizer::Impl::append_words(const Word& text, std::size_t limit, Scratch& scratch,
                                   std::vector<std::int32_t>& ids) const {
  const std::span<const Word> words = pre_tokenize(parts.pre_tokenizers, {&text, 1}, scratch);
  std::visit(
      [&](const auto& model) {
        for (const Word& word : words) {
          model.tokenize(word.text, ids);
          if (ids.size() > limit) return;
        }
      },
      parts.model);
}

/// `start`: the bytes of the text before the piece.
void Tokenizer::Impl::append_piece(const Piece& piece, std::size_t start, std::size_t limit, Scratch& scratch,
                                   std::vector<std::int32_t>& ids) const {
  if (piece.id != Piece::kText) return ids.push_back(piece.id);
  const std::string_view normal = normalize(parts.normalizers, piece.text, scratch);
  if (start == 0 && needs_start && !parts.normalizers.empty()) start = 1 - start_length(parts.normalizers, piece.text);
  scratch.normal_pieces.clear();
  in_normal_form.split(normal, scratch.normal_pieces);
  for (const Piece& part : scratch.normal_pieces) {
    if (part.id != Piece::kText) {
      ids.push_back(part.id);
    } else {
      append_words({part.text, start + static_cast<std::size_t>(part.text.data() - normal.data())}, limit, scratch,
                   ids);
    }
    if (ids.size() > limit) return;
  }
}

Encoding Tokenizer::Impl::encode(std::string_view text, std::size_t max_length, Scratch& scratch) const {
  std::string repaired;
  if (!is_ascii(text) && find_invalid_utf8(text)) text = repaired = replace_invalid_utf8(text);

  const auto& [before, after] = parts.special_tokens;
  const std::size_t limit = max_length - after.size();
  Encoding out;
  auto& ids = out.ids;
  ids.assign(before.begin(), before.end());
  scratch.pieces.clear();
  in_text.split(text, scratch.pieces);
  for (const Piece& piece : scratch.pieces) {
    append_piece(piece, static_cast<std::size_t>(piece.text.data() - text.data()), limit, scratch, ids);
    if (ids.size() > limit) break;
  }
  out.truncated = ids.size() > limit;
  if (out.truncated) ids.resize(limit);
  ids.insert(ids.end(), after.begin(), after.end());
  return out;
}

Tokenizer::Tokenizer(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Tokenizer Tokenizer::from_directory(const fs::path& directory) {
  std::error_code ignored;
  if (!fs::is_directory(directory, ignored)) {
    throw CheckpointError(concat(directory.string(), ": expected a directory with tokenizer.json or vocab.txt, found ",
                                 fs::exists(directory, ignored) ? "a file" : "nothing"));
  }
  const auto build = [&](Parts parts) {
    return located(directory.string(), [&] { return Tokenizer(std::make_unique<const Impl>(std::move(parts))); });
  };
  if (fs::exists(directory / "tokenizer.json", ignored)) return build(load_tokenizer_json(directory));
  if (fs::exists(directory / "vocab.txt", ignored)) return build(load_vocab_txt(directory));
  if (!file_to_convert(directory).empty()) return build(load_converted(directory));
  throw CheckpointError(concat(directory.string(),
                               ": has neither tokenizer.json nor vocab.txt, nor vocab.json with merges.txt, nor a "
                               "SentencePiece model (sentencepiece.bpe.model, spiece.model or spm.model)"));
}

Encoding Tokenizer::encode(std::string_view text, std::size_t max_length) const {
  impl_->check_max_length(max_length);
  Scratch scratch;
  return prompt_.empty() ? impl_->encode(text, max_length, scratch)
                         : impl_->encode(prompt_ + std::string(text), max_length, scratch);
}

std::vector<Encoding> Tokenizer::encode_batch(const std::vector<std::string_view>& texts, std::size_t max_length,
                                              std::size_t threads) const {
  impl_->check_max_length(max_length);
  std::vector<Encoding> out(texts.size());
  parallel_ranges(texts.size(), threads, [&](std::size_t begin, std::size_t end) {
    Scratch scratch;
    std::string prompted = prompt_;
    for (std::size_t i = begin; i < end; ++i) {
      if (!prompt_.empty()) prompted.replace(prompt_.size(), std::string::npos, texts[i]);
      out[i] = impl_->encode(prompt_.empty() ? texts[i] : prompted, max_length, scratch);
    }
  });
  return out;
}

const std::string& Tokenizer::token(std::int32_t id) const {
  const auto& vocabulary = impl_->model_vocabulary();
  const auto index = static_cast<std::size_t>(id);
  if (id < 0 || index >= vocab_size()) {
    throw CheckpointError(concat("no token has id ", id, ": the vocabulary has ", vocab_size(), " entries"));
  }
  return index < vocabulary.size() ? vocabulary[index] : impl_->tokens_beyond_model[index - vocabulary.size()];
}

std::size_t Tokenizer::vocab_size() const noexcept {
  return impl_->model_vocabulary().size() + impl_->tokens_beyond_model.size();
}

std::int32_t Tokenizer::pad_id() const noexcept { return impl_->parts.pad_id; }

std::size_t Tokenizer::stated_max_length() const noexcept { return impl_->parts.stated_max_length; }

const std::vector<std::string>& Tokenizer::disagreements() const noexcept { return impl_->parts.disagreements; }

std::string Tokenizer::summary() const {
  const Parts& parts = impl_->parts;
  return concat(std::visit([](const auto& model) { return model.describe(); }, parts.model), ", ", vocab_size(),
                " tokens, ", parts.added_tokens.size(), " of them added; ",
                describe(parts.normalizers, "no normalizer"), "; ", describe(parts.pre_tokenizers, "no pre-tokenizer"));
}

std::string Tokenizer::fingerprint() const {
  const Parts& parts = impl_->parts;
  Sha256 hash;
  hash.update_field(summary());  // every part's settings, but for what follows
  std::visit([&](const auto& model) { model.fingerprint(hash); }, parts.model);
  for (const auto* ids : {&parts.special_tokens.before, &parts.special_tokens.after}) {
    hash.update_field(concat(ids->size()));
    for (const std::int32_t id : *ids) hash.update_field(concat(id));
  }
  if (!prompt_.empty()) hash.update_field("prompt " + prompt_);
  for (const AddedToken& token : parts.added_tokens) {
    hash.update_field(token.content);
    hash.update_field(concat(token.id, token.single_word, token.lstrip, token.rstrip, token.normalized));
  }
  return hash.hex();
}

}  // namespace tt::tokenizer
