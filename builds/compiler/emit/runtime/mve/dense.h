// Fully connected: every row of the input times every filter, four filters a turn. The compiler has seen to it that
// there are inputs at all.

struct EfDense {
  int32_t rows, inputs, outputs;
  const int8_t *weights;
  EfOutput finish;
};

// Sums of four filters, which hold their bias; `row` is 0 where only the first filter is there.
[[maybe_unused]] inline void ef_dense_four(const int8_t *in, const int8_t *weights, int32_t row,
                                           int32_t count, int32_t *sums) {
  const int8_t *w1 = weights + row;
  const int8_t *w2 = w1 + row;
  const int8_t *w3 = w2 + row;
  int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
#if EF_MVE_ASSEMBLY
  __asm__ volatile("dlstp.8 lr, %[count]\n"
                   "1:\n\t"
                   "vldrb.u8 q0, [%[in]], #16\n\t"
                   "vldrb.u8 q1, [%[w0]], #16\n\t"
                   "vmladava.s8 %[a], q0, q1\n\t"
                   "vldrb.u8 q2, [%[w1]], #16\n\t"
                   "vmladava.s8 %[b], q0, q2\n\t"
                   "vldrb.u8 q1, [%[w2]], #16\n\t"
                   "vmladava.s8 %[c], q0, q1\n\t"
                   "vldrb.u8 q2, [%[w3]], #16\n\t"
                   "vmladava.s8 %[d], q0, q2\n\t"
                   "letp lr, 1b"
                   : [a] "+&Te"(a), [b] "+&Te"(b), [c] "+&Te"(c), [d] "+&Te"(d), [in] "+&r"(in),
                     [w0] "+&r"(weights), [w1] "+&r"(w1), [w2] "+&r"(w2), [w3] "+&r"(w3)
                   : [count] "r"(count)
                   : "lr", "q0", "q1", "q2", "memory");
#else
  for (int32_t k = 0; k < count; ++k) {
    a += in[k] * weights[k];
    b += in[k] * w1[k];
    c += in[k] * w2[k];
    d += in[k] * w3[k];
  }
#endif
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
}

EF_KERNEL void ef_dense(const EfDense &d, const int8_t *in, int8_t *out) {
  const int32_t *const bias = d.finish.bias;
  for (int32_t row = 0; row < d.rows; ++row, in += d.inputs) {
    const int8_t *weights = d.weights;
    for (int32_t first = 0; first < d.outputs;) {
      const bool four = first + 4 <= d.outputs;
      int32_t sums[4];  // set one by one: GCC fills an initializer of zeros by a call of memset
      sums[0] = bias[first], sums[1] = 0, sums[2] = 0, sums[3] = 0;
      if (four) ef_copy_words(sums, bias + first, 4);
      ef_dense_four(in, weights, four ? d.inputs : 0, d.inputs, sums);
      const int32_t count = four ? 4 : 1;
      ef_finish(d.finish, first, count, sums, out);
      first += count;
      weights += count * d.inputs;
      out += count;
    }
  }
}
