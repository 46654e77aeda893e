#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tt::evaluation {

/// A stretch of an order.
struct OrderedGroup {
  std::size_t first = 0;
  std::size_t count = 0;
};

struct ConfusionOrder {
  std::vector<std::size_t> order;    ///< class ids, each once
  std::vector<OrderedGroup> groups;  ///< classes much confused with one another, as stretches of `order`; two or more
};

/// An order in which classes that are taken for one another stand side by side, the most confused groups first and
/// classes without confusions last. `confusion` is [class][prediction] in texts.
///
/// Agglomerative clustering by average linkage; two classes are as near as the share of their texts that was given the
/// other's label. Clusters whose classes are on average 1% near stand together; those that are 3% near are a group.
/// Joined clusters are turned so that their nearest ends meet. Equal choices fall to the lower class ids, so that the
/// same matrix has the same order.
[[nodiscard]] ConfusionOrder order_by_confusion(const std::vector<std::vector<std::int64_t>>& confusion);

}  // namespace tt::evaluation
