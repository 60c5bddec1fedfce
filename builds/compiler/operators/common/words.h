// Words that overlay bytes; the second kind may lie at any address.

using EfWord = uint32_t __attribute__((may_alias));
// The attribute stands before the type: after it, clang drops the alignment and then joins loads into LDM.
using EfUnaligned __attribute__((may_alias, aligned(1))) = uint32_t;

// With -Os, GCC keeps the high registers of Armv6-M to itself, and the loops in assembly need them.
#if defined(__ARM_ARCH_6M__) && (defined(__clang__) || !defined(__OPTIMIZE_SIZE__))
#define EF_THUMB1_ASSEMBLY 1
#else
#define EF_THUMB1_ASSEMBLY 0
#endif
