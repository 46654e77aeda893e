#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tt::tokenizer {

/// What SentencePiece writes of a model it has trained, as far as it decides which ids a text gets.
struct SentencePieceFile {
  enum Kind : std::int64_t { normal = 1, unknown = 2, control = 3, user_defined = 4, unused = 5, byte = 6 };
  struct Piece {
    std::string text;
    double score = 0;
    std::int64_t kind = normal;
  };
  enum ModelType : std::int64_t { unigram = 1, bpe = 2, word = 3, character = 4 };

  std::vector<Piece> pieces;
  std::int64_t model_type = unigram;
  std::int64_t unknown_id = 0;
  std::string charsmap;  ///< empty: none
};

/// Reads `bytes`, a protobuf message of SentencePiece's `ModelProto`. Throws `CheckpointError` that says at which byte
/// it cannot be one.
[[nodiscard]] SentencePieceFile parse_sentencepiece(std::string_view bytes);
/// As above; the error names the file too.
[[nodiscard]] SentencePieceFile read_sentencepiece(const std::filesystem::path& file);

}  // namespace tt::tokenizer
