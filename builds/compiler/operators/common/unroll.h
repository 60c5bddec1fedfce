// Sums in an array stay in registers only where the loop over them is unrolled.
#if defined(__clang__)
#define EF_UNROLL _Pragma("clang loop unroll(full)")
#else
#define EF_UNROLL _Pragma("GCC unroll 4")
#endif
