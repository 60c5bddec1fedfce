// Sums of four filters over one row of 16-bit elements, four elements a turn. A word holds four weights of a filter,
// elements 0 2 1 3, so that SXTB16 gives them in pairs as they lie in the row; four filters' words alternate.

using EfWideWeights = EfWord;

[[maybe_unused]] inline const EfWideWeights *ef_wide_four(const EfWideWeights *weights,
                                                          const int16_t *in, int32_t count,
                                                          int32_t, int32_t *sums) {
  int32_t a = 0, b = 0, c = 0, d = 0;
  int32_t turns = count >> 2;
#if EF_DSP_ASSEMBLY
  uint32_t x, y, w, v, odd;
#define EF_WIDE_ONE(SUM, W)                \
  "sxtb16 %[odd], " W ", ror #8\n\t"       \
  "sxtb16 " W ", " W "\n\t"                \
  "smlad " SUM ", " W ", %[x], " SUM "\n\t" \
  "smlad " SUM ", %[odd], %[y], " SUM "\n\t"
#define EF_WIDE_FOUR                        \
  "ldrd %[x], %[y], [%[in]], #8\n\t"        \
  "ldrd %[w], %[v], [%[weights]], #8\n\t"   \
  EF_WIDE_ONE("%[a]", "%[w]")               \
  EF_WIDE_ONE("%[b]", "%[v]")               \
  "ldrd %[w], %[v], [%[weights]], #8\n\t"   \
  EF_WIDE_ONE("%[c]", "%[w]")               \
  EF_WIDE_ONE("%[d]", "%[v]")
  __asm__ volatile("1:\n\t" EF_WIDE_FOUR
                   "subs %[n], %[n], #1\n\t"
                   "bne 1b"
                   : [a] "+&r"(a), [b] "+&r"(b), [c] "+&r"(c), [d] "+&r"(d), [x] "=&r"(x),
                     [y] "=&r"(y), [w] "=&r"(w), [v] "=&r"(v), [odd] "=&r"(odd), [in] "+&r"(in),
                     [weights] "+&r"(weights), [n] "+&r"(turns)
                   :
                   : "cc", "memory");
#undef EF_WIDE_FOUR
#undef EF_WIDE_ONE
#else
  for (; turns > 0; --turns, in += 4, weights += 4) {
    const EfWord *const pairs = reinterpret_cast<const EfWord *>(in);
    int32_t *const all[4] = {&a, &b, &c, &d};
    for (int32_t i = 0; i < 4; ++i) {
      *all[i] = ef_dual(ef_even_bytes(weights[i]), pairs[0], *all[i]);
      *all[i] = ef_dual(ef_odd_bytes(weights[i]), pairs[1], *all[i]);
    }
  }
#endif
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
  return weights;
}

[[maybe_unused]] inline const EfWideWeights *ef_wide_next(const EfWideWeights *weights, int32_t) {
  return weights;
}
