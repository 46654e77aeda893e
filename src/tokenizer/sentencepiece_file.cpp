#include "tokenizer/sentencepiece_file.hpp"

#include "tokenizer/located.hpp"
#include "transfer_tune/core/files.hpp"

#include <bit>
#include <cmath>
#include <cstddef>

namespace tt::tokenizer {
namespace {

/// One message in protobuf's wire format: fields with a number and a value each.
class Message {
 public:
  /// `place`: where in the file `bytes` begins, for complaints.
  explicit Message(std::string_view bytes, std::size_t place = 0) : bytes_(bytes), place_(place) {}

  /// Goes to the next field; false behind the last one.
  bool next() {
    if (at_ == bytes_.size()) return false;
    const std::uint64_t tag = read_varint();
    number_ = tag >> 3U;
    wire_ = tag & 7U;
    if (number_ == 0) fail("a field without a number");
    if (wire_ == kVarint) {
      varint_ = read_varint();
    } else if (wire_ == kFixed32) {
      fixed_ = take(4);
    } else if (wire_ == kFixed64) {
      fixed_ = take(8);
    } else if (wire_ == kBytes) {
      const std::uint64_t size = read_varint();
      if (size > bytes_.size() - at_) fail("a field that goes on behind the end; is it cut off?");
      field_place_ = place_ + at_;
      fixed_ = take(static_cast<std::size_t>(size));
    } else {
      fail("a field of a kind that is not known");
    }
    return true;
  }

  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  [[nodiscard]] std::int64_t integer() const {
    require(kVarint, "a whole number");
    return static_cast<std::int64_t>(varint_);
  }
  [[nodiscard]] std::string_view bytes() const {
    require(kBytes, "bytes");
    return fixed_;
  }
  [[nodiscard]] Message message() const { return Message(bytes(), field_place_); }
  [[nodiscard]] double real() const {
    require(kFixed32, "a number of 32 bits");
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 4; ++i)
      bits |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(fixed_[i])) << 8 * i;
    return std::bit_cast<float>(bits);
  }
  [[noreturn]] void fail(std::string_view what) const {
    throw CheckpointError(concat("not a SentencePiece model: at byte ", place_ + at_, " is ", what));
  }

 private:
  static constexpr std::uint64_t kVarint = 0;
  static constexpr std::uint64_t kFixed64 = 1;
  static constexpr std::uint64_t kBytes = 2;
  static constexpr std::uint64_t kFixed32 = 5;

  void require(std::uint64_t wire, std::string_view what) const {
    if (wire_ != wire) fail(concat("the end of field ", number_, ", which was expected to be ", what));
  }
  std::string_view take(std::size_t size) {
    if (size > bytes_.size() - at_) fail("the beginning of a field that is cut off");
    at_ += size;
    return bytes_.substr(at_ - size, size);
  }
  std::uint64_t read_varint() {
    std::uint64_t out = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<std::uint8_t>(take(1)[0]);
      out |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return out;
    }
    fail("the end of a number of more than 64 bits");
  }

  std::string_view bytes_;
  std::size_t place_;
  std::size_t at_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t wire_ = 0;
  std::uint64_t varint_ = 0;
  std::string_view fixed_;
  std::size_t field_place_ = 0;
};

// Fields are named in sentencepiece_model.proto; those that are not read here change nothing or only training.

SentencePieceFile::Piece read_piece(Message message) {
  SentencePieceFile::Piece out;
  while (message.next()) {
    if (message.number() == 1) out.text = message.bytes();
    if (message.number() == 2) out.score = message.real();
    if (message.number() == 3) out.kind = message.integer();
  }
  if (find_invalid_utf8(out.text))
    message.fail(concat("the end of the piece ", quote(out.text), ", which is not UTF-8"));
  if (!std::isfinite(out.score)) {
    message.fail(concat("the end of the piece ", quote(out.text), ", whose score is ", out.score));
  }
  return out;
}

void read_training(Message message, SentencePieceFile& out) {
  while (message.next()) {
    if (message.number() == 3) out.model_type = message.integer();
    if (message.number() == 40) out.unknown_id = message.integer();
  }
}

void read_normalizer(Message message, SentencePieceFile& out) {
  while (message.next()) {
    if (message.number() == 2) out.charsmap = message.bytes();
  }
}

}  // namespace

SentencePieceFile parse_sentencepiece(std::string_view bytes) {
  SentencePieceFile out;
  Message message(bytes);
  while (message.next()) {
    if (message.number() == 1) out.pieces.push_back(read_piece(message.message()));
    if (message.number() == 2) read_training(message.message(), out);
    if (message.number() == 3) read_normalizer(message.message(), out);
  }
  if (out.pieces.empty()) throw CheckpointError("not a SentencePiece model: it has no pieces");
  return out;
}

SentencePieceFile read_sentencepiece(const std::filesystem::path& file) {
  return located(file.string(), [&] { return parse_sentencepiece(read_file(file, ErrorKind::checkpoint)); });
}

}  // namespace tt::tokenizer
