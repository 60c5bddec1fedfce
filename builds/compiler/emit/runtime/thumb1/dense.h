// Four filters a turn. A weight word holds one element of four filters, two halves a + 256 * b; see ef_dense_four.

struct EfDense {
  int32_t rows, inputs, outputs;
  int32_t fours;  // not used here: elements are taken one by one
  const void *weights;
  EfPacked finish;
};

[[maybe_unused]] inline int32_t ef_half(uint32_t word) {
  return static_cast<int16_t>(static_cast<uint16_t>(word));
}

[[maybe_unused]] inline const EfWord *ef_dense_four(const EfWord *weights, const int8_t *in,
                                                    int32_t inputs, int32_t *twice) {
  int32_t a = 0, c = 0, ab = 0, cd = 0;
#if EF_THUMB1_ASSEMBLY
  uint32_t x, w, v, at = 0;
  __asm__ volatile(".syntax unified\n"
                   "1:\n\t"
                   "ldrsb %[x], [%[in], %[at]]\n\t"
                   "ldmia %[weights]!, {%[w]}\n\t"
                   "sxth %[v], %[w]\n\t"
                   "muls %[v], %[x], %[v]\n\t"
                   "add %[t], %[t], %[v]\n\t"
                   "sxtb %[v], %[w]\n\t"
                   "muls %[v], %[x], %[v]\n\t"
                   "add %[a], %[a], %[v]\n\t"
                   "asrs %[w], %[w], #16\n\t"
                   "sxtb %[v], %[w]\n\t"
                   "muls %[w], %[x], %[w]\n\t"
                   "add %[u], %[u], %[w]\n\t"
                   "muls %[v], %[x], %[v]\n\t"
                   "add %[c], %[c], %[v]\n\t"
                   "adds %[at], #1\n\t"
                   "cmp %[at], %[n]\n\t"
                   "bne 1b"
                   : [a] "+&h"(a), [c] "+&h"(c), [t] "+&h"(ab), [u] "+&h"(cd), [x] "=&l"(x),
                     [w] "=&l"(w), [v] "=&l"(v), [at] "+&l"(at), [weights] "+&l"(weights)
                   : [in] "l"(in), [n] "h"(inputs)
                   : "cc", "memory");
#else
  for (int32_t k = 0; k < inputs; ++k, ++weights) {
    const int32_t low = ef_half(*weights), high = ef_half(*weights >> 16);
    ab = ef_wrapping_sum(ab, low * in[k]);
    cd = ef_wrapping_sum(cd, high * in[k]);
    a += static_cast<int8_t>(static_cast<uint8_t>(low)) * in[k];
    c += static_cast<int8_t>(static_cast<uint8_t>(high)) * in[k];
  }
#endif
  twice[0] = a * 2;
  twice[1] = ef_wrapping_difference(ab, a) >> 7;
  twice[2] = c * 2;
  twice[3] = ef_wrapping_difference(cd, c) >> 7;
  return weights;
}
