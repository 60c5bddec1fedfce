// Matrix products over a batch, any operand transposed or broadcast: all of that is in the strides.

struct EfMatrices {
  int32_t batch[3];  // outermost first
  int32_t rows, columns, inner;
  int32_t a_batch[3], a_row, a_inner, a_zero;
  int32_t b_batch[3], b_column, b_inner, b_zero;
  int32_t multiplier, shift, zero;
};

[[maybe_unused]] inline int8_t ef_inner_product(const EfMatrices &m, const int8_t *a,
                                                const int8_t *b) {
  int32_t sum = 0;
  for (int32_t i = 0; i < m.inner; ++i, a += m.a_inner, b += m.b_inner)
    sum += (*a - m.a_zero) * (*b - m.b_zero);
  const int32_t value = ef_scale(sum, m.multiplier, m.shift) + m.zero;
  return static_cast<int8_t>(ef_clamp(value, int32_t{-128}, int32_t{127}));
}

[[maybe_unused]] inline int8_t *ef_matrix(const EfMatrices &m, const int8_t *a, const int8_t *b,
                                          int8_t *out) {
  for (int32_t y = 0; y < m.rows; ++y) {
    for (int32_t x = 0; x < m.columns; ++x)
      *out++ = ef_inner_product(m, a + y * m.a_row, b + x * m.b_column);
  }
  return out;
}

EF_KERNEL void ef_batch_matmul(const EfMatrices &m, const int8_t *a, const int8_t *b, int8_t *out) {
  for (int32_t i = 0; i < m.batch[0]; ++i) {
    for (int32_t j = 0; j < m.batch[1]; ++j) {
      for (int32_t k = 0; k < m.batch[2]; ++k) {
        const int32_t at_a = i * m.a_batch[0] + j * m.a_batch[1] + k * m.a_batch[2];
        const int32_t at_b = i * m.b_batch[0] + j * m.b_batch[1] + k * m.b_batch[2];
        out = ef_matrix(m, a + at_a, b + at_b, out);
      }
    }
  }
}
