// Four filters a turn. A weight word holds two elements of two filters, each half a + 256 * b; see ef_dense_four.

struct EfDense {
  int32_t rows, inputs, outputs;
  int32_t fours;  // inputs / 4, rounded up
  const void *weights;
  EfPacked finish;
};

// Sums of filters 0 and 2 come straight from SXTB16; the others from the difference with the whole words.
[[maybe_unused]] inline const EfWord *ef_dense_four(const EfWord *weights, const int8_t *in,
                                                    int32_t fours, int32_t *twice) {
  int32_t a = 0, c = 0, ab = 0, cd = 0;
#if EF_DSP_ASSEMBLY
  uint32_t x, y, w, v;
#define EF_DENSE_PAIR(SUM, BOTH)            \
  "ldrd %[w], %[v], [%[weights]], #8\n\t"   \
  "smlad " BOTH ", %[w], %[x], " BOTH "\n\t" \
  "sxtb16 %[w], %[w]\n\t"                   \
  "smlad " BOTH ", %[v], %[y], " BOTH "\n\t" \
  "sxtb16 %[v], %[v]\n\t"                   \
  "smlad " SUM ", %[w], %[x], " SUM "\n\t"   \
  "smlad " SUM ", %[v], %[y], " SUM "\n\t"
#define EF_DENSE_FOUR                                  \
  "ldr %[x], [%[in]], #4\n\t"                          \
  "sxtb16 %[y], %[x], ror #8\n\t"                      \
  "sxtb16 %[x], %[x]\n\t" EF_DENSE_PAIR("%[a]", "%[t]") \
  EF_DENSE_PAIR("%[c]", "%[u]")
  // Two turns a loop; an odd count enters in its middle.
  __asm__ volatile("adds %[n], %[n], #1\n\t"
                   "lsrs %[n], %[n], #1\n\t"
                   "bcc 2f\n"
                   "1:\n\t" EF_DENSE_FOUR
                   "2:\n\t" EF_DENSE_FOUR
                   "subs %[n], %[n], #1\n\t"
                   "bne 1b"
                   : [a] "+&r"(a), [c] "+&r"(c), [t] "+&r"(ab), [u] "+&r"(cd), [x] "=&r"(x),
                     [y] "=&r"(y), [w] "=&r"(w), [v] "=&r"(v), [in] "+&r"(in),
                     [weights] "+&r"(weights), [n] "+&r"(fours)
                   :
                   : "cc", "memory");
#undef EF_DENSE_FOUR
#undef EF_DENSE_PAIR
#else
  for (int32_t k = 0; k < fours; ++k, in += 4, weights += 4) {
    const uint32_t x = *reinterpret_cast<const EfUnaligned *>(in);
    const uint32_t even = ef_unpack(x), odd = ef_unpack(x >> 8);
    ab = ef_dual(weights[1], odd, ef_dual(weights[0], even, ab));
    a = ef_dual(ef_unpack(weights[1]), odd, ef_dual(ef_unpack(weights[0]), even, a));
    cd = ef_dual(weights[3], odd, ef_dual(weights[2], even, cd));
    c = ef_dual(ef_unpack(weights[3]), odd, ef_dual(ef_unpack(weights[2]), even, c));
  }
#endif
  twice[0] = a * 2;
  twice[1] = ef_wrapping_difference(ab, a) >> 7;
  twice[2] = c * 2;
  twice[3] = ef_wrapping_difference(cd, c) >> 7;
  return weights;
}
