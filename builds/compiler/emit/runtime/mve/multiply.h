// Two columns times two filters a turn. VMLADAVA adds up sixteen products, so weights are plain rows.

// Add two columns times `filters`, an even number, to their sums. The second filter of each pair is `row` bytes behind
// the first: a last filter that has no partner stands in for it, and what it adds there is not read.
[[maybe_unused]] inline const int8_t *ef_dots(const int8_t *columns, int32_t column,
                                              const int8_t *weights, int32_t row, int32_t filters,
                                              int32_t *sums) {
#if EF_MVE_ASSEMBLY
  const struct {
    const int8_t *columns;
    int32_t row;
    const int32_t *end;
  } seldom = {columns, row, sums + filters};  // what the loop reads once a turn stays in memory
  const int8_t *x, *y, *w, *v;
  __asm__ volatile("1:\n\t"
                   "ldr %[x], [%[seldom]]\n\t"
                   "ldrd r4, r6, [%[sums]]\n\t"
                   "add %[y], %[x], %[column]\n\t"
                   "ldrd r8, r10, [%[sums], #64]\n\t"
                   "ldr %[v], [%[seldom], #4]\n\t"
                   "mov %[w], %[weights]\n\t"
                   "add %[v], %[v], %[w]\n\t"
                   "rsb %[weights], %[w], %[v], lsl #1\n\t"
                   "dlstp.8 lr, %[column]\n"
                   "2:\n\t"
                   "vldrb.u8 q0, [%[x]], #16\n\t"
                   "vldrb.u8 q1, [%[w]], #16\n\t"
                   "vmladava.s8 r4, q0, q1\n\t"
                   "vldrb.u8 q2, [%[y]], #16\n\t"
                   "vmladava.s8 r8, q2, q1\n\t"
                   "vldrb.u8 q3, [%[v]], #16\n\t"
                   "vmladava.s8 r6, q0, q3\n\t"
                   "vmladava.s8 r10, q2, q3\n\t"
                   "letp lr, 2b\n\t"
                   "strd r4, r6, [%[sums]], #8\n\t"
                   "ldr r4, [%[seldom], #8]\n\t"
                   "strd r8, r10, [%[sums], #56]\n\t"
                   "cmp %[sums], r4\n\t"
                   "bne 1b"
                   : [x] "=&r"(x), [y] "=&r"(y), [w] "=&r"(w), [v] "=&r"(v),
                     [weights] "+&r"(weights), [sums] "+&r"(sums)
                   : [column] "r"(column), [seldom] "r"(&seldom)
                   : "r4", "r6", "r8", "r10", "lr", "q0", "q1", "q2", "q3", "cc", "memory");
#else
  for (int32_t f = 0; f < filters; ++f, weights += row) {
    for (int32_t k = 0; k < column; ++k) {
      sums[f] += columns[k] * weights[k];
      sums[kEfTogether + f] += columns[column + k] * weights[k];
    }
  }
#endif
  return weights;
}

EF_KERNEL void ef_multiply(const EfConv &c, int32_t group, const EfCell *columns, int8_t *out,
                           int8_t *out_next) {
  const int32_t column = c.column, filters = c.out_group;
  const int8_t *weights = static_cast<const int8_t *>(c.weights) + group * filters * column;
  for (int32_t first = 0; first < filters; first += kEfTogether) {
    const int32_t count = filters - first < kEfTogether ? filters - first : kEfTogether;
    const int32_t channel = group * filters + first;
    const int32_t even = count & ~1;
    int32_t sums[2 * kEfTogether];
    ef_copy_words(sums, c.finish.bias + channel, count);
    ef_copy_words(sums + kEfTogether, c.finish.bias + channel, count);
    if (even > 0) weights = ef_dots(columns, column, weights, column, even, sums);
    if (even < count) ef_dots(columns, column, weights, 0, 2, sums + even);
    ef_finish_two(c.finish, channel, count, sums, out + first, out_next + first);
  }
}
