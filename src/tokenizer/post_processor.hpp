#pragma once

#include "transfer_tune/core/json.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tt::tokenizer {

/// The ids put around those of a text.
struct Frame {
  std::vector<std::int32_t> before;
  std::vector<std::int32_t> after;
};

/// The id of a token, with the view of its name, that is checked to be the vocabulary's.
using CheckedToken = std::function<std::int32_t(const JsonView& token, const JsonView& id)>;

/// `TemplateProcessing`, `BertProcessing` and `RobertaProcessing` of the tokenizers package: what they come to for a
/// single text. The latter's trimming moves offsets, which no one here reads.
class Template {
 public:
  explicit Template(Frame frame) : frame_(std::move(frame)) {}
  [[nodiscard]] static Template read(const JsonView& part, const CheckedToken& checked);
  [[nodiscard]] static Template read_pair(const JsonView& part, const CheckedToken& checked);

  /// Puts this one's ids around those of `frame`.
  void wrap(Frame& frame) const;

 private:
  Frame frame_;
};

/// `ByteLevel` as a post-processor: it moves offsets alone.
class ByteLevelOffsets {
 public:
  [[nodiscard]] static ByteLevelOffsets read(const JsonView& /*part*/, const CheckedToken& /*checked*/) { return {}; }
  void wrap(Frame& /*frame*/) const {}
};

}  // namespace tt::tokenizer
