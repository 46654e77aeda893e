#include "runs/decision.hpp"

#include "transfer_tune/checkpoint/safetensors.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/text.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace tt::runs {
namespace {

namespace fs = std::filesystem;
using evaluation::ScopeScore;

constexpr const char* kDecision = "decision.json";
constexpr const char* kReference = "decision.safetensors";
constexpr const char* kTexts = "texts";
constexpr const char* kWhitening = "whitening";
constexpr const char* kMeans = "means";

template <class T>
std::vector<T> flat(const at::Tensor& tensor) {
  const at::Tensor values = tensor.contiguous();
  const T* begin = values.const_data_ptr<T>();
  return {begin, begin + values.numel()};
}

/// A matrix of finite numbers that the reference file holds; -1 in `sizes` stands for any number from 1.
template <class T>
std::vector<T> read_matrix(const checkpoint::NamedTensors& tensors, const fs::path& file, const char* name,
                           const std::array<std::int64_t, 2>& sizes) {
  constexpr at::ScalarType kType = c10::CppTypeToScalarType<T>::value;
  const auto found = tensors.find(name);
  const auto fits = [&](std::size_t i) {
    const std::int64_t size = found->second.size(static_cast<std::int64_t>(i));
    return sizes.at(i) < 0 ? size > 0 : size == sizes.at(i);
  };
  if (found == tensors.end() || found->second.scalar_type() != kType || found->second.dim() != 2 || !fits(0) ||
      !fits(1) || !at::isfinite(found->second).all().template item<bool>()) {
    const auto shown = [](std::int64_t size) { return size < 0 ? std::string("any") : std::to_string(size); };
    throw CheckpointError(concat(file.string(), ": expected a tensor ", quote(name), " of finite ",
                                 c10::toString(kType), " values and shape [", shown(sizes[0]), ", ", shown(sizes[1]),
                                 "], as ", kDecision, " and the encoder say; train again, or do without --reject"));
  }
  return flat<T>(found->second);
}

template <class T>
at::Tensor matrix(const std::vector<T>& values, std::size_t width) {
  return at::tensor(values, c10::CppTypeToScalarType<T>::value).view({-1, static_cast<std::int64_t>(width)});
}

}  // namespace

double threshold_of(const report::Decision& decision, const std::string& language) {
  const report::DecisionLanguage* own = report::find_language(decision, language);
  return own == nullptr || std::isnan(own->threshold) ? decision.threshold : own->threshold;
}

at::Tensor at_one_temperature(const at::Tensor& logits, const report::Decision& decision,
                              const std::vector<std::string>& languages) {
  if (languages.empty() || std::ranges::all_of(decision.languages, [](const report::DecisionLanguage& language) {
        return std::isnan(language.temperature);
      })) {
    return logits;
  }
  at::Tensor out = logits.clone();
  for (std::size_t i = 0; i < languages.size(); ++i) {
    const report::DecisionLanguage* own = report::find_language(decision, languages[i]);
    if (own == nullptr || std::isnan(own->temperature)) continue;
    out.select(0, static_cast<std::int64_t>(i)).mul_(decision.temperature / own->temperature);
  }
  return out;
}

std::vector<float> values_of(const at::Tensor& tensor) { return flat<float>(tensor); }

std::vector<double> score_texts(ScopeScore score, const at::Tensor& logits, const at::Tensor& features,
                                double temperature, const ScopeReference& reference) {
  switch (score) {
    case ScopeScore::max_probability:
      return evaluation::max_probability_scores(values_of(logits), static_cast<std::size_t>(logits.size(1)),
                                                temperature);
    case ScopeScore::energy:
      return evaluation::energy_scores(values_of(logits), static_cast<std::size_t>(logits.size(1)));
    case ScopeScore::mahalanobis:
      return evaluation::mahalanobis_scores(reference.classes, values_of(features));
    case ScopeScore::knn:
      return evaluation::neighbour_scores(reference.texts, values_of(features));
  }
  throw InternalError("unknown out-of-scope score");
}

void write_decision(const fs::path& checkpoint, const report::Decision& decision, const ScopeReference& reference) {
  if (decision.score == ScopeScore::knn) {
    checkpoint::write_safetensors(checkpoint / kReference,
                                  {{kTexts, matrix(reference.texts.texts, reference.texts.width)}});
  } else if (decision.score == ScopeScore::mahalanobis) {
    const evaluation::ClassGaussians& classes = reference.classes;
    checkpoint::write_safetensors(checkpoint / kReference,
                                  {{kWhitening, matrix(classes.whitening, classes.width)},
                                   {kMeans, matrix(classes.means, classes.means.size() / classes.width)}});
  }
  write_file(checkpoint / kDecision, report::to_json(decision));
}

std::optional<report::Decision> read_decision(const fs::path& checkpoint) {
  const fs::path file = checkpoint / kDecision;
  if (!fs::exists(file)) return std::nullopt;
  const std::string text = read_file(file, ErrorKind::checkpoint);
  try {
    return report::read_decision(text);
  } catch (const CheckpointError& error) {
    throw CheckpointError(concat(file.string(), ": ", error.what(), "; remove the file to do without calibration"));
  }
}

ScopeReference read_reference(const fs::path& checkpoint, const report::Decision& decision, std::int64_t features) {
  ScopeReference reference;
  if (decision.score != ScopeScore::knn && decision.score != ScopeScore::mahalanobis) return reference;
  const fs::path file = checkpoint / kReference;
  const checkpoint::NamedTensors tensors = checkpoint::read_safetensors(file);
  const auto width = static_cast<std::size_t>(features);
  if (decision.score == ScopeScore::knn) {
    reference.texts = {width, static_cast<std::size_t>(decision.neighbours),
                       read_matrix<float>(tensors, file, kTexts, {-1, features})};
  } else {
    reference.classes = {width, read_matrix<double>(tensors, file, kWhitening, {features, features}),
                         read_matrix<double>(tensors, file, kMeans, {features, -1})};
  }
  return reference;
}

}  // namespace tt::runs
