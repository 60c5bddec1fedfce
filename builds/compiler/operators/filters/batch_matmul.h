// Matrix products over a batch, any operand transposed or broadcast: all of that is in the strides.

struct EfMatrices {
  int32_t batch[3];  // outermost first
  int32_t rows, columns, inner;
  int32_t a_batch[3], a_row, a_inner, a_zero;
  int32_t b_batch[3], b_column, b_inner, b_zero;
  int32_t multiplier, shift, zero;
};

// A row against some columns. The zero point of `b` is taken off at the end: `total` times, not once a product.
template <int32_t kColumns>
[[maybe_unused]] inline void ef_products(const EfMatrices &m, const int8_t *a, const int8_t *b,
                                         int32_t count, int32_t *sums, int32_t &total) {
  const int32_t hop = m.b_column;
  for (; count > 0; --count, a += m.a_inner, b += m.b_inner) {
    const int32_t x = *a - m.a_zero;
    total += x;
    EF_UNROLL
    for (int32_t i = 0; i < kColumns; ++i) sums[i] += x * b[i * hop];
  }
}

#if defined(__ARM_FEATURE_DSP)
// Four columns lie side by side: a word holds one element of each.
[[maybe_unused]] inline void ef_products_beside(const EfMatrices &m, const int8_t *a,
                                                const int8_t *b, int32_t *sums, int32_t &total) {
  int32_t first = 0, second = 0, third = 0, fourth = 0, all = 0;
  for (int32_t k = m.inner; k > 0; --k, a += m.a_inner, b += m.b_inner) {
    const uint32_t four = *reinterpret_cast<const EfUnaligned *>(b);
    const int32_t x = static_cast<int16_t>(*a - m.a_zero);
    const uint32_t even = ef_even_bytes(four), odd = ef_odd_bytes(four);
    all += x;
    first += x * ef_low_half(even);
    second += x * ef_low_half(odd);
    third += x * ef_high_half(even);
    fourth += x * ef_high_half(odd);
  }
  sums[0] = first;
  sums[1] = second;
  sums[2] = third;
  sums[3] = fourth;
  total = all;
}

// Rows and columns are in one piece: words hold four elements of each. The tail is left to others.
[[maybe_unused]] inline void ef_products_along(const EfMatrices &m, const int8_t *a,
                                               const int8_t *b, int32_t *sums, int32_t &total) {
  const uint32_t zero = static_cast<uint32_t>(-m.a_zero);
  const uint32_t zeros = ef_low_halves(zero, zero);
  const int32_t hop = m.b_column;
  int32_t all = 0, first = 0, second = 0, third = 0, fourth = 0;
  for (int32_t k = m.inner >> 2; k > 0; --k, a += 4, b += 4) {
    const uint32_t four = *reinterpret_cast<const EfUnaligned *>(a);
    uint32_t even = zeros, odd = zeros;
    ef_add_bytes(even, odd, four);
    all = ef_dual(odd, 0x10001u, ef_dual(even, 0x10001u, all));
    const uint32_t w0 = *reinterpret_cast<const EfUnaligned *>(b);
    const uint32_t w1 = *reinterpret_cast<const EfUnaligned *>(b + hop);
    first = ef_dual(odd, ef_odd_bytes(w0), ef_dual(even, ef_even_bytes(w0), first));
    second = ef_dual(odd, ef_odd_bytes(w1), ef_dual(even, ef_even_bytes(w1), second));
    const uint32_t w2 = *reinterpret_cast<const EfUnaligned *>(b + 2 * hop);
    const uint32_t w3 = *reinterpret_cast<const EfUnaligned *>(b + 3 * hop);
    third = ef_dual(odd, ef_odd_bytes(w2), ef_dual(even, ef_even_bytes(w2), third));
    fourth = ef_dual(odd, ef_odd_bytes(w3), ef_dual(even, ef_even_bytes(w3), fourth));
  }
  sums[0] = first;
  sums[1] = second;
  sums[2] = third;
  sums[3] = fourth;
  total = all;
}
#endif

[[maybe_unused]] inline void ef_four_products(const EfMatrices &m, const int8_t *a, const int8_t *b,
                                              int32_t *sums, int32_t &total) {
#if defined(__ARM_FEATURE_DSP)
  if (m.b_column == 1) return ef_products_beside(m, a, b, sums, total);
  if (m.a_inner == 1 && m.b_inner == 1) {
    const int32_t done = m.inner & ~3;
    ef_products_along(m, a, b, sums, total);
    return ef_products<4>(m, a + done, b + done, m.inner - done, sums, total);
  }
#endif
  ef_products<4>(m, a, b, m.inner, sums, total);
}

template <decltype(ef_scale) kScale>
inline int8_t *ef_matrix_row(const EfMatrices &m, const int8_t *a, const int8_t *b,
                                              int8_t *out) {
  for (int32_t left = m.columns; left > 0;) {
    int32_t sums[4], total = 0;
    for (int32_t &sum : sums) sum = 0;
    const int32_t count = left < 4 ? 1 : 4;
    if (count == 4) {
      ef_four_products(m, a, b, sums, total);
    } else {
      ef_products<1>(m, a, b, m.inner, sums, total);
    }
    for (int32_t i = 0; i < count; ++i) {
      const int32_t sum = sums[i] - m.b_zero * total;
      const int32_t value = kScale(sum, m.multiplier, m.shift) + m.zero;
      *out++ = static_cast<int8_t>(ef_clamp(value, int32_t{-128}, int32_t{127}));
    }
    b += count * m.b_column;
    left -= count;
  }
  return out;
}

template <decltype(ef_scale) kScale>
inline int8_t *ef_matrix(const EfMatrices &m, const int8_t *a, const int8_t *b,
                                          int8_t *out) {
  for (int32_t y = 0; y < m.rows; ++y, a += m.a_row) out = ef_matrix_row<kScale>(m, a, b, out);
  return out;
}

template <decltype(ef_scale) kScale>
EF_KERNEL void ef_batch_matmul(const EfMatrices &m, const int8_t *a, const int8_t *b, int8_t *out) {
  for (int32_t i = 0; i < m.batch[0]; ++i) {
    for (int32_t j = 0; j < m.batch[1]; ++j) {
      for (int32_t k = 0; k < m.batch[2]; ++k) {
        const int32_t at_a = i * m.a_batch[0] + j * m.a_batch[1] + k * m.a_batch[2];
        const int32_t at_b = i * m.b_batch[0] + j * m.b_batch[1] + k * m.b_batch[2];
        out = ef_matrix<kScale>(m, a + at_a, b + at_b, out);
      }
    }
  }
}
