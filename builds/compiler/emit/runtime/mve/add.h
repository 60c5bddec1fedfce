// ADD with Armv8.1-M's vectors, four elements a turn. The compiler has seen to it that every shift is to the right by
// one at least, so that one less on the negative side makes VRSHL round halves away from zero.

#if defined(__ARM_FEATURE_MVE)
#define EF_ADD_SCALE(VALUE, MULTIPLIER, SHIFT)            \
  "vqrdmulh.s32 " VALUE ", " VALUE ", " MULTIPLIER "\n\t" \
  "vshr.s32 q2, " VALUE ", #31\n\t"                       \
  "vadd.i32 " VALUE ", " VALUE ", q2\n\t"                 \
  "vrshl.s32 " VALUE ", " SHIFT "\n\t"

static_assert(__builtin_offsetof(EfAdd, zero_a) == 24 && __builtin_offsetof(EfAdd, high) == 40,
              "the assembly reads EfAdd where it expects its members");

// Zero points are in q4 and q5, the clamp in q6 and q7; multipliers and shifts in r4 to r10, in the order of EfAdd.
EF_KERNEL void ef_add(const EfAdd &s, const int8_t *a, const int8_t *b, int8_t *out,
                      int32_t count) {
  __asm__ volatile("ldm %[s], {r4, r5, r6, r8, r9, r10}\n\t"
                   "ldrd r12, lr, [%[s], #24]\n\t"
                   "vdup.32 q4, r12\n\t"
                   "vdup.32 q5, lr\n\t"
                   "ldrd r12, lr, [%[s], #36]\n\t"
                   "vdup.32 q6, r12\n\t"
                   "vdup.32 q7, lr\n\t"
                   "ldr r12, [%[s], #32]\n\t"
                   "wlstp.32 lr, %[count], 2f\n"
                   "1:\n\t"
                   "vldrb.s32 q0, [%[a]], #4\n\t"
                   "vsub.i32 q0, q0, q4\n\t"
                   "vldrb.s32 q1, [%[b]], #4\n\t"
                   "vsub.i32 q1, q1, q5\n\t"
                   "vshl.i32 q0, q0, #20\n\t" EF_ADD_SCALE("q0", "r4", "r5")
                   "vshl.i32 q1, q1, #20\n\t" EF_ADD_SCALE("q1", "r6", "r8")
                   "vadd.i32 q0, q0, q1\n\t" EF_ADD_SCALE("q0", "r9", "r10")
                   "vadd.i32 q0, q0, r12\n\t"
                   "vmax.s32 q0, q0, q6\n\t"
                   "vmin.s32 q0, q0, q7\n\t"
                   "vstrb.32 q0, [%[out]], #4\n\t"
                   "letp lr, 1b\n"
                   "2:"
                   : [a] "+&l"(a), [b] "+&l"(b), [out] "+&l"(out)
                   : [count] "r"(count), [s] "r"(&s)
                   : "r4", "r5", "r6", "r8", "r9", "r10", "r12", "lr", "q0", "q1", "q2", "q4",
                     "q5", "q6", "q7", "memory");
}
#undef EF_ADD_SCALE
#else
EF_KERNEL void ef_add(const EfAdd &s, const int8_t *a, const int8_t *b, int8_t *out,
                      int32_t count) {
  for (int32_t i = 0; i < count; ++i) out[i] = s(a[i], b[i]);
}
#endif
