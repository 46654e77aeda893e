#define TT_KERNEL_SET baseline
#define TT_KERNEL_NAME "baseline"
#include "ops/kernels/kernels.inl"
