#pragma once

#include "checkpoint/modules.hpp"
#include "transfer_tune/checkpoint/directory.hpp"

#include <cstddef>
#include <vector>

namespace tt::checkpoint {

/// Reads pooling, Dense modules and head of the list `modules` into `read`, whose labels would be `labels`. Throws as
/// `read_dense`.
void read_pooling(const std::vector<Module>& modules, std::size_t labels, EncoderDirectory& read);

}  // namespace tt::checkpoint
