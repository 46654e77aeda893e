#if defined(__x86_64__)
#define TT_KERNEL_SET avx2
#define TT_KERNEL_NAME "avx2"
#include "ops/kernels/kernels.inl"
#endif
