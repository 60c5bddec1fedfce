// Two columns times every filter of a group, two filters a turn. VMLADAVA adds up sixteen products, so that weights
// are plain rows and sums never leave the core's registers.

// Four sums, which hold their bias: columns times filters. `column` and `row` are the distances of the second ones.
[[maybe_unused]] inline void ef_dot(const int8_t *x, int32_t column, const int8_t *weights,
                                    int32_t row, int32_t count, int32_t (&sums)[4]) {
  const int8_t *y = x + column;
  const int8_t *v = weights + row;
  int32_t a = sums[0], b = sums[1], a_next = sums[2], b_next = sums[3];
#if EF_MVE_ASSEMBLY
  __asm__ volatile("dlstp.8 lr, %[count]\n"
                   "1:\n\t"
                   "vldrb.u8 q0, [%[x]], #16\n\t"
                   "vldrb.u8 q1, [%[w]], #16\n\t"
                   "vmladava.s8 %[a], q0, q1\n\t"
                   "vldrb.u8 q2, [%[y]], #16\n\t"
                   "vmladava.s8 %[c], q2, q1\n\t"
                   "vldrb.u8 q3, [%[v]], #16\n\t"
                   "vmladava.s8 %[b], q0, q3\n\t"
                   "vmladava.s8 %[d], q2, q3\n\t"
                   "letp lr, 1b"
                   : [a] "+&Te"(a), [b] "+&Te"(b), [c] "+&Te"(a_next), [d] "+&Te"(b_next),
                     [x] "+&r"(x), [y] "+&r"(y), [w] "+&r"(weights), [v] "+&r"(v)
                   : [count] "r"(count)
                   : "lr", "q0", "q1", "q2", "q3", "memory");
#else
  for (int32_t k = 0; k < count; ++k) {
    a += x[k] * weights[k];
    b += x[k] * v[k];
    a_next += y[k] * weights[k];
    b_next += y[k] * v[k];
  }
#endif
  sums[0] = a;
  sums[1] = b;
  sums[2] = a_next;
  sums[3] = b_next;
}

constexpr int32_t kEfFinished = 16;  // channels whose sums wait for the output stage

EF_KERNEL void ef_multiply(const EfConv &c, int32_t group, const EfCell *columns, int8_t *out,
                           int8_t *out_next) {
  const int8_t *weights = static_cast<const int8_t *>(c.weights) + group * c.out_group * c.column;
  for (int32_t first = 0; first < c.out_group; first += kEfFinished) {
    const int32_t channel = group * c.out_group + first;
    const int32_t left = c.out_group - first;
    const int32_t count = left < kEfFinished ? left : kEfFinished;
    const int32_t *bias = c.finish.bias + channel;
    int32_t waiting[2 * kEfFinished];
    for (int32_t i = 0; i < count; i += 2, weights += 2 * c.column) {
      const int32_t row = i + 1 < count ? 1 : 0;  // an odd filter at the end is its own partner
      int32_t sums[4] = {bias[i], bias[i + row], bias[i], bias[i + row]};
      ef_dot(columns, c.column, weights, row * c.column, c.column, sums);
      int32_t *const to = waiting + i + (i & ~3);
      to[0] = sums[0];
      to[1] = sums[1];
      to[4] = sums[2];
      to[5] = sums[3];
    }
    ef_finish_two(c.finish, channel, count, waiting, out + first, out_next + first);
  }
}
