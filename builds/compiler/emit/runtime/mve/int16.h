// Sums of four filters over one row of 16-bit elements, eight elements a turn; filters lie in rows of `row` bytes.

using EfWideWeights = int8_t;

[[maybe_unused]] inline const EfWideWeights *ef_wide_four(const EfWideWeights *weights,
                                                          const int16_t *in, int32_t count,
                                                          int32_t row, int32_t *sums) {
  const int8_t *at = weights;
  const int8_t *w1 = weights + row;
  const int8_t *w2 = w1 + row;
  const int8_t *w3 = w2 + row;
  int32_t a = 0, b = 0, c = 0, d = 0;
#if EF_MVE_ASSEMBLY
  __asm__ volatile("dlstp.16 lr, %[count]\n"
                   "1:\n\t"
                   "vldrh.u16 q0, [%[in]], #16\n\t"
                   "vldrb.s16 q1, [%[w0]], #8\n\t"
                   "vmladava.s16 %[a], q0, q1\n\t"
                   "vldrb.s16 q2, [%[w1]], #8\n\t"
                   "vmladava.s16 %[b], q0, q2\n\t"
                   "vldrb.s16 q1, [%[w2]], #8\n\t"
                   "vmladava.s16 %[c], q0, q1\n\t"
                   "vldrb.s16 q2, [%[w3]], #8\n\t"
                   "vmladava.s16 %[d], q0, q2\n\t"
                   "letp lr, 1b"
                   : [a] "+&Te"(a), [b] "+&Te"(b), [c] "+&Te"(c), [d] "+&Te"(d), [in] "+&r"(in),
                     [w0] "+&l"(at), [w1] "+&l"(w1), [w2] "+&l"(w2), [w3] "+&l"(w3)
                   : [count] "r"(count)
                   : "lr", "q0", "q1", "q2", "memory");
#else
  for (int32_t k = 0; k < count; ++k) {
    a += in[k] * at[k];
    b += in[k] * w1[k];
    c += in[k] * w2[k];
    d += in[k] * w3[k];
  }
#endif
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
  return weights + count;
}

// From the end of the first of four filters to the next four.
[[maybe_unused]] inline const EfWideWeights *ef_wide_next(const EfWideWeights *weights,
                                                          int32_t row) {
  return weights + 3 * row;
}
