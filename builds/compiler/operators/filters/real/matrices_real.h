// Matrix products of real numbers over a batch, any operand transposed or broadcast: all of that is in the strides.

struct EfMatricesReal {
  int32_t batch[3];  // outermost first
  int32_t rows, columns, inner;
  int32_t a_batch[3], a_row, a_inner;
  int32_t b_batch[3], b_column, b_inner;
};

[[maybe_unused]] inline float *ef_matrix_real(const EfMatricesReal &m, const float *a, const float *b, float *out) {
  for (int32_t y = 0; y < m.rows; ++y) {
    for (int32_t x = 0; x < m.columns; ++x) {
      float sum = 0.0f;
      for (int32_t i = 0; i < m.inner; ++i) sum += a[y * m.a_row + i * m.a_inner] * b[x * m.b_column + i * m.b_inner];
      *out++ = sum;
    }
  }
  return out;
}

EF_KERNEL void ef_matrices_real(const EfMatricesReal &m, const float *a, const float *b, float *out) {
  for (int32_t i = 0; i < m.batch[0]; ++i) {
    for (int32_t j = 0; j < m.batch[1]; ++j) {
      for (int32_t k = 0; k < m.batch[2]; ++k) {
        const int32_t at_a = i * m.a_batch[0] + j * m.a_batch[1] + k * m.a_batch[2];
        const int32_t at_b = i * m.b_batch[0] + j * m.b_batch[1] + k * m.b_batch[2];
        out = ef_matrix_real(m, a + at_a, b + at_b, out);
      }
    }
  }
}
