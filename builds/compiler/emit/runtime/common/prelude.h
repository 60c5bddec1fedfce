// Made by the EdgeFleet compiler from a TensorFlow Lite model. The arithmetic is that of TensorFlow Lite Micro, bit
// for bit. No heap, no C library, no static constructors.

#include "model.h"

// Offsets are products of sizes below 2^24, which the compiler has checked, and kernels take many integers.
// NOLINTBEGIN(bugprone-implicit-widening-of-multiplication-result,bugprone-easily-swappable-parameters)

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "This code holds its weights in words of little-endian bytes; a big-endian build would compute something else."
#endif
#if defined(__ARM_FEATURE_DSP) && !defined(__ARM_FEATURE_UNALIGNED)
#error "This code loads words from any address; build it without -mno-unaligned-access, or compile the model for cortex-m3."
#endif

#if defined(__GNUC__) && !defined(__clang__)
#if defined(__arm__) && !defined(__OPTIMIZE__)
// The inner loops name more registers than a build without optimisation leaves free.
#pragma GCC optimize("O1")
#endif
// A loop that copies or fills must not become a call into a C library.
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#if defined(__OPTIMIZE_SIZE__)
// With -Os, GCC 12 for Arm makes wrong code of two kinds. A function gives its stack back by popping it into registers
// that its callers, who know what it changes, still count on; on Armv8.1-M, what a loop by twos or fours leaves over is
// taken to be exactly one.
#pragma GCC optimize("no-ipa-ra", "no-branch-count-reg")
#endif
#endif

#define EF_KERNEL $kernel
#if defined(EF_PROFILE)
#define EF_STEP __attribute__((noinline))  // a profiler sees every operator
#else
#define EF_STEP
#endif
#define EF_OPERATOR __attribute__((always_inline))  // into the loop over elements
$weights
