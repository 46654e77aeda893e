#pragma once

#include "transfer_tune/training/encoded_set.hpp"

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace tt::training {

/// What a classifier makes of a batch, differentiable.
struct Outputs {
  at::Tensor features;  ///< what the linear layer sees, before dropout: [texts, hidden]
  at::Tensor logits;    ///< [texts, labels], fp32
};

/// Scores beside the right answers.
struct Answers {
  at::Tensor logits;                 ///< [answers, choices], fp32
  std::vector<std::int32_t> labels;  ///< the right choice of each
  at::Tensor targets{};              ///< [answers, choices] of 0 and 1 in their place, where any number is right
};

/// -Σᵢ rᵢ·Σⱼ cⱼ·qᵢⱼ·log pᵢⱼ / Σᵢ wᵢ with wᵢ = rᵢ·Σⱼ cⱼ·tᵢⱼ and q = (1 - smoothing)·t + smoothing / labels, as PyTorch
/// states it: r are the weights of the texts, c those of the labels, t the targets (of a label, its onehot).
struct CrossEntropyOptions {
  std::vector<double> class_weights;  ///< one per label; empty: all 1
  double label_smoothing = 0;
};

/// What a fit minimises, and in which order it looks at the texts. A new one is a file in src/training/objectives with
/// a function that makes it, declared below.
class Objective {
 public:
  Objective() = default;
  Objective(const Objective&) = delete;
  Objective& operator=(const Objective&) = delete;
  virtual ~Objective() = default;

  /// The texts of an epoch (1-based over all phases) in the order that steps take them in, as positions in their set.
  /// Unless overridden, every text once, shuffled.
  [[nodiscard]] virtual std::vector<std::size_t> order(const Texts& texts, std::uint64_t seed,
                                                       std::int64_t epoch) const;
  /// How many texts of an epoch over `texts` a batch holds where the config asks for `wanted`.
  [[nodiscard]] virtual std::size_t batch_size(const Texts& /*texts*/, std::size_t wanted) const { return wanted; }
  /// How often each text of a batch goes through the classifier, each time under dropout of its own.
  [[nodiscard]] virtual std::size_t passes() const noexcept { return 1; }
  /// What these texts count for in the mean over a step or an epoch, so that the gradient of a step does not depend on
  /// how its batch is cut; texts that count for 0 are passed over.
  [[nodiscard]] virtual double weight(const Texts& texts) const = 0;
  /// The weighted mean loss over a batch, which counts for more than 0: all its texts in their order as often as
  /// `passes` says.
  [[nodiscard]] virtual at::Tensor loss(const Outputs& outputs, const Texts& batch) const = 0;
  /// The same loss where, of a linear head over fixed features, it is a cross-entropy of the logits, binary of a set
  /// with several labels a text: such a head is solved instead of stepped. Null where it is none.
  [[nodiscard]] virtual const CrossEntropyOptions* as_cross_entropy() const noexcept { return nullptr; }
  /// Whether the classifier's head has a part in the loss. Where it has none, the starting weights are a result like
  /// those of every epoch, and the head is solved afterwards.
  [[nodiscard]] virtual bool trains_head() const noexcept { return true; }
  /// What validation figures tell of, given what the classifier makes of the texts: unless overridden, its logits
  /// beside their labels.
  [[nodiscard]] virtual Answers answers(const Outputs& outputs, const Texts& texts, std::uint64_t seed) const;
};

[[nodiscard]] std::unique_ptr<Objective> make_cross_entropy(CrossEntropyOptions options);

/// Σᵢ rᵢ·Σⱼ cⱼ·ℓᵢⱼ / (labels·Σᵢ rᵢ), ℓᵢⱼ the binary cross-entropy of sigmoid(logitᵢⱼ) and (1 - smoothing)·tᵢⱼ +
/// smoothing / 2: for sets of several labels a text, each label a question of its own. With r all 1 it is PyTorch's
/// binary_cross_entropy_with_logits with weight c.
[[nodiscard]] std::unique_ptr<Objective> make_binary_cross_entropy(CrossEntropyOptions options);

/// The cross-entropy with every term times (1 - pᵢⱼ)^gamma, so that texts which are answered well count for less (Lin
/// et al., "Focal Loss for Dense Object Detection", ICCV 2017). A head under it is stepped.
[[nodiscard]] std::unique_ptr<Objective> make_focal(CrossEntropyOptions options, double gamma);

/// (1 - weight)·cross-entropy + weight·Σᵢ wᵢ·ℓᵢ / Σᵢ wᵢ, with ℓᵢ the mean over the other texts j of i's label of
/// -log(exp(zᵢ·zⱼ / temperature) / Σₖ≠ᵢ exp(zᵢ·zₖ / temperature)), z the features at length 1, and 0 where i's label
/// has no other text (Gunel et al., "Supervised Contrastive Learning for Pre-trained Language Model Fine-tuning", ICLR
/// 2021). Texts are compared within the batch that they go through the classifier in, so here its cut does matter;
/// texts of weight 0 or unknown label are not compared. An epoch takes texts in pairs of one label.
[[nodiscard]] std::unique_ptr<Objective> make_supervised_contrastive(CrossEntropyOptions options, double temperature,
                                                                     double weight);

/// The mean cross-entropy of two passes p and p' plus alpha·Σᵢ wᵢ·½(KL(pᵢ‖p'ᵢ) + KL(p'ᵢ‖pᵢ)) / Σᵢ wᵢ (Liang et al.,
/// "R-Drop: Regularized Dropout for Neural Networks", NeurIPS 2021, as its code states it).
[[nodiscard]] std::unique_ptr<Objective> make_r_drop(CrossEntropyOptions options, double alpha);

struct PrototypicalOptions {
  std::size_t ways = 20;     ///< labels an episode
  std::size_t support = 1;   ///< texts of each that make its prototype
  std::size_t query = 1;     ///< texts of each that are answered
  double temperature = 0.1;  ///< that cosines are divided by
  double isotropy = 0;       ///< factor on the correlation's distance
};

/// The mean over queries q of -log(exp(q·p_y / temperature) / Σ_k exp(q·p_k / temperature)), features at length 1 and
/// prototypes p_k the means of the support texts of label k at length 1 (Snell et al., "Prototypical Networks for
/// Few-shot Learning", NeurIPS 2017, over cosines), plus isotropy·‖Σ - I‖, Σ the correlation matrix of a batch's
/// features (Zhang et al., "Fine-tuning Pre-trained Language Models for Few-shot Intent Detection: Supervised
/// Pre-training and Isotropization", NAACL 2022). A batch is one episode: labels drawn evenly, and of each as many
/// texts, which weigh as their set says. It learns what tells any labels apart, so its figures are of episodes too, and
/// labels that it never saw can be validated on. A label with fewer texts than an episode takes has no part; there must
/// be another two.
[[nodiscard]] std::unique_ptr<Objective> make_prototypical(const PrototypicalOptions& options);

}  // namespace tt::training
