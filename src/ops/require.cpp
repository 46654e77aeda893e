#include "ops/require.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <string>

namespace tt::ops {

void reject_argument(const char* op, const char* name, const at::Tensor& found, at::IntArrayRef expected) {
  std::string what = "no tensor";
  if (found.defined()) {
    what = concat(found.sizes(), " of type ", found.scalar_type(), " on ", found.device(),
                  found.is_contiguous() ? "" : ", not contiguous");
  }
  const std::string wanted = expected.empty() ? "a matrix" : concat(expected, ", contiguous, as its kernel reads it");
  throw InternalError(concat("ops::", op, ": ", name, " is ", what, "; expected ", wanted));
}

}  // namespace tt::ops
