// Output stage with Armv8.1-M's vectors, four channels a turn. Elsewhere the same results come from plain C++, so that
// a host can run the very code that a target gets. Loops end under a predicate: no load or store leaves its array.

#if defined(__ARM_FEATURE_MVE) && (defined(__OPTIMIZE__) || !defined(__clang__))
#define EF_MVE_ASSEMBLY 1  // Clang leaves too few registers free where it does not optimise
#else
#define EF_MVE_ASSEMBLY 0
#endif

// Four sums in q2 to four bytes; multipliers in q0, shifts (none to the left) in q1, the clamp in q4 and q5. VRSHL
// rounds halves up; one less on the negative side, where there is a shift at all, makes that TFLite's rounding.
#define EF_MVE_OUTPUT(OUT)                \
  "vqrdmulh.s32 q2, q2, q0\n\t"           \
  "vand q3, q2, q1\n\t"                   \
  "vshr.s32 q3, q3, #31\n\t"              \
  "vqadd.s32 q2, q2, q3\n\t"              \
  "vrshl.s32 q2, q2, q1\n\t"              \
  "vadd.i32 q2, q2, r12\n\t"              \
  "vmax.s32 q2, q2, q4\n\t"               \
  "vmin.s32 q2, q2, q5\n\t"               \
  "vstrb.32 q2, [" OUT "], #4\n\t"

// The clamp to q4 and q5, step and zero point to r8 and r12: as operands they would be too many.
#define EF_MVE_NUMBERS                \
  "ldrd r12, lr, [%[numbers], #8]\n\t"     \
  "vdup.32 q4, r12\n\t"               \
  "vdup.32 q5, lr\n\t"                \
  "ldrd r8, r12, [%[numbers]]\n\t"

#define EF_MVE_TABLES                                       \
  "vldrw.u32 q0, [%[multiplier]]\n\t"                       \
  "add %[multiplier], %[multiplier], r8, lsl #4\n\t"   \
  "vldrb.s32 q1, [%[shift]]\n\t"                            \
  "add %[shift], %[shift], r8, lsl #2\n\t"

[[maybe_unused]] inline int32_t *ef_copy_words(int32_t *to, const int32_t *from, int32_t count) {
#if EF_MVE_ASSEMBLY
  int32_t *at = to;
  __asm__ volatile("dlstp.32 lr, %[count]\n"
                   "1:\n\t"
                   "vldrw.u32 q0, [%[from]], #16\n\t"
                   "vstrw.32 q0, [%[at]], #16\n\t"
                   "letp lr, 1b"
                   : [at] "+&r"(at), [from] "+&r"(from)
                   : [count] "r"(count)
                   : "lr", "q0", "memory");
#else
  for (int32_t i = 0; i < count; ++i) to[i] = from[i];
#endif
  return to;
}

// `count` neighbouring channels from `first` on; their bias is in the sums.
[[maybe_unused]] inline void ef_finish(const EfOutput &q, int32_t first, int32_t count,
                                       const int32_t *sums, int8_t *out) {
#if EF_MVE_ASSEMBLY
  const int32_t *multiplier = q.multiplier + first * q.step;
  const int8_t *shift = q.shift + first * q.step;
  const int32_t numbers[4] = {q.step, q.zero, q.low, q.high};
  __asm__ volatile(EF_MVE_NUMBERS
                   "dlstp.32 lr, %[count]\n"
                   "1:\n\t" EF_MVE_TABLES
                   "vldrw.u32 q2, [%[sums]], #16\n\t" EF_MVE_OUTPUT("%[out]")
                   "letp lr, 1b"
                   : [multiplier] "+&r"(multiplier), [shift] "+&l"(shift), [sums] "+&r"(sums),
                     [out] "+&l"(out)
                   : [count] "r"(count), [numbers] "r"(numbers)
                   : "r8", "r12", "lr", "q0", "q1", "q2", "q3", "q4", "q5", "memory");
#else
  for (int32_t i = 0; i < count; ++i) out[i] = ef_output_of(q, first + i, sums[i]);
#endif
}

[[maybe_unused]] constexpr int32_t kEfTogether = 16;  // channels whose sums wait for the output stage

// The same for two pixels, the second one's sums kEfTogether behind.
[[maybe_unused]] inline void ef_finish_two(const EfOutput &q, int32_t first, int32_t count,
                                           const int32_t *sums, int8_t *out, int8_t *out_next) {
#if EF_MVE_ASSEMBLY
  const int32_t *multiplier = q.multiplier + first * q.step;
  const int8_t *shift = q.shift + first * q.step;
  const int32_t numbers[4] = {q.step, q.zero, q.low, q.high};
  __asm__ volatile(EF_MVE_NUMBERS
                   "dlstp.32 lr, %[count]\n"
                   "1:\n\t" EF_MVE_TABLES
                   "vldrw.u32 q2, [%[sums]], #16\n\t" EF_MVE_OUTPUT("%[out]")
                   "vldrw.u32 q2, [%[sums], #48]\n\t" EF_MVE_OUTPUT("%[next]")
                   "letp lr, 1b"
                   : [multiplier] "+&r"(multiplier), [shift] "+&l"(shift), [sums] "+&r"(sums),
                     [out] "+&l"(out), [next] "+&l"(out_next)
                   : [count] "r"(count), [numbers] "r"(numbers)
                   : "r8", "r12", "lr", "q0", "q1", "q2", "q3", "q4", "q5", "memory");
#else
  ef_finish(q, first, count, sums, out);
  ef_finish(q, first, count, sums + kEfTogether, out_next);
#endif
}
