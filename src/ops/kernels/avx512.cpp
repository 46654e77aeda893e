#if defined(__x86_64__)
#define TT_KERNEL_SET avx512
#define TT_KERNEL_NAME "avx512"
#include "ops/kernels/kernels.inl"
#endif
