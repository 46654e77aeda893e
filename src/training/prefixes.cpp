#include "training/prefixes.hpp"

#include <algorithm>

namespace tt::training {

Prefixes::Prefixes(model::Classifier& classifier, const Texts& train, const Texts* validation,
                   const FitServices& services)
    : classifier_(classifier), train_(train), validation_(validation), services_(services) {}

void Prefixes::prepare(std::int64_t depth) {
  if (depth_ == depth) return;
  train_cache_ = validation_cache_ = {};
  depth_ = depth;
  if (depth == 0) return;
  const std::int64_t layers = std::min(depth - 1, classifier_.encoder().spec().num_hidden_layers);
  const model::Classifier frozen = classifier_.in_int8(services_.int8 ? layers : 0);
  ActivationStore& store = services_.store != nullptr ? *services_.store : own_store_;
  const auto encode = [&](const Texts& texts) {
    return store.get(frozen, *texts.set, depth, services_.pad_id, services_.stage + ": encode", services_.progress);
  };
  train_cache_ = encode(train_);
  if (validation_ != nullptr) validation_cache_ = validation_->set == train_.set ? train_cache_ : encode(*validation_);
}

}  // namespace tt::training
