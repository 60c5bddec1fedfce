// ADD with Armv8.1-M's vectors, four elements a turn. The compiler has seen to it that every shift is to the right by
// one at least, so that one less on the negative side makes VRSHL round halves away from zero.

#if defined(__ARM_FEATURE_MVE)
#define EF_ADD_SCALE(VALUE, MULTIPLIER, SHIFT)            \
  "vqrdmulh.s32 " VALUE ", " VALUE ", " MULTIPLIER "\n\t" \
  "vshr.s32 q2, " VALUE ", #31\n\t"                       \
  "vadd.i32 " VALUE ", " VALUE ", q2\n\t"                 \
  "vrshl.s32 " VALUE ", " SHIFT "\n\t"

// Zero points are in q4 and q5, the clamp in q6 and q7: sixteen numbers would be too many for the core's registers.
EF_KERNEL void ef_binary(const EfAdd &s, const int8_t *a, const int8_t *b, int8_t *out,
                         int32_t count) {
  const int32_t fixed[5] = {s.zero_a, s.zero_b, s.low, s.high, s.zero};
  const int32_t *from = fixed;
  __asm__ volatile("ldr lr, [%[fixed]]\n\t"
                   "vdup.32 q4, lr\n\t"
                   "ldr lr, [%[fixed], #4]\n\t"
                   "vdup.32 q5, lr\n\t"
                   "ldr lr, [%[fixed], #8]\n\t"
                   "vdup.32 q6, lr\n\t"
                   "ldr lr, [%[fixed], #12]\n\t"
                   "vdup.32 q7, lr\n\t"
                   "ldr %[fixed], [%[fixed], #16]\n\t"
                   "wlstp.32 lr, %[count], 2f\n"
                   "1:\n\t"
                   "vldrb.s32 q0, [%[a]], #4\n\t"
                   "vldrb.s32 q1, [%[b]], #4\n\t"
                   "vsub.i32 q0, q0, q4\n\t"
                   "vsub.i32 q1, q1, q5\n\t"
                   "vshl.i32 q0, q0, #20\n\t"
                   "vshl.i32 q1, q1, #20\n\t"
                   EF_ADD_SCALE("q0", "%[ma]", "%[sa]")
                   EF_ADD_SCALE("q1", "%[mb]", "%[sb]")
                   "vadd.i32 q0, q0, q1\n\t"
                   EF_ADD_SCALE("q0", "%[m]", "%[s]")
                   "vadd.i32 q0, q0, %[fixed]\n\t"
                   "vmax.s32 q0, q0, q6\n\t"
                   "vmin.s32 q0, q0, q7\n\t"
                   "vstrb.32 q0, [%[out]], #4\n\t"
                   "letp lr, 1b\n"
                   "2:"
                   : [a] "+&l"(a), [b] "+&l"(b), [out] "+&l"(out), [fixed] "+&r"(from)
                   : [count] "r"(count), [ma] "r"(s.multiplier_a), [sa] "r"(s.shift_a),
                     [mb] "r"(s.multiplier_b), [sb] "r"(s.shift_b), [m] "r"(s.multiplier),
                     [s] "r"(s.shift)
                   : "lr", "q0", "q1", "q2", "q4", "q5", "q6", "q7", "memory");
}
#undef EF_ADD_SCALE
#endif
